"""The jobs on disk, so that a restart loses none: an SQLite database, and a folder per job.

    DATA/lock                       locked by the one service that uses the folder
    DATA/jobs.sqlite                jobs and the states of their pages
    DATA/jobs/ID/original.jpg       the upload, with a suffix by its content
    DATA/jobs/ID/0001.json, .jpg    a page that was read, and its image; the JSON exists only once the page is complete
    DATA/jobs/ID/pdf.0              a result, written when it is first requested, with the number of edits before it

A page goes from queued to working to done or failed. Each attempt at it has a number, and only the last attempt can end
it, so that each page ends once, whatever dies meanwhile. Names on disk are made here: ids are 128 random bits, and no
input of a client is part of a path.
"""
from __future__ import annotations

import json
import secrets
import shutil
import sqlite3
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import RLock
from typing import Any, Iterator, Literal, Optional, Tuple

from ocr.errors import OutputError
from ocr.output import locked, make_folder
from ocr.faults import Fault
from ocr.serving.database import open_database

UNFINISHED = ("queued", "working")


@dataclass(frozen=True)
class Options:
    """How a job's pages are read, and which results it offers.

    Parameters
    ----------
    decoder : by name.
    language : BCP 47 code of what its pages are written in; None leaves it to the models.
    language_models : by name; None takes those that the language picks.
    formats : by name.
    keep_doubtful : whether regions that may be print or a stain are read, too.
    whole : "line" or "word" where each page shows one and nothing else.
    """

    decoder: str
    language: Optional[str]
    language_models: Optional[Tuple[str, ...]]
    formats: Tuple[str, ...]
    keep_doubtful: bool = False
    whole: Optional[Literal["line", "word"]] = None


@dataclass(frozen=True)
class PageState:
    """One page of a job.

    Parameters
    ----------
    number : from 1.
    state : one of queued, working, done, failed.
    fault : why it failed; where it is done, why it could not be read once more.
    warnings : what people should know about its text, a sentence each.
    left_out : whether regions that may be print or a stain were left out of it.
    """

    number: int
    state: str
    fault: Optional[Fault] = None
    warnings: Tuple[str, ...] = ()
    left_out: bool = False


@dataclass(frozen=True)
class Job:
    """One upload.

    Parameters
    ----------
    owner : digest of the key that it was made with, "" without keys.
    created, expires : seconds since 1970.
    suffix : of the uploaded file, by its content.
    edits : times that its pages were corrected.
    """

    id: str
    owner: str
    created: float
    expires: float
    suffix: str
    options: Options
    edits: int
    pages: Tuple[PageState, ...]

    @property
    def state(self) -> str:
        """One of queued, working, done (where any page is), failed (where every page is)."""
        states = {page.state for page in self.pages}
        if states & set(UNFINISHED):
            return "queued" if states == {"queued"} else "working"
        return "failed" if states == {"failed"} else "done"


@dataclass(frozen=True)
class Task:
    """One attempt at one page."""

    job: str
    number: int
    attempt: int
    suffix: str
    options: Options


@dataclass(frozen=True)
class Load:
    """The load: jobs that are not finished, pages in the queue, bytes of all uploads."""

    jobs: int
    pages: int
    bytes: int


