"""The processes of the service: readers, which take pages from the queue, and a pool for the documents that clients wait for."""
from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
import time
from queue import SimpleQueue
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

from anyio.to_thread import run_sync

from ocr.faults import Fault
from ocr.serving.metrics import Metrics
from ocr.serving.settings import Settings
from ocr.serving.store import Store, Task, page_file, image_file
from ocr.worker import CRASHED, TIMEOUT, Outcome, Worker

READING, DOCUMENTS = "ocr.serving.reading:open_reader", "ocr.serving.documents:open_documents"
DOCUMENT_WORKERS = 2
BUSY = "busy"
_log = logging.getLogger(__name__)


class Readers:
    """Reads the queued pages, each reader in its own process.

    Parameters
    ----------
    on_page_end : called, in another thread, with the job of each page that is done or has failed.
    reading : the work of the processes; see `ocr.worker.Worker`.
    """

    def __init__(self, store: Store, settings: Settings, metrics: Metrics, on_page_end: Callable[[str], None],
                 reading: str = READING):
        self._store, self._settings, self._metrics, self._on_page_end = store, settings, metrics, on_page_end
        self._queue: SimpleQueue[bool] = SimpleQueue()              # one True per queued page; False ends a reader
        self._stages: Dict[Tuple[str, int], str] = {}
        self._stopping = threading.Event()
        self._workers = [Worker(reading, settings.worker_bytes) for _ in range(settings.workers)]
        self._threads = [threading.Thread(target=self._read_pages, args=(worker,), daemon=True) for worker in self._workers]

    def start(self) -> None:
        """Start the processes, with the pages that an earlier run of the service has left."""
        for thread in self._threads:
            thread.start()
        self.expect(self._store.load().pages)

    def expect(self, pages: int) -> None:
        """Add pages to the queue."""
        for _ in range(pages):
            self._queue.put(True)

    def stage(self, job: str, number: int) -> Optional[str]:
        """Return the stage that a page is in while it is being read."""
        return self._stages.get((job, number)) or None

    @property
    def busy(self) -> int:
        """How many pages are being read."""
        return len(self._stages)

    def stop(self) -> None:
        """End all processes; their pages are read after the next start."""
        self._stopping.set()
        for worker in self._workers:
            self._queue.put(False)
            worker.stop()
        for thread in self._threads:
            if thread.ident:
                thread.join()

    def _read_pages(self, worker: Worker) -> None:
        """Read page after page, in its own thread."""
        worker.start()                                                  # the networks are loaded before the first page comes
        while self._queue.get() and not self._stopping.is_set():
            task = self._retry(self._store.claim)
            if task is not None:
                self._stages[task.job, task.number] = ""
                try:
                    self._read(worker, task)
                finally:
                    del self._stages[task.job, task.number]
                self._on_page_end(task.job)

    def _read(self, worker: Worker, task: Task) -> None:
        """Read one page and record how it ended."""
        folder, start = self._store.folder(task.job), time.monotonic()
        outcome = Outcome()
        if task.attempt > self._settings.attempts:
            outcome = Outcome(fault=Fault(CRASHED, f"It was started {self._settings.attempts} times, and each time the process "
                                                   "ended. Give another image of the page."))
        else:
            outcome = worker.call({
                "path": str(folder / f"original{task.suffix}"), "frame": task.number - 1, **vars(task.options),
                "page": str(page_file(folder, task.number)), "picture": str(image_file(folder, task.number))},
                self._settings.page_seconds, lambda stage: self._stages.update({(task.job, task.number): stage}))
        fault = outcome.fault
        if self._stopping.is_set():
            return
        if fault and fault.code in (CRASHED, TIMEOUT):
            self._metrics.workers_lost.labels(fault.code).inc()
        if fault and fault.code == CRASHED and task.attempt < self._settings.attempts:     # the cause may have been something else
            if self._retry(lambda: self._store.put_back(task)):
                self._queue.put(True)
            return
        if self._retry(lambda: self._store.end(task, fault, outcome.result)):
            self._metrics.pages.labels(fault.code if fault else "done").inc()
            self._metrics.page_seconds.observe(time.monotonic() - start)

    def _retry(self, change: Callable[[], Any]) -> Any:
        """Change the store; where the disk is full, retry until it succeeds."""
        while not self._stopping.is_set():
            try:
                return change()
            except sqlite3.Error as error:
                _log.error("the database of the jobs cannot be written (%s); trying again in a second", error)
                self._stopping.wait(1)
        return None


class DocumentPool:
    """Inspects uploads and writes results while clients wait, in processes without networks."""

    def __init__(self, settings: Settings):
        self._timeout = settings.pause_seconds
        self._workers: List[Worker] = [Worker(DOCUMENTS, settings.worker_bytes) for _ in range(DOCUMENT_WORKERS)]
        self._free: asyncio.Queue[Worker] = asyncio.Queue()
        for worker in self._workers:
            self._free.put_nowait(worker)

    async def call(self, task: Mapping[str, Any], seconds: float) -> Outcome:
        """Run a task; a fault with the code "busy" means that no process was free in time."""
        try:
            worker = await asyncio.wait_for(self._free.get(), self._timeout)
        except asyncio.TimeoutError:
            return Outcome(fault=Fault(BUSY, "The service is writing other documents. Try again in a minute."))
        try:
            return await run_sync(worker.call, task, seconds)
        finally:
            self._free.put_nowait(worker)

    def stop(self) -> None:
        """End all processes."""
        for worker in self._workers:
            worker.stop()
