"""Run a stage over many files on this machine, one PAGE-XML file per page.

Pages that are up to date are skipped; a page that fails is recorded in failures.jsonl and the others are processed; results
are written atomically.
"""
from __future__ import annotations

import sys
import time
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Iterable, Iterator, Sequence, Set, Union

from ocr.batch.sources import list_readable, load_page, named_from, result_names
from ocr.batch.warnings import warning_lines
from ocr.errors import OcrError, OutputError
from ocr.formats.document import read_document
from ocr.formats.document_image import find_image
from ocr.formats.page_xml import page_xml_bytes
from ocr.images.load import count_frames
from ocr.output import Failures, disk_is_full, make_folder, write_atomically
from ocr.page.model import ProcessingStep
from ocr.page.stage import Stage
from ocr.parallel import in_order


@dataclass(frozen=True)
class Job:
    """One page to work on.

    Parameters
    ----------
    source : the image or the PAGE-XML file.
    frame : index of the page in an image file of several pages.
    output : the PAGE-XML file to write.
    """

    source: Path
    frame: int
    output: Path

    @property
    def label(self) -> str:
        """The source's name, with the page's number where there are several."""
        return f"{self.source}, page {self.frame + 1}" if self.frame else str(self.source)


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


def run_stage(stage: Stage, sources: Sequence[Union[str, Path]], out_folder: Union[str, Path], at_once: int = 1) -> Summary:
    """Run a stage over images or PAGE-XML files, one PAGE-XML file per page.

    Parameters
    ----------
    stage : takes a Page and (H, W, 3) uint8 RGB pixels.
    sources : images, PDF or PAGE-XML files; folders of them; glob patterns.
    out_folder : where the results go; made if needed. It may not be the folder of the PAGE-XML sources.
    at_once : pages that are worked on at the same time.

    Returns
    -------
    Summary : its `exit_code` is the program's.

    Raises
    ------
    ImageError : no source contains anything to read; where some do, the others count as failed.
    OutputError : the folder cannot be written, or the disk is full.
    """
    out = Path(out_folder)
    make_folder(out)
    failures = Failures(out)
    jobs = list(_jobs(list_readable(sources, failures), out, failures))
    start, made, skipped = time.monotonic(), 0, 0
    with closing(in_order(partial(_work, stage), jobs, at_once)) as results:
        for job, result in progress(results, len(jobs)):
            try:
                if result():
                    made += 1
                else:
                    skipped += 1
                failures.clear(job.label)
            except Exception as error:                  # whatever is wrong with one page, the others are still processed
                if disk_is_full(error):
                    raise
                failures.add(job.label, error)
    return Summary(made, skipped, failures.count, time.monotonic() - start)


def _work(stage: Stage, job: Job) -> bool:
    """Load a page, run the stage, write the result, and return True; do nothing and return False if it is there."""
    if _up_to_date(job, stage.step):
        return False
    page, image = load_page(job.source, job.frame)
    read = named_from(stage(page, image.pixels), image.path, job.output.parent)
    write_atomically(job.output, page_xml_bytes(read))
    for line in warning_lines(job.label, read.steps[-1].warnings):
        _report(line)
    return True


def _report(text: str) -> None:
    """Write a line on stderr, above the progress bar."""
    from tqdm import tqdm

    tqdm.write(text, file=sys.stderr)


def _up_to_date(job: Job, step: ProcessingStep) -> bool:
    """Return whether the output is newer than its inputs, and was made by the same step."""
    if not job.output.exists():
        return False
    made = job.output.stat().st_mtime_ns
    try:
        page = read_document(job.output)
        image = find_image(job.output, page)
    except OcrError:
        return False
    inputs = [job.source, image]
    return page.steps[-1:] == (step,) and all(path.stat().st_mtime_ns <= made for path in inputs)


def _jobs(paths: Sequence[Path], out: Path, failures: Failures) -> Iterator[Job]:
    """List the pages of all files."""
    taken: Set[Path] = set()
    for path, name in result_names(paths).items():
        document = path.suffix.lower() == ".xml"
        try:
            frames = 1 if document else count_frames(path)
        except OcrError as error:
            failures.add(str(path), error)
            continue
        for frame in range(frames):
            suffix = f"_{frame + 1:04d}" if frames > 1 else ""
            job = Job(path, frame, out / f"{name}{suffix}.xml")
            if document and job.output.exists() and job.output.samefile(path):
                raise OutputError(f"{job.output}: the result would overwrite its source. Give another output folder.")
            if job.output in taken:
                failures.add(job.label, OutputError(f"another page's result is {job.output}, too. Rename the file."))
                continue
            taken.add(job.output)
            yield job


def progress(jobs: Iterable, count: int) -> Iterable:
    """Show pages/s and the time left on stderr, where it is a terminal."""
    from tqdm import tqdm

    return tqdm(jobs, total=count, unit="page", file=sys.stderr, disable=not sys.stderr.isatty())