class Store:
    """The jobs on disk; may be used from any thread.

    Parameters
    ----------
    data : folder, made if needed.

    Raises
    ------
    OutputError : the folder cannot be written, another service uses it, or its database is of another version.
    """

    def __init__(self, data: Path):
        self._jobs, self._lock = data.resolve() / "jobs", RLock()
        make_folder(self._jobs)
        with ExitStack() as held:
            held.enter_context(_lock_folder(data / "lock"))
            self._database = open_database(data)
            self._folder_lock = held.pop_all()
        self._recover()

    def close(self) -> None:
        """Release the folder for another service."""
        with self._lock:
            self._database.close()
            self._folder_lock.close()

    def folder(self, job: str) -> Path:
        """Return the folder of a job, whether it exists or not."""
        return self._jobs / job

    def begin(self) -> str:
        """Make the folder of a job that is still to be added, and return its id."""
        job = secrets.token_hex(16)
        self.folder(job).mkdir(mode=0o700)
        return job

    def add(self, job: Job, size: int) -> None:
        """Add a job, whose upload of `size` bytes is in its folder."""
        with self._change() as database:
            database.execute("INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                             (job.id, job.owner, job.created, job.expires, job.suffix, size,
                              json.dumps(vars(job.options)), job.edits))
            database.executemany("INSERT INTO pages (job, number) VALUES (?, ?)",
                                 [(job.id, page.number) for page in job.pages])

    def find(self, job: str, owner: str) -> Optional[Job]:
        """Return a job, or None where there is none of this id that this owner has and that has not expired."""
        with self._lock:
            row = self._database.execute("SELECT * FROM jobs WHERE id = ? AND owner = ? AND expires > ?",
                                         (job, owner, time.time())).fetchone()
            if row is None:
                return None
            pages = self._database.execute("SELECT number, state, code, message, notes FROM pages WHERE job = ? "
                                           "ORDER BY number", (job,)).fetchall()
        states = tuple(PageState(number, state, Fault(code, message) if code else None, *_notes(notes))
                       for number, state, code, message, notes in pages)
        name, owner, created, expires, suffix, _, options, edits = row
        return Job(name, owner, created, expires, suffix, _options(options), edits, states)

    def claim(self) -> Optional[Task]:
        """Take the next page to work on: first pages before second ones, so that no job waits for the end of a long document."""
        with self._change() as database:
            row = database.execute("SELECT job, number, attempt + 1, suffix, options, keep_doubtful FROM pages "
                                   "JOIN jobs ON job = id WHERE state = 'queued' ORDER BY number, created LIMIT 1").fetchone()
            if row is None:
                return None
            job, number, attempt, suffix, text, keep_doubtful = row
            options = _options(text)
            database.execute("UPDATE pages SET state = 'working', attempt = ? WHERE job = ? AND number = ?",
                             (attempt, job, number))
        return Task(job, number, attempt, suffix, replace(options, keep_doubtful=options.keep_doubtful or bool(keep_doubtful)))

    def end(self, task: Task, fault: Optional[Fault] = None, notes: Any = None) -> bool:
        """Record that a page is done, or why it failed; one that was done before stays done, with that reason.

        Parameters
        ----------
        notes : of a page that is done; see `ocr.serving.reading.notes_of`.

        Returns
        -------
        Whether this was the last attempt; False where the job was deleted meanwhile.
        """
        return self._leave(task, "failed" if fault else "done", fault, notes)

    def put_back(self, task: Task) -> bool:
        """Queue a page for its next attempt."""
        return self._leave(task, "queued")

    def read_again(self, job: str, number: int) -> bool:
        """Queue a page that is done once more, to be read with what was left out; return False where it is not done."""
        with self._change() as database:
            return database.execute(
                "UPDATE pages SET state = 'queued', attempt = 0, keep_doubtful = 1, code = NULL, message = NULL "
                "WHERE job = ? AND number = ? AND state = 'done'", (job, number)).rowcount == 1

    def edited(self, job: str) -> int:
        """Count one more edit of a job's pages, and return how many there are."""
        with self._change() as database:
            database.execute("UPDATE jobs SET edits = edits + 1 WHERE id = ?", (job,))
            row = database.execute("SELECT edits FROM jobs WHERE id = ?", (job,)).fetchone()
        return row[0] if row else 0

    def delete(self, job: str) -> None:
        """Delete a job and its files."""
        with self._change() as database:
            database.execute("DELETE FROM jobs WHERE id = ?", (job,))
        shutil.rmtree(self.folder(job), ignore_errors=True)             # what a worker is just writing, `sweep` removes

    def sweep(self, now: float, grace: float = 3600) -> int:
        """Delete the jobs that have expired, and folders without a job that were not modified for `grace` seconds.

        Returns
        -------
        How many jobs were deleted.
        """
        with self._lock:
            expired = [name for (name,) in self._database.execute("SELECT id FROM jobs WHERE expires <= ?", (now,))]
            known = {name for (name,) in self._database.execute("SELECT id FROM jobs")}
        for name in expired:
            self.delete(name)
        for folder in self._jobs.iterdir():
            with suppress(OSError):
                if folder.name not in known and folder.stat().st_mtime <= now - grace:
                    shutil.rmtree(folder, ignore_errors=True)
        return len(expired)

    def load(self) -> Load:
        """Return the current load."""
        with self._lock:
            jobs, pages = self._database.execute(
                "SELECT COUNT(DISTINCT job), COALESCE(SUM(state = 'queued'), 0) FROM pages "
                "WHERE state IN ('queued', 'working')").fetchone()
            stored, = self._database.execute("SELECT COALESCE(SUM(bytes), 0) FROM jobs").fetchone()
        return Load(jobs, pages, stored)

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction, under the lock."""
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):                           # a full disk has ended it already
                    self._database.execute("ROLLBACK")
                raise

    def _leave(self, task: Task, state: str, fault: Optional[Fault] = None, notes: Any = None) -> bool:
        with self._change() as database:
            return database.execute(
                "UPDATE pages SET state = CASE WHEN ? AND notes IS NOT NULL THEN 'done' ELSE ? END, code = ?, message = ?, "
                "notes = COALESCE(?, notes) WHERE job = ? AND number = ? AND attempt = ? AND state = 'working'",
                (fault is not None, state, fault and fault.code, fault and fault.message, notes and json.dumps(notes),
                 task.job, task.number, task.attempt)).rowcount == 1

    def _recover(self) -> None:
        """Queue the pages again that an earlier run worked on, and remove uploads that it did not accept."""
        with self._change() as database:
            database.execute("UPDATE pages SET state = 'queued' WHERE state = 'working'")
        self.sweep(time.time(), grace=0)


def page_file(folder: Path, number: int) -> Path:
    """Return the path of the JSON of a page that was read."""
    return folder / f"{number:04d}.json"


def image_file(folder: Path, number: int) -> Path:
    """Return the path of a page's image."""
    return folder / f"{number:04d}.jpg"


def _options(text: str) -> Options:
    values = json.loads(text)
    models = values.get("language_models", values.get("languages"))     # the latter in jobs of an earlier service
    return Options(values["decoder"], values.get("language"), None if models is None else tuple(models),
                   tuple(values["formats"]), values.get("keep_doubtful", False), values.get("whole"))


def _notes(text: Optional[str]) -> Tuple[Tuple[str, ...], bool]:
    """Return the warnings of a page, and whether something was left out of it."""
    if text is None:
        return (), False
    notes = json.loads(text)
    return tuple(notes["warnings"]), notes["left_out"]


@contextmanager
def _lock_folder(path: Path) -> Iterator[None]:
    """Lock the folder against other services; the system releases the lock when this process ends, however it ends."""
    with ExitStack() as held:
        try:
            held.enter_context(locked(path, wait=False))
        except OSError as error:
            raise OutputError(f"{path.parent}: another service uses this folder. Stop it, or choose another --data.") from error
        yield
