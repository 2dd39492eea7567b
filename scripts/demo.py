#!/usr/bin/env python3
"""Run the three stages on some pages, print their text and draw what was found.

reads   pictures in a folder
writes  OUT/1_paragraphs, OUT/2_lines and OUT/3_text with PAGE-XML, OUT/pictures with overlays
next    open OUT/3_text in any PAGE-XML viewer
"""
from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import List, Optional


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", metavar="PAGES", help="picture, folder or glob")
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for the results")
    return parser.parse_args(argv)


def demo(pages: str, out: Path) -> int:
    """Run the chain through files on disk, as the numbered scripts do."""
    from ocr.lines.stage import LineStage
    from ocr.paragraphs.stage import ParagraphStage
    from ocr.recognition.stage import RecognitionStage
    from ocr.workflow import run_stage

    folders = [out / name for name in ("1_paragraphs", "2_lines", "3_text")]
    failed, source = 0, pages
    for stage, folder in zip((ParagraphStage(), LineStage(), RecognitionStage()), folders):
        summary = run_stage(stage, [source], folder)
        print(f"stage {stage.name}: {summary}", file=sys.stderr)
        failed, source = max(failed, summary.exit_code), str(folder)
    show(folders[-1], out / "pictures")
    print(f"PAGE-XML: {folders[-1]}\npictures: {out / 'pictures'}")
    return failed


def show(documents: Path, pictures: Path) -> None:
    """Print each page's text and draw its overlay."""
    from PIL import Image

    from ocr.formats.overlay import draw_page
    from ocr.workflow import load_page

    pictures.mkdir(parents=True, exist_ok=True)
    for path in sorted(documents.glob("*.xml")):
        page, image = load_page(path)
        print(f"=== {image.path.name}\n{page.text}\n")
        Image.fromarray(draw_page(page, image.pixels, max_height=1600)).save(pictures / f"{path.stem}.jpg", quality=85)


def main(argv: Optional[List[str]] = None) -> int:
    """Run the demonstration and return the exit code."""
    from ocr.errors import exit_code

    arguments = parse_args(argv)
    return exit_code(lambda: demo(arguments.pages, arguments.out))


if __name__ == "__main__":
    sys.exit(main())
