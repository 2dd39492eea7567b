"""Read many images through the whole chain: their text on stdout, and files of any format; and the options for that."""
from __future__ import annotations

import argparse
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import List, Optional, Sequence, Tuple

from ocr.batch.sources import result_names
from ocr.batch.warnings import warning_lines
from ocr.decoding.options import add_decoder_options, decoding_settings
from ocr.decoding.settings import DecodingSettings
from ocr.engine.options import add_engine_options, threads_of_each
from ocr.engine.settings import EngineSettings
from ocr.errors import ImageError
from ocr.exporting import save_page
from ocr.images.load import PageImage, count_frames, expand, read_frame
from ocr.output import disk_is_full, failure_reason
from ocr.page.model import Page
from ocr.parallel import in_order
from ocr.pipeline import STAGES, Pipeline, ReadSettings


@dataclass(frozen=True)
class Outputs:
    """What is written for each page besides its text on stdout.

    Parameters
    ----------
    formats : (name of a format, folder for its files) pairs.
    overlays : folder for overlay images of what was found on the pages; None for none.
    """

    formats: Tuple[Tuple[str, Path], ...] = ()
    overlays: Optional[Path] = None


@dataclass(frozen=True)
class _Frame:
    """One page to read: a file, and the index of the page in it."""

    path: Path
    frame: int

    @property
    def title(self) -> str:
        return str(self.path) + (f", page {self.frame + 1}" if self.frame else "")


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
    parser.add_argument("--keep-doubtful", action="store_true", help="read regions that look like print or a stain, too")
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
    return ReadSettings(engine, models, decoding, arguments.keep_doubtful, arguments.whole)


def read_images(pipeline: Pipeline, sources: Sequence[str], outputs: Outputs = Outputs(), jobs: int = 1) -> int:
    """Print the text of every page; one that fails is reported on stderr, and the others are read.

    Parameters
    ----------
    sources : images or PDF, folders of them, or globs.
    outputs : files to write besides.
    jobs : pages that are read at the same time.

    Returns
    -------
    The exit code: 0 if every page was read, 1 if any failed.

    Raises
    ------
    OutputError : the disk is full.
    """
    paths, unlisted = _list_images(sources)
    names = result_names(paths)
    frames, uncounted = _list_frames(paths)
    failed = unlisted or uncounted

    def read(one: _Frame) -> Tuple[PageImage, Page]:
        image = read_frame(one.path, one.frame)
        return image, pipeline.read(image)

    with closing(in_order(read, frames, jobs)) as pages:
        for one, result in pages:
            try:
                image, page = result()
                if len(paths) > 1 or one.frame:
                    print(f"=== {one.title}")
                print(page.text, flush=True)
                for line in warning_lines(one.title, page.warnings):
                    print(line, file=sys.stderr)
                save_page(page, image, names[one.path], outputs.formats, outputs.overlays)
            except Exception as error:                  # whatever is wrong with one page, the others are still read
                failed = _report(error, one.title)
    return int(failed)


def _list_images(sources: Sequence[str]) -> Tuple[List[Path], bool]:
    """List the files that the sources stand for, each once, and return whether a source contains none."""
    paths: List[Path] = []
    failed = False
    for source in sources:
        try:
            paths += expand([source])
        except ImageError as error:
            failed = _report(error, str(source))
    return list(dict.fromkeys(paths)), failed


def _list_frames(paths: Sequence[Path]) -> Tuple[List[_Frame], bool]:
    """List the pages of files, and return whether a file cannot be opened."""
    frames: List[_Frame] = []
    failed = False
    for path in paths:
        try:
            frames += [_Frame(path, frame) for frame in range(count_frames(path))]
        except ImageError as error:
            failed = _report(error, str(path))
    return frames, failed


def _report(error: Exception, title: str) -> bool:
    """Report a failure on stderr and return True; an error that would affect every other page, too, ends the program."""
    if isinstance(error, BrokenPipeError) or disk_is_full(error):
        raise error
    print(f"failed: {failure_reason(title, error)}", file=sys.stderr)
    return True
