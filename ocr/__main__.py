"""`python -m ocr read PICTURE...`: all three stages in one process, the text on stdout."""
from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import List, Optional


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    from ocr.decoding.options import add_decoder_options
    from ocr.engine.options import add_engine_options

    parser = argparse.ArgumentParser(prog="python -m ocr", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    read = verbs.add_parser("read", help="print the text of pictures")
    read.add_argument("pages", nargs="+", metavar="PAGES", help="pictures or PDF, folders of them, or globs")
    read.add_argument("--page-xml", type=Path, metavar="DIR", help="also write one PAGE-XML file a page there")
    read.add_argument("--overlay", type=Path, metavar="DIR", help="also draw what was found, one picture a page, there")
    add_engine_options(read, model=False)
    add_decoder_options(read)
    return parser.parse_args(argv)


def read(arguments: argparse.Namespace) -> int:
    """Read every page; one that fails is reported and the others are read."""
    from ocr.errors import ImageError
    from ocr.images.load import count_frames, expand
    from ocr.workflow import Reader, result_names

    reader = Reader(arguments.engine, arguments.device, arguments.threads, None, arguments.decoder, arguments.languages)
    failed, paths = False, []
    for source in arguments.pages:
        try:
            paths += expand([source])
        except ImageError as error:
            failed = _report(error, str(source))
    for path, name in result_names(list(dict.fromkeys(paths))).items():
        try:
            frames = count_frames(path)
        except ImageError as error:
            failed = _report(error, str(path))
            continue
        for frame in range(frames):
            title = str(path) + (f", page {frame + 1}" if frame else "")
            try:
                _read_frame(reader, path, frame, name, title if len(paths) > 1 or frame else "", arguments)
            except Exception as error:                  # whatever is wrong with one page, the others are still read
                failed = _report(error, title)
    return int(failed)


def _read_frame(reader, path: Path, frame: int, name: str, title: str, arguments: argparse.Namespace) -> None:
    """Print the text of one page, under its title where it has one, and write what else is asked for."""
    from ocr.images.load import read_frame
    from ocr.workflow import save_page

    image = read_frame(path, frame)
    page = reader.read(image)
    if title:
        print(f"=== {title}")
    print(page.text, flush=True)
    save_page(page, image, name, arguments.page_xml, arguments.overlay)


def _report(error: Exception, title: str) -> bool:
    """Say on stderr that something failed; what would fail for every other page, too, ends the program."""
    from ocr.output import disk_is_full, failure_reason

    if isinstance(error, BrokenPipeError) or disk_is_full(error):
        raise error
    print(f"failed: {failure_reason(title, error)}", file=sys.stderr)
    return True


def main(argv: Optional[List[str]] = None) -> int:
    """Run one verb and return its exit code."""
    from ocr.errors import exit_code

    arguments = parse_args(argv)
    return exit_code(lambda: read(arguments))


if __name__ == "__main__":
    sys.exit(main())
