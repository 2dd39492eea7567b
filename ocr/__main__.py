"""`python -m ocr read PICTURE...`: all three stages in one process, the text on stdout."""
from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import List, Optional


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    from ocr.engine.options import add_engine_options

    parser = argparse.ArgumentParser(prog="python -m ocr", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    read = verbs.add_parser("read", help="print the text of pictures")
    read.add_argument("pages", nargs="+", metavar="PAGES", help="pictures or PDF, folders of them, or globs")
    read.add_argument("--page-xml", type=Path, metavar="DIR", help="also write one PAGE-XML file a page there")
    read.add_argument("--overlay", type=Path, metavar="DIR", help="also draw what was found, one picture a page, there")
    add_engine_options(read, model=False)
    return parser.parse_args(argv)


def read(arguments: argparse.Namespace) -> int:
    """Read every page; one that fails is reported and the others are read."""
    from ocr.errors import OcrError
    from ocr.images.load import expand, read_frames
    from ocr.workflow import Reader, save_page

    reader = Reader(arguments.engine, arguments.device, arguments.threads)
    failed, paths = False, expand(arguments.pages)
    for path in paths:
        try:
            for image in read_frames(path):
                page = reader.read(image)
                if len(paths) > 1 or image.frame:
                    print(f"=== {path}" + (f", page {image.frame + 1}" if image.frame else ""))
                print(page.text, flush=True)
                save_page(page, image, arguments.page_xml, arguments.overlay)
        except OcrError as error:
            print(f"failed: {error}", file=sys.stderr)
            failed = True
    return int(failed)


def main(argv: Optional[List[str]] = None) -> int:
    """Run one verb and return its exit code."""
    from ocr.errors import exit_code

    arguments = parse_args(argv)
    return exit_code(lambda: read(arguments))


if __name__ == "__main__":
    sys.exit(main())
