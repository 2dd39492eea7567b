#!/usr/bin/env python3
"""Print how much is read of pages that hold little writing or very much: single lines on a sheet, long receipts, dense sheets.

reads   images of pages (default: the samples); their lines are found and read as they are, and put on new sheets
writes  nothing, or with --overlay images of what was found; one table on stdout
next    stage 1 should be trained on what it misses
"""
from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, List, Optional, Sequence, Tuple

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

SHEETS = {"A4": (1754, 1240), "A5": (1240, 874)}       # (height, width), 150 dots an inch
RECEIPTS = (2.5, 3.5, 5.0, 7.0, 10.0)                   # times as high as wide
STRIPS = (3.5, 5.0, 10.0)                               # times as wide as high
ROWS = (30, 44, 52)                                     # lines on an A4 sheet


@dataclass(frozen=True)
class Cutout:
    """A line of a page: its ink, (H, W, 3) float32 from 0 (black) to 1 (paper), at 150 dots an inch, and its text."""

    ink: np.ndarray
    text: str


@dataclass(frozen=True)
class Sheet:
    """A composed page: of which kind, its pixels, (H, W, 3) uint8, and the lines on it from the top."""

    kind: str
    pixels: np.ndarray
    texts: Tuple[str, ...]


def cut_lines(pipeline, sources: Sequence[str]) -> List[Cutout]:
    """Read pages, and cut their lines out; a page is taken to be as wide as A4."""
    from ocr.images.load import expand, read_frame

    found = []
    for path in expand(list(sources)):
        image = read_frame(path, 0)
        page, scale = pipeline.read(image), SHEETS["A4"][1] / min(image.pixels.shape[:2])
        for line in page.lines if page.orientation == 0 else ():
            box = line.polygon.box.grow(6 / scale, 4 / scale).clip(page.size)
            pixels = image.pixels[int(box.top):int(box.bottom), int(box.left):int(box.right)]
            pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.float32)
            found.append(Cutout(np.minimum(pixels / max(float(np.percentile(pixels, 80)), 1.0), 1.0), line.text))
    return found


def sheet(size: Tuple[int, int]) -> np.ndarray:
    """Return an empty sheet of (height, width)."""
    return np.full((*size, 3), 250, np.uint8)


def put(paper: np.ndarray, line: Cutout, left: int, top: int, scale: float) -> None:
    """Write a line on paper; what does not fit is cut off."""
    ink = cv2.resize(line.ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    place = paper[top:top + ink.shape[0], left:left + ink.shape[1]]
    place[:] = (place * ink[:place.shape[0], :place.shape[1]]).astype(np.uint8)


def full(kind: str, size: Tuple[int, int], rows: int, columns: int, lines: Sequence[Cutout], rng: np.random.Generator) -> Sheet:
    """Fill a sheet with rows of lines, in columns, each line no wider than its column."""
    paper, margin = sheet(size), round((0.04 if columns == 1 else 0.12) * min(size))
    pitch, width = (size[0] - 2 * margin) / rows, (size[1] - margin) // columns - margin
    texts = []
    for column in range(columns):
        for row in range(rows):
            line = lines[int(rng.integers(len(lines)))]
            scale = min(1.15 * pitch / line.ink.shape[0], width / line.ink.shape[1])
            put(paper, line, margin + column * (width + margin), round(margin + row * pitch), scale)
            texts.append(line.text)
    return Sheet(kind, paper, tuple(texts))


def sheets(lines: Sequence[Cutout], rng: np.random.Generator) -> Iterator[Sheet]:
    """Compose all sheets."""
    for name, size in SHEETS.items():
        for line in lines:
            paper, scale = sheet(size), size[1] / SHEETS["A4"][1]
            free = [side - round(scale * own) for side, own in zip(size, line.ink.shape)]
            top, left = (int(rng.integers(round(0.04 * side), max(room - round(0.04 * side), round(0.04 * side) + 1)))
                         for side, room in zip(size, free))
            put(paper, line, left, top, scale)
            yield Sheet(f"one line, {name}", paper, (line.text,))
    for ratio in RECEIPTS:
        yield full(f"receipt {ratio:g}:1", (round(700 * ratio), 700), round(700 * ratio / 58), 1, lines, rng)
    for ratio in STRIPS:
        yield full(f"strip 1:{ratio:g}", (400, round(400 * ratio)), 5, round(ratio / 2.5), lines, rng)
    for rows in ROWS:
        yield full(f"{rows} rows, A4", SHEETS["A4"], rows, 1, lines, rng)


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    from ocr.reading import add_pipeline_options

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", nargs="+", metavar="IMAGE", default=[str(ROOT / "samples")],
                        help="pages to take lines from (default: the samples)")
    parser.add_argument("--seed", type=int, default=0, help="of places and choices (default: 0)")
    parser.add_argument("--overlay", type=Path, metavar="DIR", help="folder for images of what was found")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    add_pipeline_options(parser, models=True)
    return parser.parse_args(argv)


def main(argv: Optional[List[str]] = None) -> int:
    """Compose the sheets, read them, and count."""
    from rapidfuzz.distance import Levenshtein

    from ocr.exporting import overlay_bytes
    from ocr.images.load import PageImage
    from ocr.output import make_folder, write_atomically
    from ocr.pipeline import Pipeline
    from ocr.reading import read_settings
    from ocr.scoring.report import markdown_table

    arguments = parse_args(argv)
    pipeline = Pipeline(read_settings(arguments))
    counts: dict = {}
    for number, one in enumerate(sheets(cut_lines(pipeline, arguments.pages), np.random.default_rng(arguments.seed))):
        image = PageImage(Path(one.kind), 0, one.pixels)
        page, row = pipeline.read(image), counts.setdefault(one.kind, [0] * 6)
        errors = Levenshtein.distance(" ".join(page.text.split()), " ".join(" ".join(one.texts).split()))
        added = 1, int(not page.text), len(one.texts), sum(1 for _ in page.lines), errors, len(" ".join(one.texts))
        counts[one.kind] = [value + more for value, more in zip(row, added)]
        if arguments.overlay:
            make_folder(arguments.overlay)
            name = f"{number:03d}-{one.kind.replace(' ', '-').replace(':', '-')}.jpg"
            write_atomically(arguments.overlay / name, overlay_bytes(page, image))
    rows = [[kind, *row[:4], f"{100 * row[4] / max(row[5], 1):.1f}"] for kind, row in counts.items()]
    header = ["sheets", "pages", "read as empty", "lines", "lines found", "CER %"]
    print(markdown_table(header, rows))
    if arguments.json:
        print(json.dumps({row[0]: dict(zip(header[1:], row[1:])) for row in rows}))
    return 0


if __name__ == "__main__":
    from ocr.errors import exit_code

    sys.exit(exit_code(main))
