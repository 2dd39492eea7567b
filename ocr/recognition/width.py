"""Writing brought to one width: narrow hands stretched, wide ones pressed together, until a character takes so many pixels.

A network that reads a column every `REDUCTION` pixels has two columns for a letter of a narrow hand and six for one of a
wide hand. To learn from, the text is known, and so is the width of its characters. To read, three lines of the hand, neither
its longest nor its shortest, are read as they are, and the characters found are counted; a page is taken as one hand.

Shapes: H x W strip, uint8 grey.
"""
from __future__ import annotations

from typing import Callable, List, Sequence, Tuple, TypeVar

import cv2
import numpy as np

LEAST, MOST = 0.65, 1.7     # times that a strip is made as wide

Found = TypeVar("Found")


def spread(strip: np.ndarray, times: float) -> np.ndarray:
    """Make a strip so many times as wide."""
    width = max(1, round(strip.shape[1] * times))
    return cv2.resize(strip, (width, strip.shape[0]), interpolation=cv2.INTER_AREA if times < 1 else cv2.INTER_CUBIC)


def read_hand(read: Callable[[Sequence[np.ndarray]], List[Found]], strips: Sequence[np.ndarray], character_width: float,
              count: Callable[[Found], int]) -> Tuple[List[Found], List[np.ndarray]]:
    """Read the lines of one hand, brought to the width that the network knows.

    Parameters
    ----------
    read : reads strips of one height as they are.
    strips : (H, W) each, of one height H.
    character_width : mean width in pixels that a character shall have; 0 leaves the strips as they are.
    count : tells how many characters a reading has.

    Returns
    -------
    The readings, and the strips as they were read.
    """
    strips = list(strips)
    if not character_width or not strips:
        return read(strips), strips
    by_width = sorted(strips, key=lambda strip: strip.shape[1])
    looked_at = [by_width[index] for index in sorted({len(strips) * part // 4 for part in (1, 2, 3)})]
    counts = [count(found) for found in read(looked_at)]
    times = times_as_wide([strip.shape[1] for strip in looked_at], counts, character_width)
    strips = [spread(strip, times) for strip in strips]
    return read(strips), strips


def times_as_wide(widths: Sequence[float], counts: Sequence[int], character_width: float) -> float:
    """Return how many times as wide strips of some widths and numbers of characters must be made; 1 without characters."""
    if not sum(counts):
        return 1.0
    return float(np.clip(character_width * sum(counts) / sum(widths), LEAST, MOST))
