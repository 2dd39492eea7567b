"""`ocr COMMAND`, or `python -m ocr COMMAND`: `read` here, all three stages in one process; the others in commands.py."""
from __future__ import annotations

import argparse
import sys
from contextlib import closing
from pathlib import Path
from typing import List, Optional, Tuple


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    from ocr.decoding.options import add_decoder_options
    from ocr.engine.options import add_engine_options, add_jobs_option
    from ocr.formats.available import FORMATS

    parser = argparse.ArgumentParser(prog="ocr")
    verbs = parser.add_subparsers(dest="verb", required=True)
    read = verbs.add_parser("read", help="print the text of pictures")
    read.add_argument("pages", nargs="+", metavar="PAGES", help="pictures or PDF, folders of them, or globs")
    read.add_argument("--format", action="append", dest="formats", choices=tuple(FORMATS), default=[],
                      help="also write one file a page in this format; may be repeated")
    read.add_argument("--out", type=Path, metavar="DIR", help="folder for the files of --format")
    read.add_argument("--page-xml", type=Path, metavar="DIR", help="also write one PAGE-XML file a page there")
    read.add_argument("--overlay", type=Path, metavar="DIR", help="also draw what was found, one picture a page, there")
    add_engine_options(read, model=False)
    add_decoder_options(read)
    add_jobs_option(read)
    arguments = parser.parse_args(argv)
    if bool(arguments.formats) != (arguments.out is not None):
        read.error("--format and --out go together: what to write, and where")
    return arguments


def read(arguments: argparse.Namespace) -> int:
    """Read every page; one that fails is reported and the others are read."""
    from ocr.engine.options import threads_of_each
    from ocr.errors import ImageError
    from ocr.exporting import save_page
    from ocr.images.load import count_frames, expand, read_frame
    from ocr.parallel import in_order
    from ocr.workflow import Reader, result_names

    reader = Reader(arguments.engine, arguments.device, threads_of_each(arguments), None, arguments.decoder,
                    arguments.languages, arguments.lexicons, arguments.corrector)
    wanted = [(name, arguments.out) for name in dict.fromkeys(arguments.formats)]
    wanted += [("page", arguments.page_xml)] if arguments.page_xml else []
    failed, paths, sheets = False, [], []
    for source in arguments.pages:
        try:
            paths += expand([source])
        except ImageError as error:
            failed = _report(error, str(source))
    names = result_names(list(dict.fromkeys(paths)))
    for path in names:
        try:
            sheets += [(path, frame) for frame in range(count_frames(path))]
        except ImageError as error:
            failed = _report(error, str(path))

    def look(sheet: Tuple[Path, int]):
        image = read_frame(*sheet)
        return image, reader.read(image)

    with closing(in_order(look, sheets, arguments.jobs)) as seen:
        for (path, frame), looked in seen:
            title = str(path) + (f", page {frame + 1}" if frame else "")
            try:
                image, page = looked()
                if len(paths) > 1 or frame:
                    print(f"=== {title}")
                print(page.text, flush=True)
                save_page(page, image, names[path], wanted, arguments.overlay)
            except Exception as error:                  # whatever is wrong with one page, the others are still read
                failed = _report(error, title)
    return int(failed)


def _report(error: Exception, title: str) -> bool:
    """Say on stderr that something failed; what would fail for every other page, too, ends the program."""
    from ocr.output import disk_is_full, failure_reason

    if isinstance(error, BrokenPipeError) or disk_is_full(error):
        raise error
    print(f"failed: {failure_reason(title, error)}", file=sys.stderr)
    return True


def read_pages(words: List[str]) -> int:
    """Run `ocr read` with the words after it and return its exit code."""
    from ocr.errors import exit_code

    arguments = parse_args(["read", *words])
    return exit_code(lambda: read(arguments))


def main(argv: Optional[List[str]] = None) -> int:
    """Run one sub-command and return its exit code."""
    from ocr.commands import dispatch

    return dispatch(sys.argv[1:] if argv is None else argv, {"read": read_pages})


if __name__ == "__main__":
    sys.exit(main())
