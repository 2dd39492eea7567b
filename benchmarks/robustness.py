#!/usr/bin/env python3
"""Print how much worse pages are read when they are rotated, photographed, badly lit, blurred or on other paper.

reads   a data set's images and transcripts
writes  nothing; one table on stdout, each distortion beside the undistorted pages
next    what raises the error rate is what the networks should see more of in training
"""
from __future__ import annotations

import argparse
import json
import sys
import zlib
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Callable, Dict, List, Optional, Tuple

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ocr.images.augment_pages import add_noise, as_jpeg, held_camera, lay_down, shadow, shake, uneven_light  # noqa: E402
from ocr.images.rectify import turn  # noqa: E402
from ocr.page.geometry import Transform  # noqa: E402
from ocr.synthesis.paper import rule  # noqa: E402

Size = Tuple[int, int]
Camera = Callable[[Size, np.random.Generator], Tuple[Transform, Size]]
"""Where a page of (height, width) comes to lie on an image, and that image's (height, width)."""
Effect = Callable[[np.ndarray, np.random.Generator], np.ndarray]
Distortion = Callable[[np.ndarray, np.random.Generator], Tuple[np.ndarray, Transform]]
"""Takes (H, W, 3) uint8 RGB pixels; gives the new ones, and the map from old to new ones."""

BARE = 0.5                  # part of the pages laid down that have paper around them, not a table


def laid(*cameras: Camera) -> Distortion:
    """Look at the page through one camera after the other; beside it is a table, or more paper."""
    def apply(pixels: np.ndarray, rng: np.random.Generator) -> Tuple[np.ndarray, Transform]:
        size, transform = pixels.shape[:2], Transform.quarter_turns(0, pixels.shape[:2])
        for camera in cameras:
            step, size = camera(size, rng)
            transform = transform.then(step)
        return lay_down(pixels, transform, rng, size, BARE), transform
    return apply


def flat(effect: Effect) -> Distortion:
    """Change the image and leave everything in its place."""
    return lambda pixels, rng: (effect(pixels, rng), Transform.quarter_turns(0, pixels.shape[:2]))


def chain(*distortions: Distortion) -> Distortion:
    """Apply one after the other."""
    def apply(pixels: np.ndarray, rng: np.random.Generator) -> Tuple[np.ndarray, Transform]:
        transform = Transform.quarter_turns(0, pixels.shape[:2])
        for distortion in distortions:
            pixels, step = distortion(pixels, rng)
            transform = transform.then(step)
        return pixels, transform
    return apply


def rotated(turns: int) -> Distortion:
    """Rotate by clockwise quarter turns."""
    return lambda pixels, _: (turn(pixels, turns), Transform.quarter_turns(turns, pixels.shape[:2]))


def resized(factor: float) -> Distortion:
    """Store with another number of pixels."""
    def apply(pixels: np.ndarray, _: np.random.Generator) -> Tuple[np.ndarray, Transform]:
        height, width = (round(side * factor) for side in pixels.shape[:2])
        scale = Transform((width / pixels.shape[1], 0, 0, 0, height / pixels.shape[0], 0, 0, 0, 1))
        how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        return cv2.resize(pixels, (width, height), interpolation=how), scale
    return apply


def skewed(degrees: float) -> Camera:
    """Turn clockwise by some degrees on an image that holds all of the page."""
    def camera(size: Size, _: np.random.Generator) -> Tuple[Transform, Size]:
        matrix = cv2.getRotationMatrix2D((size[1] / 2, size[0] / 2), -degrees, 1.0)         # (2, 3)
        width, height = np.ceil(np.abs(matrix[:, :2]) @ size[::-1]).astype(int)
        matrix[:, 2] += (width - size[1]) / 2, (height - size[0]) / 2
        return Transform.from_array(matrix), (int(height), int(width))
    return camera


def tilted(min_lean: float, max_lean: float) -> Camera:
    """Look from an angle: the far edge is shorter by that part of the width at each end."""
    return partial(held_camera, lean=(min_lean, max_lean), jitter=max_lean / 3)


