#!/usr/bin/env python3
"""Install the networks that read pages, and look after them.

reads   ocr/models/registry.json, and the source: --source, else OCR_MODELS_URL, else models/ beside this file
writes  the user's cache folder, or OCR_CACHE
next    python -m ocr read photo.jpg
"""
from __future__ import annotations

import argparse
import sys
from typing import List, Optional, Sequence


def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="list | fetch | verify")
    verbs.add_parser("list", help="show every model and whether it is installed")
    fetch = verbs.add_parser("fetch", help="install models, or repair them; exits 1 if one could not be")
    verify = verbs.add_parser("verify", help="check every byte of installed models; exits 1 if one is missing or damaged")
    for verb in (fetch, verify):
        verb.add_argument("names", nargs="*", metavar="NAME", help="name of a model, or a task (default: all models)")
    fetch.add_argument("--source", metavar="URL_OR_FOLDER",
                       help="https:// or file:// address, or a folder (default: OCR_MODELS_URL, else this clone's models/)")
    return parser.parse_args(argv)


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run one verb; returns the exit code."""
    args = parse_args(argv)
    from ocr.errors import exit_code
    from ocr.models.registry import find, registry

    def run() -> int:
        cards = list(dict.fromkeys(find(name) for name in getattr(args, "names", ()))) or list(registry())
        if not cards:
            print("No models are registered.")
        return {"list": _list, "fetch": _fetch, "verify": _verify}[args.verb](cards, args)

    return exit_code(run)


def _list(cards: List, args: argparse.Namespace) -> int:
    from ocr.models.store import cache_folder, verify

    for card in cards:
        condition = verify(card)
        state = "not installed" if len(condition.missing) == len(card.files) else str(condition).replace("ok", "installed")
        print(f"{card.name:24} {card.version:8} {card.task:12} {card.size / 1e6:5.1f} MB  {card.sha256[:12]}  {state}")
    print(f"cache: {cache_folder()}", file=sys.stderr)
    return 0


def _fetch(cards: List, args: argparse.Namespace) -> int:
    from ocr.errors import OcrError
    from ocr.models.store import fetch, installed_folder

    failed = 0
    for card in cards:
        try:
            brought = fetch(card, args.source, show=True)
        except OcrError as error:
            failed += 1
            print(f"error: {card.name}: {error}", file=sys.stderr)
        else:
            print(f"{card.name} {card.version}: {'installed in' if brought else 'already in'} {installed_folder(card)}")
    return 1 if failed else 0


def _verify(cards: List, args: argparse.Namespace) -> int:
    from ocr.models.store import verify

    good = True
    for card in cards:
        condition = verify(card)
        good = good and condition.good
        print(f"{card.name} {card.version}: {condition}")
    if not good:
        print("Run `python get_models.py fetch` to repair.", file=sys.stderr)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
