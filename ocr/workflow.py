"""A stage over many files, and the three stages in a chain.

A stage reads pictures or PAGE-XML and writes one PAGE-XML file a page. Work that is done is not done again; a page
that fails is written down in failures.jsonl and the others go on; a result has its name only when it is whole.
"""
from __future__ import annotations

import os
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from glob import glob
from pathlib import Path
from typing import Dict, Iterable, Iterator, List, Optional, Protocol, Sequence, Set, Tuple, Union

import numpy as np

from ocr.decoding.opening import DEFAULT
from ocr.errors import ImageError, OcrError, OutputError, PageFormatError
from ocr.images.load import PageImage, count_frames, expand, read_frame
from ocr.output import Failures, disk_is_full, make_folder, write_atomically
from ocr.formats.document import read_document
from ocr.formats.document_image import find_image
from ocr.page.model import Page, ProcessingStep
from ocr.formats.page_xml import page_xml_bytes
from ocr.parallel import in_order


class Stage(Protocol):
    """One stage: takes a Page and its picture, returns a richer Page, and says how it did it."""

    name: str
    step: ProcessingStep

    def __call__(self, page: Page, pixels: np.ndarray) -> Page:
        """Work on one page."""


@dataclass(frozen=True)
class Job:
    """One page to work on.

    Parameters
    ----------
    source : the picture or the PAGE-XML file.
    frame : index of the page in a picture file of several pages.
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
    """What a run over many pages did: counts of pages made, skipped because they were up to date, and failed."""

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
    """Run a stage over pictures or PAGE-XML files, one PAGE-XML file a page.

    Parameters
    ----------
    stage : takes a Page and (H, W, 3) uint8 RGB pixels.
    sources : pictures, PDF or PAGE-XML files; folders of them; glob patterns.
    out_folder : where the results go; made if needed. It may not be where the PAGE-XML sources lie.
    at_once : pages that are worked on at the same time.

    Returns
    -------
    Summary : its `exit_code` is the program's.

    Raises
    ------
    ImageError : no source holds anything to read; where some do, the others count as failed.
    OutputError : the folder cannot be written, or the disk is full.
    """
    out = Path(out_folder)
    make_folder(out)
    failures = Failures(out)
    jobs = list(_jobs(list_readable(sources, failures), out, failures))
    start, made, skipped = time.monotonic(), 0, 0
    with closing(in_order(partial(_work, stage), jobs, at_once)) as worked_on:
        for job, worked in progress(worked_on, len(jobs)):
            try:
                if worked():
                    made += 1
                else:
                    skipped += 1
                failures.clear(job.label)
            except Exception as error:                  # whatever is wrong with one page, the others are still done
                if disk_is_full(error):
                    raise
                failures.add(job.label, error)
    return Summary(made, skipped, failures.count, time.monotonic() - start)


def list_sources(sources: Sequence[Union[str, Path]]) -> List[Path]:
    """List the pictures, or the PAGE-XML files where a folder or glob holds some, that the sources stand for."""
    found: List[Path] = []
    for source in sources:
        documents = _documents(Path(source).expanduser())
        found += documents if documents else expand([source])
    return list(dict.fromkeys(found))


def list_readable(sources: Sequence[Union[str, Path]], failures: Failures) -> List[Path]:
    """List the files of all sources; those that hold nothing are failures, or an error where all of them are."""
    found: List[Path] = []
    reasons: List[str] = []
    for source in sources:
        try:
            found += list_sources([source])
        except ImageError as error:
            reasons.append(str(error))
    if not found:
        raise ImageError("\n".join(reasons))
    for reason in reasons:
        failures.report(reason)
    return list(dict.fromkeys(found))


def result_names(paths: Sequence[Path]) -> Dict[Path, str]:
    """Name the results of files, each differently: by stem, with the suffix or the folder where stems are the same."""
    kinds = [[path.stem for path in paths], [path.name for path in paths],
             [f"{path.absolute().parent.name}_{path.name}" for path in paths]]
    counts = [Counter(names) for names in kinds]
    found: Dict[Path, str] = {}
    for path, *names in zip(paths, *kinds):
        own = [name for name, count in zip(names, counts) if count[name] == 1]
        found[path] = own[0] if own else f"{names[-1]}_{len(found) + 1}"
    return found


def load_page(path: Path, frame: int = 0) -> Tuple[Page, PageImage]:
    """Read a picture as an empty Page, or a PAGE-XML or ALTO file with its picture.

    Raises
    ------
    ImageError, PageFormatError : the file, or the picture that it names, cannot be read.
    """
    if path.suffix.lower() != ".xml":
        image = read_frame(path, frame)
        return Page(str(path), image.pixels.shape[:2], frame=frame), image
    page = read_document(path)
    image = read_frame(find_image(path, page), page.frame)
    if tuple(page.size) != image.pixels.shape[:2]:
        raise PageFormatError(f"{path}: says its picture has {page.size[1]} x {page.size[0]} pixels, but {image.path} "
                              f"has {image.pixels.shape[1]} x {image.pixels.shape[0]}. Give the one it was made from.")
    return page, image


class Reader:
    """The three stages in one process, their networks loaded once.

    Parameters
    ----------
    engine, device, threads : see `ocr.engine.network.open_network`.
    models : model name by stage name, for stages that shall not use their default.
    decoder, languages, lexicons, corrector : see `ocr.recognition.stage.RecognitionStage`.
    """

    def __init__(self, engine: str = "onnx", device: str = "cpu", threads: int = 0,
                 models: Optional[Dict[str, str]] = None, decoder: str = DEFAULT,
                 languages: Optional[Sequence[str]] = None, lexicons: Optional[Sequence[str]] = None,
                 corrector: Optional[str] = None):
        from ocr.engine.settings import EngineSettings
        from ocr.lines.stage import open_lines
        from ocr.paragraphs.stage import open_paragraphs
        from ocr.recognition.stage import RecognitionStage

        chosen = models or {}
        settings = {"engine": engine, "device": device, "threads": threads}
        self.stages: Tuple[Stage, ...] = (
            open_paragraphs(chosen.get("paragraphs"), EngineSettings(engine, device, threads)),
            open_lines(chosen.get("lines"), EngineSettings(engine, device, threads)),
            RecognitionStage(chosen.get(RecognitionStage.name), **settings, decoder=decoder, languages=languages,
                             lexicons=lexicons, corrector=corrector))

    def steps(self, image: PageImage) -> Iterator[Page]:
        """Yield the page after each of the stages."""
        page = Page(str(image.path), image.pixels.shape[:2], frame=image.frame)
        for stage in self.stages:
            page = stage(page, image.pixels)
            yield page

    def read(self, image: PageImage) -> Page:
        """Read one picture from pixels to text."""
        return list(self.steps(image))[-1]


@lru_cache(maxsize=1)
def _default_reader() -> Reader:
    return Reader()


def read_page(picture: Union[str, Path, np.ndarray], frame: int = 0) -> Page:
    """Read the handwriting of one page.

    Parameters
    ----------
    picture : path of a picture or PDF, or uint8 pixels, (H, W, 3) RGB or (H, W) grey.
    frame : index of the page in a file of several pages.

    Returns
    -------
    Page : its text is in `.text`, its lines and words with outlines and confidences in `.regions`.

    Raises
    ------
    ImageError : the picture cannot be read.
    ModelNotFound : the models are not installed.
    """
    if isinstance(picture, np.ndarray):
        if picture.dtype != np.uint8 or picture.ndim not in (2, 3) or picture.shape[2:] not in ((), (3,)):
            raise ImageError(f"Pixels have shape {picture.shape} and type {picture.dtype}; "
                             "uint8 of shape (H, W, 3), RGB, or (H, W), grey, is accepted.")
        pixels = np.repeat(picture[:, :, None], 3, axis=2) if picture.ndim == 2 else picture
        return _default_reader().read(PageImage(Path("pixels"), 0, np.ascontiguousarray(pixels)))
    return _default_reader().read(read_frame(picture, frame))


def named_from(page: Page, picture: Path, folder: Path) -> Page:
    """Return a page whose picture is named by its path from a folder.

    Raises
    ------
    ImageError : the path is not UTF-8.
    """
    relative = os.path.relpath(picture.parent.resolve() / picture.name, folder.resolve())
    try:
        relative.encode()
    except UnicodeEncodeError:
        raise ImageError(f"{picture}: its name or its folder's is not UTF-8, so that no document can name it. "
                         "Rename it.") from None
    return replace(page, image_filename=Path(relative).as_posix())


def _work(stage: Stage, job: Job) -> bool:
    """Load a page, run the stage, write the result, and return True; do nothing and return False if it is there."""
    if _up_to_date(job, stage.step):
        return False
    page, image = load_page(job.source, job.frame)
    read = named_from(stage(page, image.pixels), image.path, job.output.parent)
    write_atomically(job.output, page_xml_bytes(read))
    return True


def _up_to_date(job: Job, step: ProcessingStep) -> bool:
    """Tell whether the output is newer than what it is made from, and was made in the same way."""
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


def _documents(source: Path) -> List[Path]:
    """List the PAGE-XML files of a folder or glob."""
    try:
        if source.is_dir():
            candidates = list(source.iterdir())
        else:
            candidates = [] if source.exists() else [Path(name) for name in glob(str(source), recursive=True)]
        return sorted(path for path in candidates
                      if path.suffix.lower() == ".xml" and not path.name.startswith(".") and not path.is_dir())
    except OSError as error:
        raise ImageError(f"{source}: cannot be listed ({error.strerror}). Check the permissions.") from error


def progress(jobs: Iterable, count: int) -> Iterable:
    """Show pages/s and the time left on stderr, where it is a terminal."""
    from tqdm import tqdm

    return tqdm(jobs, total=count, unit="page", file=sys.stderr, disable=not sys.stderr.isatty())
