"""The processes of the service: readers, which take the pages that wait, and a desk for what clients wait for."""
from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
import time
from queue import SimpleQueue
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

from anyio.to_thread import run_sync

from ocr.serving.faults import Fault
from ocr.serving.metrics import Metrics
from ocr.serving.settings import Settings
from ocr.serving.store import Store, Task, page_file, image_file
from ocr.serving.worker import CRASHED, TIMEOUT, Answer, Worker

READING, DESK = "ocr.serving.reading:open_reader", "ocr.serving.documents:open_desk"
DESK_WORKERS = 2
BUSY = "busy"
_log = logging.getLogger(__name__)


class Readers:
    """Reads the pages that wait, each reader with a process of its own.

    Parameters
    ----------
    ended : called, in another thread, with the job of each page that has ended.
    reading : what the processes do; see `ocr.serving.worker.Worker`.
    """

    def __init__(self, store: Store, settings: Settings, metrics: Metrics, ended: Callable[[str], None],
                 reading: str = READING):
        self._store, self._settings, self._metrics, self._ended = store, settings, metrics, ended
        self._tickets: "SimpleQueue[bool]" = SimpleQueue()              # one for each page that waits; False ends a reader
        self._stages: Dict[Tuple[str, int], str] = {}
        self._stopping = threading.Event()
        self._workers = [Worker(reading, settings.worker_bytes) for _ in range(settings.workers)]
        self._threads = [threading.Thread(target=self._read_on, args=(worker,), daemon=True) for worker in self._workers]

    def start(self) -> None:
        """Begin, with the pages that a service before this one has left."""
        for thread in self._threads:
            thread.start()
        self.expect(self._store.load().pages)

    def expect(self, pages: int) -> None:
        """Take note that so many more pages wait."""
        for _ in range(pages):
            self._tickets.put(True)

    def stage(self, job: str, number: int) -> Optional[str]:
        """Tell which stage a page that is worked on has come to."""
        return self._stages.get((job, number)) or None

    @property
    def busy(self) -> int:
        """How many pages are being worked on."""
        return len(self._stages)

    def stop(self) -> None:
        """End all processes; the pages that they work on wait for the next service."""
        self._stopping.set()
        for worker in self._workers:
            self._tickets.put(False)
            worker.stop()
        for thread in self._threads:
            if thread.ident:
                thread.join()

    def _read_on(self, worker: Worker) -> None:
        """Read page after page, in a thread of its own."""
        worker.start()                                                  # the networks are loaded before the first page comes
        while self._tickets.get() and not self._stopping.is_set():
            task = self._patiently(self._store.claim)
            if task is not None:
                self._stages[task.job, task.number] = ""
                try:
                    self._read(worker, task)
                finally:
                    del self._stages[task.job, task.number]
                self._ended(task.job)

    def _read(self, worker: Worker, task: Task) -> None:
        """Read one page and write down how it ended."""
        folder, start = self._store.folder(task.job), time.monotonic()
        fault = None
        if task.attempt > self._settings.attempts:
            fault = Fault(CRASHED, f"It was begun {self._settings.attempts} times, and each time the process ended. "
                                   "Give another image of the page.")
        elif not page_file(folder, task.number).exists():               # else it was read, and the service ended just then
            fault = worker.call({
                "path": str(folder / f"original{task.suffix}"), "frame": task.number - 1, "decoder": task.options.decoder,
                "language": task.options.language, "language_models": task.options.language_models,
                "page": str(page_file(folder, task.number)), "picture": str(image_file(folder, task.number))}, self._settings.page_seconds,
                lambda stage: self._stages.update({(task.job, task.number): stage})).fault
        if self._stopping.is_set():
            return
        if fault and fault.code in (CRASHED, TIMEOUT):
            self._metrics.workers_lost.labels(fault.code).inc()
        if fault and fault.code == CRASHED and task.attempt < self._settings.attempts:     # it may have been another's fault
            if self._patiently(lambda: self._store.put_back(task)):
                self._tickets.put(True)
            return
        if self._patiently(lambda: self._store.end(task, fault)):
            self._metrics.pages.labels(fault.code if fault else "done").inc()
            self._metrics.page_seconds.observe(time.monotonic() - start)

    def _patiently(self, change: Callable[[], Any]) -> Any:
        """Make a change of the store; where the disk is full, wait until it is no longer."""
        while not self._stopping.is_set():
            try:
                return change()
            except sqlite3.Error as error:
                _log.error("the database of the jobs cannot be written (%s); trying again in a second", error)
                self._stopping.wait(1)
        return None


class Desk:
    """Does what a client waits for: looks uploads through and writes results, in processes without networks."""

    def __init__(self, settings: Settings):
        self._patience = settings.pause_seconds
        self._workers: List[Worker] = [Worker(DESK, settings.worker_bytes) for _ in range(DESK_WORKERS)]
        self._free: "asyncio.Queue[Worker]" = asyncio.Queue()
        for worker in self._workers:
            self._free.put_nowait(worker)

    async def call(self, task: Mapping[str, Any], seconds: float) -> Answer:
        """Have a task done; a fault with the code "busy" says that no process was free in time."""
        try:
            worker = await asyncio.wait_for(self._free.get(), self._patience)
        except asyncio.TimeoutError:
            return Answer(fault=Fault(BUSY, "The service is writing other documents. Try again in a minute."))
        try:
            return await run_sync(worker.call, task, seconds)
        finally:
            self._free.put_nowait(worker)

    def stop(self) -> None:
        """End all processes."""
        for worker in self._workers:
            worker.stop()
