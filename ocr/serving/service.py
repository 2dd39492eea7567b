"""The service without the details of HTTP: what it does with an upload, a job, a correction."""
from __future__ import annotations

import asyncio
import logging
import math
import shutil
import sqlite3
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Dict, Iterator, Mapping, Optional, Set, Tuple, get_args

from anyio.to_thread import run_sync
from fastapi import HTTPException, Request

from ocr.decoding.opening import DECODERS, DEFAULT
from ocr.lines.whole import Unit
from ocr.models.registry import languages_of, registry
from ocr.output import write_atomically
from ocr.formats.available import FORMATS
from ocr.page.model import Sheet
from ocr.serving.responses import refuse
from ocr.serving.corrections import correct
from ocr.faults import Fault
from ocr.serving.metrics import Metrics
from ocr.serving.pool import BUSY, READING, DocumentPool, Readers
from ocr.serving.settings import Settings
from ocr.serving.store import Job, Load, Options, PageState, Store, page_file
from ocr.serving.uploads import MULTI_PAGE, Upload, receive
from ocr.worker import CRASHED, TIMEOUT

SWEEP_SECONDS = 60
AUTO = "auto"
"""What a client sends where it does not know the language."""
_log = logging.getLogger(__name__)


class Service:
    """Accepts uploads, keeps their jobs, and has their pages read.

    Parameters
    ----------
    reading : the work of the reading processes; see `ocr.worker.Worker`.

    Raises
    ------
    OutputError : the data folder cannot be used.
    """

    def __init__(self, settings: Settings, reading: str = READING):
        self.settings, self.metrics = settings, Metrics()
        self.store = Store(settings.data)
        self.readers = Readers(self.store, settings, self.metrics, self._notify, reading)
        self._arriving = 0
        self._waiting: Dict[str, Set[asyncio.Event]] = {}
        self._editing = threading.Lock()
        for name, meaning, value in (("ocr_queue_pages", "Pages in the queue.", lambda: self.store.load().pages),
                                     ("ocr_queue_jobs", "Jobs not finished.", lambda: self.store.load().jobs),
                                     ("ocr_stored_bytes", "Bytes of all uploads.", lambda: self.store.load().bytes),
                                     ("ocr_workers", "Reading processes.", lambda: settings.workers),
                                     ("ocr_workers_busy", "Busy reading processes.", lambda: self.readers.busy)):
            self.metrics.watch(name, meaning, value)

    async def start(self) -> None:
        """Start the service in the running event loop."""
        self._loop, self._documents = asyncio.get_running_loop(), DocumentPool(self.settings)
        self.readers.start()
        self._sweeper = asyncio.create_task(self._sweep())

    async def stop(self) -> None:
        """End all processes; unfinished pages are read after the next start."""
        self._sweeper.cancel()
        self._documents.stop()
        await run_sync(self.readers.stop)
        self.store.close()

    async def accept(self, request: Request, owner: str) -> Job:
        """Read an upload and make a job of it.

        Raises
        ------
        HTTPException : it is not accepted, or the queue or the storage is full.
        OSError, sqlite3.Error : it cannot be written.
        """
        with self._reserve():
            name = await run_sync(self.store.begin)
            folder = self.store.folder(name)
            try:
                upload = await receive(request, folder / "original", self.settings)
                options = _options(upload)
                pages = await self._count(folder / f"original{upload.suffix}") if upload.suffix in MULTI_PAGE else 1
                now = time.time()
                job = Job(name, owner, now, now + self.settings.keep_seconds, upload.suffix, options, 0,
                          tuple(PageState(number + 1, "queued") for number in range(pages)))
                await run_sync(self.store.add, job, upload.size)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
        self.readers.expect(pages)
        return job

    def find(self, name: str, owner: str) -> Job:
        """Look a job up.

        Raises
        ------
        HTTPException : 404, there is none of this id, or it is another owner's.
        """
        job = self.store.find(name, owner)
        if job is None:
            raise expired()
        return job

    async def wait(self, job: Job, seconds: float) -> Job:
        """Return the job as soon as it is finished, or unfinished after a timeout in seconds."""
        event, until = asyncio.Event(), self._loop.time() + seconds
        self._waiting.setdefault(job.id, set()).add(event)
        try:
            while True:
                event.clear()
                job = await run_sync(self.find, job.id, job.owner)
                if job.state in ("done", "failed") or self._loop.time() >= until:
                    return job
                with suppress(asyncio.TimeoutError):                    # the loop checks it once more, and returns it
                    await asyncio.wait_for(event.wait(), until - self._loop.time())
        finally:
            self._waiting[job.id].discard(event)
            if not self._waiting[job.id]:
                del self._waiting[job.id]

    async def result(self, job: Job, name: str) -> Path:
        """Write a finished job's pages in a format, unless that was done before, and return the file.

        Raises
        ------
        HTTPException : the format cannot be written, or not in time.
        """
        folder = self.store.folder(job.id)
        file = folder / f"{name}.{job.edits}"
        if not file.exists():
            done = [page.number for page in job.pages if page.state == "done"]
            task = {"path": str(folder / f"original{job.suffix}"), "pages": done, "format": name, "result": str(file)}
            outcome = await self._documents.call(task, math.ceil(len(done) / 100) * self.settings.document_seconds)
            if outcome.fault:
                raise _refusal(outcome.fault)
        return file

    def correct(self, job: Job, number: int, texts: Mapping[str, str]) -> bytes:
        """Correct the text of lines of a page, and return the page's JSON.

        Raises
        ------
        InputError : there is no such line, or a text is too long.
        OutputError, OSError, sqlite3.Error : the page cannot be written.
        """
        from ocr.formats.page_json import page_from_json

        folder = self.store.folder(job.id)
        file = page_file(folder, number)
        with self._editing:
            page = correct(page_from_json(file.read_bytes()), texts)
            document = FORMATS["json"].write([Sheet(page, folder / f"original{job.suffix}")])
            write_atomically(file, document)
            self._drop_results(job)
        return document

    def read_left_out(self, job: Job, number: int) -> None:
        """Queue a page that is done once more, to be read with the regions that were left out; its corrections are lost.

        Raises
        ------
        HTTPException : nothing was left out, the page has just been queued already, or the queue is full.
        OSError, sqlite3.Error : it cannot be written.
        """
        if not job.pages[number - 1].left_out:
            raise refuse(409, "nothing_left_out", "Nothing was left out of this page. Correct its text where it is wrong.")
        self._require_queue()
        with self._editing:
            if not self.store.read_again(job.id, number):
                raise refuse(409, "not_done", "The page is being read again already. Ask for the job again in a second.")
            self._drop_results(job)
        self.readers.expect(1)

    def _drop_results(self, job: Job) -> None:
        """Count an edit, and delete the results from before it."""
        edits = self.store.edited(job.id)
        for result in self.store.folder(job.id).glob("*.[0-9]*"):
            if int(result.suffix[1:]) < edits:
                result.unlink(missing_ok=True)

    def retry_after(self) -> Dict[str, str]:
        """Estimate, as a header, when the queue may have room: when a part of its pages is read."""
        seconds = math.ceil(self.store.load().pages / self.settings.workers / 4)
        return {"Retry-After": str(min(max(seconds, 1), 60))}

    @contextmanager
    def _reserve(self) -> Iterator[None]:
        """Reserve a place in the queue for an upload while it arrives."""
        load = self._require_queue()
        if load.bytes + (self._arriving + 1) * self.settings.max_bytes > self.settings.max_stored:
            raise refuse(503, "no_space", f"The jobs of this service take {load.bytes:,} bytes, all that it may store. "
                                          "Delete jobs that are finished, or wait until some expire.", {"Retry-After": "60"})
        self._arriving += 1
        try:
            yield
        finally:
            self._arriving -= 1

    def _require_queue(self) -> Load:
        """Return the load, or refuse the request where the queue is full."""
        load = self.store.load()
        if load.jobs + self._arriving >= self.settings.max_queue:
            raise refuse(429, "queue_full", f"{load.jobs + self._arriving} jobs are waiting already; no more are accepted now. "
                                            "Send it again after the time in Retry-After.", self.retry_after())
        return load

    async def _count(self, path: Path) -> int:
        """Count the pages of an upload."""
        outcome = await self._documents.call({"path": str(path)}, self.settings.document_seconds)
        if outcome.fault:
            raise _refusal(outcome.fault)
        if not outcome.result:
            raise refuse(422, "no_pages", "The document has no pages. Choose another one.")
        if outcome.result > self.settings.max_pages:
            raise refuse(413, "too_many_pages", f"The document has {outcome.result:,} pages; {self.settings.max_pages} are "
                                                "accepted. Send it in parts.")
        return outcome.result

    def _notify(self, job: str) -> None:
        """Wake the requests that wait for a job when one of its pages has ended; called in a reader's thread."""
        def wake() -> None:
            for event in self._waiting.get(job, ()):
                event.set()

        self._loop.call_soon_threadsafe(wake)

    async def _sweep(self) -> None:
        """Delete what has expired, every minute."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await run_sync(self.store.sweep, time.time())
            except (OSError, sqlite3.Error) as error:
                _log.error("expired jobs could not be deleted (%s); trying again in a minute", error)


def expired() -> HTTPException:
    """Make the error for a job that does not exist, or belongs to another key."""
    return refuse(404, "no_job", "There is no job of this id, or it has expired. Send the file again.")


def _options(upload: Upload) -> Options:
    """Read the form's options."""
    decoders, languages = upload.values("decoder") or (DEFAULT,), upload.values("language") or (AUTO,)
    models, formats = upload.values("language_model"), upload.values("format")
    wholes, doubtful = upload.values("whole"), upload.values("keep_doubtful")
    known = tuple(card.name for card in registry() if card.task == "language")
    for name, values, accepted in (("decoder", decoders, DECODERS), ("language_model", models, known),
                                   ("format", formats, tuple(FORMATS)), ("whole", wholes, get_args(Unit)),
                                   ("keep_doubtful", doubtful, ("true", "false"))):
        unknown = [value for value in values if value not in accepted]
        if unknown:                                                     # names only: clients cannot give paths of models
            raise refuse(422, f"unknown_{name}", f"The field {name} has the value {ascii(unknown[0][:40])}. "
                                                   f"There are: {', '.join(accepted)}.")
    if len(decoders) > 1:
        raise refuse(422, "two_decoders", f"A page is read by one decoder, but {len(decoders)} were given. Send one.")
    if len(languages) > 1:
        raise refuse(422, "two_languages", f"A page is read in one language, but {len(languages)} were given. "
                                           f"Send one, or {AUTO}.")
    if len(wholes) > 1 or len(doubtful) > 1:
        name = "whole" if len(wholes) > 1 else "keep_doubtful"
        raise refuse(422, "two_values", f"The field {name} has two values. Send one, or none.")
    return Options(decoders[0], _language(languages[0]), tuple(sorted(models)) or None, formats or tuple(FORMATS),
                   doubtful == ("true",), next((unit for unit in get_args(Unit) if unit in wholes), None))


def languages_read() -> Tuple[str, ...]:
    """List the languages (BCP 47) that a client may choose from, beside "auto"."""
    return languages_of("recognition", "language", "lexicon")


def _language(code: str) -> Optional[str]:
    """Look a language up by its BCP 47 code, ignoring region and script where only the language itself is known."""
    if code.lower() == AUTO:
        return None
    known = {language.lower(): language for language in languages_read()}
    found = known.get(code.lower()) or known.get(code.lower().partition("-")[0])
    if found is None:
        raise refuse(422, "unknown_language", f"No supported language has the code {ascii(code[:40])}. "
                                              f"There are: {', '.join((AUTO, *known.values()))}.")
    return found


def _refusal(fault: Fault) -> HTTPException:
    """Turn a fault of a document process into an error response."""
    if fault.code == BUSY:
        return refuse(503, fault.code, fault.message, {"Retry-After": "60"})
    if fault.code in (CRASHED, TIMEOUT, "unreadable", "too_large"):
        return refuse(422, fault.code, fault.message)
    return refuse(503, fault.code, fault.message, {"Retry-After": "60"})
