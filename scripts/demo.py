#!/usr/bin/env python3
"""Run the stages on some pages, print their text and draw what was found.

reads   images in a folder
writes  OUT/1_paragraphs, OUT/2_lines and OUT/3_recognition with PAGE-XML, OUT/overlays with what was found
next    open OUT/3_recognition in any PAGE-XML viewer
"""
from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import List, Optional


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", metavar="PAGES", help="image, folder or glob")
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for the results")
    return parser.parse_args(argv)


def demo(pages: str, out: Path) -> int:
    """Run the chain through files on disk, as the numbered scripts do."""
    from ocr.batch.local import run_stage
    from ocr.pipeline import Pipeline

    failed, folder = 0, Path(pages)
    for number, stage in enumerate(Pipeline().stages, 1):
        source, folder = folder, out / f"{number}_{stage.name}"
        summary = run_stage(stage, [source], folder)
        print(f"stage {stage.name}: {summary}", file=sys.stderr)
        failed = max(failed, summary.exit_code)
    show(folder, out / "overlays")
    print(f"PAGE-XML: {folder}\noverlays: {out / 'overlays'}")
    return failed


def show(documents: Path, overlays: Path) -> None:
    """Print each page's text and draw its overlay."""
    from PIL import Image

    from ocr.batch.sources import load_page
    from ocr.formats.overlay import draw_page

    overlays.mkdir(parents=True, exist_ok=True)
    for path in sorted(documents.glob("*.xml")):
        page, image = load_page(path)
        print(f"=== {image.path.name}\n{page.text}\n")
        Image.fromarray(draw_page(page, image.pixels, max_height=1600)).save(overlays / f"{path.stem}.jpg", quality=85)


def main(argv: Optional[List[str]] = None) -> int:
    """Run the demonstration and return the exit code."""
    from ocr.errors import exit_code

    arguments = parse_args(argv)
    return exit_code(lambda: demo(arguments.pages, arguments.out))


if __name__ == "__main__":
    sys.exit(main())
