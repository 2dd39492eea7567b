"""Line images of a single word or line with nothing but paper around it, as in an image that shows it alone.

A word's outline is tight, so its line image does not show where the word was in its line or how large its neighbours were:
"on" fills as many rows as "fly". An image of a single word tells no more than that either, so what a model learns from these
line images carries over to such images; `pad_with_paper` simulates loosely cropped images, where the writing is smaller.

Shapes: H x W line image, uint8 grey, dark ink on light paper.
"""
from __future__ import annotations

from typing import Sequence

import cv2
import numpy as np

from ocr.images.rectify import MARGIN, rectify_line
from ocr.page.geometry import Box, Point, Polygon

MAX_PADDING = 0.8
"""Largest padding on each side that a loosely cropped image of a word is assumed to have, in heights of the line image."""


def word_image(pixels: np.ndarray, outline: Polygon, baseline: Sequence[Point] = (), orientation: int = 0,
               height: int = 48) -> np.ndarray:
    """Cut a word out of a page and paint the margin that `ocr.images.rectify.rectify_line` leaves around it with the paper's grey.

    Parameters are those of `rectify_line`.

    Returns
    -------
    (height, W) uint8; on each side, a margin of 15 % of the word's height is plain paper.
    """
    line_image = rectify_line(pixels, outline, baseline, orientation, height).pixels
    inset = int(height * MARGIN / (1 + 2 * MARGIN))
    inner = slice(inset, height - inset), slice(inset, line_image.shape[1] - inset)
    alone = np.full_like(line_image, _paper(line_image))
    alone[inner] = line_image[inner]
    return alone


def single_line_image(pixels: np.ndarray, height: int = 48) -> np.ndarray:
    """Make a line image from an image, (H, W, 3) RGB or (H, W) grey, that shows a single line or word."""
    rows, columns = pixels.shape[:2]
    return word_image(pixels, Polygon.from_box(Box(0, 0, columns, rows)), height=height)


def pad_with_paper(line_image: np.ndarray, padding: float) -> np.ndarray:
    """Pad a line image with paper on all sides and scale it back to its height, so that the writing becomes smaller.

    Parameters
    ----------
    line_image : (H, W).
    padding : paper added on each side, as a fraction of the line image's height before scaling; 0 changes nothing.

    Returns
    -------
    (H, W'), of the same height.
    """
    height, width = line_image.shape
    border = round(padding * height)
    if not border:
        return line_image
    padded = cv2.copyMakeBorder(line_image, border, border, border, border, cv2.BORDER_CONSTANT, value=_paper(line_image))
    columns = max(1, round(padded.shape[1] * height / padded.shape[0]))
    return cv2.resize(padded, (columns, height), interpolation=cv2.INTER_AREA)


def _paper(line_image: np.ndarray) -> int:
    """Return the grey level of the paper: the 85th percentile of the pixels."""
    return int(np.percentile(line_image, 85))
