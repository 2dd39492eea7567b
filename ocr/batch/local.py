"""Work on many pages on this machine: those that are up to date are skipped, and one that fails does not stop the others."""
from __future__ import annotations

import sys
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Callable, Generic, Iterable, Iterator, List, Optional, Sequence, Tuple, TypeVar

from ocr.batch.names import Numbering, name_jobs, number_all
from ocr.batch.fingerprints import fingerprint
from ocr.batch.results import Job, Results, is_document
from ocr.batch.sources import Reads, Source, list_readable, load_image, load_page, named_from, open_document
from ocr.batch.warnings import warning_lines
from ocr.errors import OcrError, report
from ocr.formats.page_xml import page_xml_bytes
from ocr.images.load import count_frames
from ocr.output import disk_is_full, failure_reason
from ocr.page.stage import Stage
from ocr.parallel import in_order

Found = TypeVar("Found")
INTERVAL = 60.0
"""Seconds between two lines about the progress, where stderr is no terminal."""


@dataclass(frozen=True)
class Outcome(Generic[Found]):
    """What became of a page: whether it was made, or was up to date; and what was found."""

    made: bool
    found: Optional[Found] = None


@dataclass(frozen=True)
class Summary:
    """Result of a run over many pages: counts of pages made, skipped because they were up to date, and failed."""

    made: int = 0
    skipped: int = 0
    failed: int = 0
    seconds: float = 0.0

    @property
    def exit_code(self) -> int:
        """0 if every page is there, 1 if any failed."""
        return 1 if self.failed else 0

    def __str__(self) -> str:
        rate = f", {self.made / self.seconds:.2f} pages/s" if self.made and self.seconds else ""
        return f"{self.made} pages done, {self.skipped} up to date, {self.failed} failed{rate}"


class Run:
    """A run over many pages: it counts what becomes of them, and reports the failures.

    Parameters
    ----------
    results : the folders that are written to; failures are listed in the first one.
    """

    def __init__(self, results: Sequence[Results] = ()):
        self.results = results
        self.summary = Summary()
        self._start = time.monotonic()

    def fail(self, reason: str) -> None:
        """Count a failure and report it."""
        self._count(failed=1)
        report(f"failed: {reason}")

    def fail_page(self, job: Job, error: BaseException) -> None:
        """Count a page's failure, report it and list it."""
        reason = failure_reason(job.label, error)
        self.fail(reason)
        if self.results:
            self.results[0].fail(job, error, reason)

    def list_jobs(self, sources: Sequence[Source], reads: Reads, numbering: Numbering = number_all) -> List[Job]:
        """List the pages of sources with the names of their results; files that cannot be opened are failures.

        Raises
        ------
        ImageError : no source holds anything to read.
        OutputError : a result would overwrite an input.
        """
        files: List[Tuple[Path, int]] = []
        for path in list_readable(sources, reads, self.fail):
            try:
                files.append((path, 1 if reads == "documents" or is_document(path) else count_frames(path)))
            except OcrError as error:
                self.fail_page(Job(path), error)
        return name_jobs(files, self.results, numbering)

    def work(self, jobs: Sequence[Job], work: Callable[[Job], Outcome[Found]], at_once: int = 1,
             on_done: Callable[[Job, Outcome[Found]], None] = lambda job, outcome: None) -> None:
        """Work on pages, `at_once` of them at a time, and call `on_done` with the outcomes in order.

        Raises
        ------
        OutputError : the disk is full.
        """
        try:
            with closing(in_order(work, jobs, at_once)) as outcomes:
                for job, outcome in progress(outcomes, len(jobs)):
                    self._finish(job, outcome, on_done)
        except KeyboardInterrupt:
            if self.results:
                report(f"{self.summary}; the same command resumes from there")
            raise
        finally:
            with suppress(OSError, OcrError):                   # the first error is the one to report
                self.close()

    def close(self) -> None:
        """Bring failures.jsonl up to date."""
        for folder in self.results:
            folder.close()

    def _finish(self, job: Job, outcome: Callable[[], Outcome[Found]], on_done: Callable[[Job, Outcome[Found]], None]) -> None:
        try:
            done = outcome()
        except Exception as error:                              # whatever is wrong with one page, the others are still done
            if disk_is_full(error):
                raise
            self.fail_page(job, error)
            return
        self._count(made=int(done.made), skipped=int(not done.made))
        for folder in self.results[:1]:
            folder.forgive(job)
        on_done(job, done)

    def _count(self, made: int = 0, skipped: int = 0, failed: int = 0) -> None:
        now = self.summary
        self.summary = Summary(now.made + made, now.skipped + skipped, now.failed + failed, time.monotonic() - self._start)


def run_stage(stage: Stage, sources: Sequence[Source], out_folder: Source, at_once: int = 1, reads: Reads = "both") -> Summary:
    """Run a stage over images or PAGE-XML files, one PAGE-XML file per page.

    Parameters
    ----------
    stage : takes a Page and (H, W, 3) uint8 RGB pixels.
    sources : images, PDF or PAGE-XML files; folders of them; glob patterns.
    out_folder : where the results go; made if needed. It may not be the folder of the PAGE-XML sources.
    at_once : pages that are worked on at the same time.
    reads : "documents" for a stage that needs what an earlier one found.

    Returns
    -------
    Summary : its `exit_code` is the program's.

    Raises
    ------
    ImageError : no source contains anything to read; where some do, the others count as failed.
    OutputError : the folder cannot be written, a result would overwrite an input, or the disk is full.
    """
    results = Results(Path(out_folder), (".xml",), (stage.step,), "output folder")
    run = Run((results,))
    jobs = run.list_jobs(sources, reads)
    run.work(jobs, partial(_work, stage, results, reads), at_once)
    return run.summary


def _work(stage: Stage, results: Results, reads: Reads, job: Job) -> Outcome[None]:
    """Load a page, run the stage and write the result, unless it is up to date."""
    if results.is_done(job):
        return Outcome(False)
    inputs = {job.source: fingerprint(job.source)}
    if reads == "documents" or is_document(job.source):
        page, path = open_document(job.source)
        inputs[path] = fingerprint(path)
        image = load_image(job.source, page, path)
    else:
        page, image = load_page(job.source, job.frame)
    read = named_from(stage(page, image.pixels), image.path, results.folder)
    results.write(job, inputs, {".xml": page_xml_bytes(read)})
    for line in warning_lines(job.label, read.steps[-1].warnings):
        report(line)
    return Outcome(True)


def progress(pages: Iterable[Found], count: int) -> Iterable[Found]:
    """Show pages/s and the time left on stderr: as a bar on a terminal, else as a line every minute."""
    if sys.stderr is None or not sys.stderr.isatty() or count == 1:
        return _reported(pages, count)
    from tqdm import tqdm

    return tqdm(pages, total=count, unit="page", file=sys.stderr, dynamic_ncols=True)


def _reported(pages: Iterable[Found], count: int) -> Iterator[Found]:
    start, before = time.monotonic(), 0
    for number, page in enumerate(pages):
        now = time.monotonic()
        if now - start >= INTERVAL:
            rate = (number - before) / (now - start)
            left = f", about {(count - number) / rate / 3600:.1f} hours left" if rate else ""
            report(f"{number} of {count} pages, {rate:.2f} pages/s{left}")
            start, before = now, number
        yield page
