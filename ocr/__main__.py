"""`ocr COMMAND`, or `python -m ocr COMMAND`: `read` here, all three stages in one process; the others in commands.py."""
from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import List, Optional


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    from ocr.engine.options import add_jobs_option
    from ocr.formats.available import FORMATS
    from ocr.reading import add_pipeline_options

    parser = argparse.ArgumentParser(prog="ocr")
    verbs = parser.add_subparsers(dest="verb", required=True)
    read = verbs.add_parser("read", help="print the text of images")
    read.add_argument("pages", nargs="+", metavar="PAGES", help="images or PDF, folders of them, or globs")
    read.add_argument("--format", action="append", dest="formats", choices=tuple(FORMATS), default=[],
                      help="also write one file per page in this format; may be repeated")
    read.add_argument("--out", type=Path, metavar="DIR", help="folder for the files of --format")
    read.add_argument("--page-xml", type=Path, metavar="DIR", help="also write one PAGE-XML file per page there")
    read.add_argument("--overlay", type=Path, metavar="DIR", help="also draw what was found, one overlay image per page, there")
    add_pipeline_options(read)
    add_jobs_option(read)
    arguments = parser.parse_args(argv)
    if bool(arguments.formats) != (arguments.out is not None):
        read.error("--format and --out go together: what to write, and where")
    return arguments


def read(arguments: argparse.Namespace) -> int:
    """Read every page; one that fails is reported and the others are read."""
    from ocr.pipeline import Pipeline
    from ocr.reading import Outputs, read_images, read_settings

    formats = [(name, arguments.out) for name in dict.fromkeys(arguments.formats)]
    formats += [("page", arguments.page_xml)] if arguments.page_xml else []
    pipeline = Pipeline(read_settings(arguments))
    return read_images(pipeline, arguments.pages, Outputs(tuple(formats), arguments.overlay), arguments.jobs)


def read_pages(arguments: List[str]) -> int:
    """Run `ocr read` with its arguments and return its exit code."""
    from ocr.errors import exit_code

    parsed = parse_args(["read", *arguments])
    return exit_code(lambda: read(parsed))


def main(argv: Optional[List[str]] = None) -> int:
    """Run one sub-command and return its exit code."""
    from ocr.commands import dispatch

    return dispatch(sys.argv[1:] if argv is None else argv, {"read": read_pages})


if __name__ == "__main__":
    sys.exit(main())
