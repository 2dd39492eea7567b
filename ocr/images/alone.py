"""Line images of one word or line with nothing around it but paper, as a person's image of it alone has it.

A word's outline is tight, so that its line image says nothing of where it stood in its line or how large its neighbours were:
"on" fills as many rows as "fly". Nobody who has an image of a word alone knows more, and what is learned from such
line images works on such images; `on_more_paper` gives the smaller writing that a loosely cut image has.

Shapes: H x W line image, uint8 grey, dark ink on light paper.
"""
from __future__ import annotations

from typing import Sequence

import cv2
import numpy as np

from ocr.images.rectify import MARGIN, rectify_line
from ocr.page.geometry import Box, Point, Polygon

LOOSEST = 0.8
"""Most paper, on each side and in heights of the line image, that a loosely cut image of a word is taken to have."""


def word_image(pixels: np.ndarray, outline: Polygon, baseline: Sequence[Point] = (), orientation: int = 0,
               height: int = 48) -> np.ndarray:
    """Cut a word out of a page, and lay paper over what `ocr.images.rectify.rectify_line` leaves around it.

    Parameters are those of `rectify_line`.

    Returns
    -------
    (height, W) uint8; the outer 15 % of the word's height are paper on each side.
    """
    line_image = rectify_line(pixels, outline, baseline, orientation, height).pixels
    inset = int(height * MARGIN / (1 + 2 * MARGIN))
    inner = slice(inset, height - inset), slice(inset, line_image.shape[1] - inset)
    alone = np.full_like(line_image, _paper(line_image))
    alone[inner] = line_image[inner]
    return alone


def single_line_image(pixels: np.ndarray, height: int = 48) -> np.ndarray:
    """Make a line image of an image, (H, W, 3) RGB or (H, W) grey, that shows one line or word and nothing else."""
    rows, columns = pixels.shape[:2]
    return word_image(pixels, Polygon.from_box(Box(0, 0, columns, rows)), height=height)


def on_more_paper(line_image: np.ndarray, space: float) -> np.ndarray:
    """Shrink a line image's writing and lay paper around it.

    Parameters
    ----------
    line image : (H, W).
    space : paper added on each side, as a fraction of the line image's height before it is shrunk; 0 changes nothing.

    Returns
    -------
    (H, W') of the same height.
    """
    height, width = line_image.shape
    border = round(space * height)
    if not border:
        return line_image
    larger = cv2.copyMakeBorder(line_image, border, border, border, border, cv2.BORDER_CONSTANT, value=_paper(line_image))
    columns = max(1, round(larger.shape[1] * height / larger.shape[0]))
    return cv2.resize(larger, (columns, height), interpolation=cv2.INTER_AREA)


def _paper(line_image: np.ndarray) -> int:
    """The paper's grey: the level that 85 % of the pixels do not exceed."""
    return int(np.percentile(line_image, 85))
