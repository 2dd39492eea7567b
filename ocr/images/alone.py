"""Strips of one word or line with nothing around it but paper, as a person's picture of it alone has it.

A word's outline is tight, so that its strip says nothing of where it stood in its line or how large its neighbours were:
"on" fills as many rows as "fly". Nobody who has a picture of a word alone knows more, and what is learned from such
strips works on such pictures; `on_more_paper` gives the smaller writing that a loosely cut picture has.

Shapes: H x W strip, uint8 grey, dark ink on light paper.
"""
from __future__ import annotations

from typing import Sequence

import cv2
import numpy as np

from ocr.images.rectify import MARGIN, rectify_line
from ocr.page.geometry import Box, Point, Polygon

LOOSEST = 0.8
"""Most paper, on each side and in heights of the strip, that a loosely cut picture of a word is taken to have."""


def word_strip(pixels: np.ndarray, outline: Polygon, baseline: Sequence[Point] = (), orientation: int = 0,
               height: int = 48) -> np.ndarray:
    """Cut a word out of a page, and lay paper over what `ocr.images.rectify.rectify_line` leaves around it.

    Parameters are those of `rectify_line`.

    Returns
    -------
    (height, W) uint8; the outer 15 % of the word's height are paper on each side.
    """
    strip = rectify_line(pixels, outline, baseline, orientation, height).pixels
    inset = int(height * MARGIN / (1 + 2 * MARGIN))
    inner = slice(inset, height - inset), slice(inset, strip.shape[1] - inset)
    alone = np.full_like(strip, _paper(strip))
    alone[inner] = strip[inner]
    return alone


def picture_strip(pixels: np.ndarray, height: int = 48) -> np.ndarray:
    """Make a strip of a picture, (H, W, 3) RGB or (H, W) grey, that shows one line or word and nothing else."""
    rows, columns = pixels.shape[:2]
    return word_strip(pixels, Polygon.from_box(Box(0, 0, columns, rows)), height=height)


def on_more_paper(strip: np.ndarray, space: float) -> np.ndarray:
    """Shrink a strip's writing and lay paper around it.

    Parameters
    ----------
    strip : (H, W).
    space : paper added on each side, as a fraction of the strip's height before it is shrunk; 0 changes nothing.

    Returns
    -------
    (H, W') of the same height.
    """
    height, width = strip.shape
    border = round(space * height)
    if not border:
        return strip
    larger = cv2.copyMakeBorder(strip, border, border, border, border, cv2.BORDER_CONSTANT, value=_paper(strip))
    columns = max(1, round(larger.shape[1] * height / larger.shape[0]))
    return cv2.resize(larger, (columns, height), interpolation=cv2.INTER_AREA)


def _paper(strip: np.ndarray) -> int:
    """The paper's grey: the level that 85 % of the pixels do not exceed."""
    return int(np.percentile(strip, 85))