def tinted(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Lay a sheet of coloured paper over the page."""
    colours = (255, 214, 120), (150, 205, 240), (245, 170, 175), (165, 220, 160), (200, 175, 130)
    return (pixels * (np.array(colours[rng.integers(len(colours))], np.float32) / 255)).astype(np.uint8)


def ruled(pixels: np.ndarray, rng: np.random.Generator, ruling: str) -> np.ndarray:
    """Print rules over the page, some 28 lines of them or twice as many squares, wherever the writing stands."""
    height, width = pixels.shape[:2]
    rules = np.full((round(1000 * height / width), 1000, 3), 255, np.uint8)     # its rules are one pixel thick
    pitch = len(rules) / rng.uniform(24, 32)
    rule(rules, ruling, pitch, rng.uniform(1, 3) * pitch, rng)
    return cv2.multiply(pixels, cv2.resize(rules, (width, height), interpolation=cv2.INTER_LINEAR), scale=1 / 255)


def binarised(pixels: np.ndarray, _: np.random.Generator) -> np.ndarray:
    """Make every pixel black or white, as a fax or an old scanner does."""
    _, ink = cv2.threshold(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return cv2.cvtColor(ink, cv2.COLOR_GRAY2RGB)


def unit(pixels: np.ndarray) -> float:
    """Thousandths of the image's width, in which blurs are measured."""
    return pixels.shape[1] / 1000


DARKENED = flat(partial(shadow, loss=(0.45, 0.6)))
DISTORTIONS: Dict[str, Distortion] = {
    **{f"rotated by {90 * turns}": rotated(turns) for turns in (1, 2, 3)},
    **{f"skew {degrees:+d}": laid(skewed(degrees)) for degrees in (3, -3, 5, -5, 10, -10)},
    "perspective": laid(tilted(0.07, 0.11)),
    "shadow": DARKENED,
    "uneven light": flat(partial(uneven_light, loss=0.65)),
    "skew +10, perspective, shadow": chain(laid(skewed(10), tilted(0.03, 0.06)), DARKENED),
    "skew -10, perspective, shadow": chain(laid(skewed(-10), tilted(0.03, 0.06)), DARKENED),
    "defocus": flat(lambda pixels, _: cv2.GaussianBlur(pixels, (0, 0), 1.5 * unit(pixels))),
    "motion": flat(lambda pixels, rng: shake(pixels, 6 * unit(pixels), 180 * rng.random())),
    "noise": flat(lambda pixels, rng: add_noise(pixels, rng, 25, coloured=True)),
    "JPEG quality 30": flat(lambda pixels, _: as_jpeg(pixels, 30)),
    "half resolution": resized(0.5),
    "double resolution": resized(2.0),
    "low contrast": flat(lambda pixels, _: (110 + 0.3 * pixels).astype(np.uint8)),
    "coloured paper": flat(tinted),
    "ruled paper": flat(partial(ruled, ruling="lines")),
    "squared paper": flat(partial(ruled, ruling="squares")),
    "binarised": flat(binarised),
    "a phone's photo": chain(laid(tilted(0.03, 0.06)), DARKENED, flat(lambda pixels, rng: add_noise(pixels, rng, 8, True)),
                             flat(lambda pixels, _: as_jpeg(pixels, 50)))}


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    from ocr.datasets.opening import DATA_SETS
    from ocr.reading import add_pipeline_options

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, metavar="KIND:DIR", help=DATA_SETS)
    parser.add_argument("--split", default="validation", help="name or list file (default: validation)")
    parser.add_argument("--pages", type=int, default=0, metavar="N", help="first N pages only; 0 takes all (default: 0)")
    parser.add_argument("--only", action="append", choices=list(DISTORTIONS), metavar="NAME",
                        help="distortion to measure; again for more (default: all): " + ", ".join(DISTORTIONS))
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    add_pipeline_options(parser, models=True, decoding=False)
    return parser.parse_args(argv)


def seen(name: str):
    """Make the view of a distortion by its name, for `ocr.evaluation.evaluate`; each page is changed in its own way."""
    from ocr.images.augment_pages import move_page

    def view(ground_truth, image):
        rng = np.random.default_rng([zlib.crc32(text.encode()) for text in (name, ground_truth.name)])
        pixels, transform = DISTORTIONS[name](image.pixels, rng)
        page = move_page(ground_truth.page, transform, pixels.shape[:2])
        return replace(ground_truth, page=page), replace(image, pixels=np.ascontiguousarray(pixels))

    return view


def table(results: Dict[str, Evaluation]) -> str:                               # noqa: F821
    """Lay out results by distortion, the undistorted ones first."""
    from ocr.scoring.report import interval, markdown_table, percent

    plain = next(iter(results.values()))

    def points(now: float, before: float) -> str:
        return f"{100 * (now - before):+.1f}"

    rows = [[name, percent(one.pages.cer), interval(one.pages.interval), points(one.pages.cer, plain.pages.cer),
             percent(one.ground_truth_lines.cer), percent(one.line_boxes.f1), points(one.line_boxes.f1, plain.line_boxes.f1),
             percent(one.word_boxes.f1) if one.word_boxes.ground_truth else None, one.wrong_orientation, len(one.failed)]
            for name, one in results.items()]
    return markdown_table(["distortion", "page CER", "95 % interval", "points", "CER, ground-truth lines", "line F1", "points",
                           "word F1", "wrong orientation", "failed"], rows)


def main(argv: Optional[List[str]] = None) -> int:
    """Read the pages as they are and once with each distortion."""
    from ocr.datasets.opening import open_dataset
    from ocr.evaluation import evaluate
    from ocr.pipeline import Pipeline
    from ocr.reading import read_settings

    arguments = parse_args(argv)
    pages = open_dataset(arguments.data).pages(arguments.split)
    pages = pages[:arguments.pages] if arguments.pages else pages
    pipeline = Pipeline(read_settings(arguments))
    results = {"none": evaluate(pages, pipeline)}
    for name in arguments.only or DISTORTIONS:
        results[name] = evaluate(pages, pipeline, seen(name))
        print(f"{name}: page CER {results[name].pages.cer:.3f}, line F1 {results[name].line_boxes.f1:.3f}", file=sys.stderr,
              flush=True)
    print(table(results))
    print(f"\n{len(pages)} pages of {arguments.data}; micro-averages, NFC, case-sensitive, spaces counted; boxes at IoU "
          "0.5; points are percentage points against the pages as they are.")
    if arguments.json:
        print(json.dumps({name: result.as_dict() for name, result in results.items()}))
    return int(any(result.failed for result in results.values()))


if __name__ == "__main__":
    from ocr.errors import exit_code

    sys.exit(exit_code(main))
