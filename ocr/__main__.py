"""`ocr COMMAND`, or `python -m ocr COMMAND`: `read` here, all three stages in one process; the others in commands.py."""
from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:                               # all else is imported where Ctrl-C is no traceback
    import argparse
    from typing import List, Optional


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    import argparse
    from pathlib import Path

    from ocr.engine.options import add_jobs_option
    from ocr.formats.available import FORMATS
    from ocr.reading import STDIN, add_pipeline_options

    parser = argparse.ArgumentParser(prog="ocr")
    verbs = parser.add_subparsers(dest="verb", required=True)
    read = verbs.add_parser("read", help="print the text of images")
    read.add_argument("pages", nargs="+", metavar="PAGES", help="images or PDF, folders of them, or globs; - reads stdin")
    read.add_argument("--format", action="append", dest="formats", choices=tuple(FORMATS), default=[],
                      help="write one file per page in this format to --out, and may be repeated; without --out, print it")
    read.add_argument("--json", action="store_true", help="print one JSON object per page and line in place of the text")
    read.add_argument("--out", type=Path, metavar="DIR", help="folder for the files of --format")
    read.add_argument("--page-xml", type=Path, metavar="DIR", help="also write one PAGE-XML file per page there")
    read.add_argument("--overlay", type=Path, metavar="DIR", help="also draw what was found, one overlay image per page, there")
    add_pipeline_options(read)
    add_jobs_option(read)
    arguments = parser.parse_args(argv)
    if arguments.out and not arguments.formats:
        read.error("--out and --format go together: where to write, and what")
    if len({*arguments.formats, *["json"] * arguments.json}) > 1 and not arguments.out:
        read.error("only one format can be printed: give the others a folder with --out")
    if STDIN in arguments.pages and (arguments.out or arguments.page_xml or arguments.overlay):
        read.error("- has no name that files could have: leave out --out, --page-xml and --overlay, and --format is printed")
    return arguments


def read(arguments: argparse.Namespace) -> int:
    """Read every page; one that fails is reported and the others are read."""
    from ocr.pipeline import Pipeline
    from ocr.reading import Outputs, read_images, read_settings

    formats = [(name, arguments.out) for name in dict.fromkeys(arguments.formats) if arguments.out]
    formats += [("page", arguments.page_xml)] if arguments.page_xml else []
    printed = "json" if arguments.json else None if arguments.out else next(iter(arguments.formats), None)
    pipeline = Pipeline(read_settings(arguments))
    return read_images(pipeline, arguments.pages, Outputs(tuple(formats), arguments.overlay, printed), arguments.jobs)


def read_pages(arguments: List[str]) -> int:
    """Run `ocr read` with its arguments and return its exit code."""
    from ocr.errors import exit_code

    return exit_code(lambda: read(parse_args(["read", *arguments])))


def main(argv: Optional[List[str]] = None) -> int:
    """Run one sub-command and return its exit code."""
    try:
        from ocr.commands import dispatch

        return dispatch(sys.argv[1:] if argv is None else argv, {"read": read_pages})
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
