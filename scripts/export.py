#!/usr/bin/env python3
"""Write pages that were read in other formats: text, hOCR, searchable PDF, ALTO, tables of words, JSON.

reads   PAGE-XML of stage 3 or any other program, or ALTO, and for PDF the images that they name
writes  one file per page and format; with --together one file for all pages, where the format allows it
next    any viewer, search engine or library system; benchmarks/conformance.py checks the files
"""
from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import List, Optional

from ocr.formats.available import FORMATS


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    joining = [kind.name for kind in FORMATS.values() if kind.together]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="+", metavar="DOCUMENTS", help="PAGE-XML or ALTO files, folders of them, or globs")
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for the files")
    parser.add_argument("--format", action="append", required=True, dest="formats", choices=tuple(FORMATS),
                        help="may be repeated")
    parser.add_argument("--together", metavar="NAME", help=f"one file NAME for all pages ({', '.join(joining)})")
    arguments = parser.parse_args(argv)
    if arguments.together is not None:
        if not arguments.together or Path(arguments.together).name != arguments.together:
            parser.error(f"--together {arguments.together!r}: give a file name without a folder")
        if not set(joining) & set(arguments.formats):
            parser.error(f"--together: of the formats, only {', '.join(joining)} hold several pages in a file")
    return arguments


def main(argv: Optional[List[str]] = None) -> int:
    """Export all documents."""
    from ocr.errors import exit_code, report

    def run() -> int:
        arguments = parse_args(argv)
        from ocr.exporting import export_documents

        summary = export_documents(arguments.sources, arguments.out, arguments.formats, arguments.together)
        report(str(summary))
        return summary.exit_code
    return exit_code(run)


if __name__ == "__main__":
    sys.exit(main())
