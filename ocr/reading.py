"""Read many images through the whole chain: their text on stdout, and files of any format; and the options for that."""
from __future__ import annotations

import argparse
import os
import shutil
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Dict, Iterator, List, Optional, Sequence, Tuple

from ocr.batch.local import Outcome, Run
from ocr.batch.names import number_after_first
from ocr.batch.fingerprints import fingerprint
from ocr.batch.results import Job, Results
from ocr.batch.warnings import warning_lines
from ocr.decoding.options import add_decoder_options, decoding_settings
from ocr.decoding.settings import DecodingSettings
from ocr.engine.options import add_engine_options, threads_of_each
from ocr.engine.settings import EngineSettings
from ocr.errors import OcrError, report
from ocr.exporting import OVERLAY, page_contents, suffix_of
from ocr.formats.document import read_document
from ocr.formats.page_json import page_from_json
from ocr.images.load import read_frame
from ocr.page.model import Page
from ocr.pipeline import STAGES, Pipeline, ReadSettings
from ocr.printing import Printed, Printer

STDIN, _STDIN_FOLDER = "-", "ocr-stdin-"


@dataclass(frozen=True)
class Outputs:
    """What is written for each page.

    Parameters
    ----------
    formats : (name of a format, folder for its files) pairs.
    overlays : folder for overlay images of what was found on the pages; None for none.
    printed : format of what goes to stdout; None for the text, with the names of the pages where there are several.
    """

    formats: Tuple[Tuple[str, Path], ...] = ()
    overlays: Optional[Path] = None
    printed: Optional[str] = None


def add_pipeline_options(parser: argparse.ArgumentParser, models: bool = False, decoding: bool = True) -> None:
    """Add the options that `read_settings` reads.

    Parameters
    ----------
    models : whether to add --paragraphs, --lines and --recognition, which name the models of the stages.
    decoding : whether to add those that say how the recogniser's output becomes text.
    """
    for stage in STAGES if models else ():
        parser.add_argument(f"--{stage}", metavar="MODEL", help="model of this stage (default: the registered one)")
    add_engine_options(parser, model=False)
    parser.add_argument("--whole", choices=("line", "word"),
                        help="each image shows one line, or one word, and nothing else (default: lines are looked for)")
    parser.add_argument("--text", choices=("handwriting", "print", "all"), default="handwriting",
                        help="which text to read; typewriting belongs to both (default: handwriting)")
    parser.add_argument("--keep-doubtful", action="store_true", help="read regions that may be a stain or a drawing, too")
    if decoding:
        add_decoder_options(parser)


def read_settings(arguments: argparse.Namespace) -> ReadSettings:
    """Read what a command line says about the pipeline; settings without an option keep their defaults.

    Raises
    ------
    InputError : the options contradict each other.
    """
    given = vars(arguments)
    models = tuple((stage, given[stage]) for stage in STAGES if given.get(stage))
    threads = threads_of_each(arguments) if "jobs" in given else arguments.threads
    engine = EngineSettings(arguments.engine, arguments.device, threads)
    decoding = decoding_settings(arguments) if "decoder" in given else DecodingSettings()
    return ReadSettings(engine, models, decoding, arguments.keep_doubtful, arguments.text, arguments.whole)


def read_images(pipeline: Pipeline, sources: Sequence[str], outputs: Outputs = Outputs(), jobs: int = 1) -> int:
    """Read every page; one that fails is reported on stderr, and the others are read.

    Pages whose files are up to date are not read again; their text is printed from the files where these have it.

    Parameters
    ----------
    sources : images or PDF, folders of them, or globs; "-" for an image on stdin.
    outputs : what to write.
    jobs : pages that are read at the same time.

    Returns
    -------
    The exit code: 0 if every page was read and printed, 1 if any failed.

    Raises
    ------
    ImageError : there is nothing to read.
    OutputError : a result would overwrite an input, the disk is full, or the pages do not go into one file on stdout.
    """
    with _stdin_as_file(sources) as named:
        folders = _folders(pipeline, outputs)
        run = Run([folder.results for folder in folders])
        pages = run.list_jobs(named, "images", number_after_first)
        titled = len({page.source for page in pages}) > 1 or run.summary.failed > 0
        printer = Printer(outputs.printed, titled, len(pages), bool(folders))
        run.work(pages, partial(_read, pipeline, folders, outputs.printed is not None), jobs, printer.print)
        printer.finish()
    if run.summary.failed or len(pages) > 1:
        report(str(run.summary))
    return max(run.summary.exit_code, printer.exit_code)


@dataclass(frozen=True)
class _Folder:
    """A folder, and the kinds of files that are written there."""

    results: Results
    kinds: Tuple[str, ...]


def _folders(pipeline: Pipeline, outputs: Outputs) -> List[_Folder]:
    kinds: Dict[Path, Dict[str, Path]] = {}
    for kind, folder in (*outputs.formats, *([(OVERLAY, outputs.overlays)] if outputs.overlays else [])):
        kinds.setdefault(folder.resolve(), {})[kind] = folder
    steps = tuple(stage.step for stage in pipeline.stages) if kinds else ()
    return [_Folder(Results(next(iter(given.values())), [suffix_of(kind) for kind in given], steps,
                            "folder with --out, --page-xml or --overlay"), tuple(given)) for given in kinds.values()]


def _read(pipeline: Pipeline, folders: Sequence[_Folder], whole: bool, job: Job) -> Outcome[Printed]:
    """Read a page and write its files, unless these are up to date and have what is printed."""
    wanted = [folder for folder in folders if not folder.results.is_done(job)]
    if folders and not wanted:
        kept = _kept(folders, job, whole)
        if kept is not None or not whole:
            return Outcome(False, kept)
    for folder in wanted:
        folder.results.check(job)
    inputs = {job.source: fingerprint(job.source)} if folders else {}
    image = read_frame(job.source, job.frame)
    page = pipeline.read(image)
    if job.source.parent.name.startswith(_STDIN_FOLDER):
        page = replace(page, image_filename=STDIN)
    for line in warning_lines(page.image_filename if page.image_filename == STDIN else job.label, page.warnings):
        report(line)
    errors: List[Exception] = []
    for folder in wanted:
        contents, unwritten = page_contents(page, image, folder.kinds, folder.results.folder)
        folder.results.write(job, inputs, contents)
        errors += unwritten
    if errors:
        raise errors[0]
    return Outcome(True, Printed(page.text, page, image.path))


def _kept(folders: Sequence[_Folder], job: Job, whole: bool) -> Optional[Printed]:
    """Return a page, or at least its text, from the files of an earlier run; None where no format has it."""
    files = {kind: target for folder in folders for kind, target in zip(folder.kinds, folder.results.targets(job))}
    try:
        if "json" in files:
            page: Page = page_from_json(files["json"].read_bytes(), str(files["json"]))
        elif "page" in files:
            page = read_document(files["page"])
        else:
            return Printed(files["txt"].read_text(encoding="utf-8")[:-1]) if "txt" in files and not whole else None
    except (OcrError, OSError):
        return None
    return Printed(page.text, page, job.source)


@contextmanager
def _stdin_as_file(sources: Sequence[str]) -> Iterator[List[str]]:
    """Copy stdin into a file, where it is among the sources, and put the file in its place."""
    if STDIN not in sources:
        yield list(sources)
        return
    with TemporaryDirectory(prefix=_STDIN_FOLDER) as folder:
        path = os.path.join(folder, "stdin")
        with open(path, "wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield [path if source == STDIN else source for source in sources]
