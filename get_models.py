#!/usr/bin/env python3
"""Install, verify and remove the models that read pages.

reads   ocr/models/registry.json, and the source: --source, else OCR_MODELS_URL, else models/ beside this file
writes  the user's cache folder, or OCR_CACHE
next    python -m ocr read photo.jpg
"""
from __future__ import annotations

import argparse
import sys
from typing import Optional, Sequence


def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="list | fetch | verify | remove")
    verbs.add_parser("list", help="show every model, whether it is installed, and where")
    fetch = verbs.add_parser("fetch", help="install models, or repair them; exits 1 if one could not be")
    verify = verbs.add_parser("verify", help="check every byte of installed models; exits 1 if one is missing or damaged")
    remove = verbs.add_parser("remove", help="remove installed models, and report how much space that freed")
    for verb in (fetch, verify):
        verb.add_argument("names", nargs="*", metavar="NAME", help="name of a model, or a task (default: all models)")
    remove.add_argument("names", nargs="+", metavar="NAME", help="name of a model, or a task")
    fetch.add_argument("--source", metavar="URL_OR_FOLDER",
                       help="https:// or file:// address, or a folder (default: OCR_MODELS_URL, else this clone's models/)")
    return parser.parse_args(argv)


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run one verb; returns the exit code."""
    args = parse_args(argv)
    from ocr.errors import exit_code
    from ocr.models.manage import fetch_models, list_models, remove_models, verify_models

    return exit_code({"list": list_models, "fetch": lambda: fetch_models(args.names, args.source),
                      "verify": lambda: verify_models(args.names), "remove": lambda: remove_models(args.names)}[args.verb])


if __name__ == "__main__":
    sys.exit(main())
