"""Width normalisation: scale line images horizontally so that the writer's characters have a given mean width.

A network that reads a column every few pixels has two columns for a letter in narrow handwriting and six in wide handwriting.
In training the text is known, and so is the width of its characters. In recognition, three lines of the writer, neither the
longest nor the shortest, are read unscaled, and the characters found are counted; each page counts as one writer.

Shapes: H x W line image, uint8 grey.
"""
from __future__ import annotations

from typing import Callable, List, Sequence, Tuple, TypeVar

import cv2
import numpy as np

MIN_SCALE, MAX_SCALE = 0.65, 1.7

Found = TypeVar("Found")


def scale_width(image: np.ndarray, factor: float) -> np.ndarray:
    """Scale the width of a line image by a factor."""
    width = max(1, round(image.shape[1] * factor))
    return cv2.resize(image, (width, image.shape[0]), interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)


def read_normalised(read: Callable[[Sequence[np.ndarray]], List[Found]], lines: Sequence[np.ndarray],
                    character_width: float, count: Callable[[Found], int]) -> Tuple[List[Found], List[np.ndarray]]:
    """Read the lines of one writer, normalised to the character width of the training data.

    Parameters
    ----------
    read : reads line images of one height as they are.
    lines : (H, W) each, of one height H.
    character_width : target mean width of a character in pixels; 0 leaves the lines unscaled.
    count : returns the number of characters of a reading.

    Returns
    -------
    The readings, and the line images as they were read.
    """
    lines = list(lines)
    if not character_width or not lines:
        return read(lines), lines
    by_width = sorted(lines, key=lambda line: line.shape[1])
    probes = [by_width[index] for index in sorted({len(lines) * part // 4 for part in (1, 2, 3)})]
    counts = [count(found) for found in read(probes)]
    factor = scale_factor([line.shape[1] for line in probes], counts, character_width)
    lines = [scale_width(line, factor) for line in lines]
    return read(lines), lines


def scale_factor(widths: Sequence[float], counts: Sequence[int], character_width: float) -> float:
    """Return the scale factor for lines of these widths and character counts; 1 without characters."""
    if not sum(counts):
        return 1.0
    return float(np.clip(character_width * sum(counts) / sum(widths), MIN_SCALE, MAX_SCALE))
