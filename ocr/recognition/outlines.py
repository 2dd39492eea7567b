"""Assign detected outlines to recognised words."""
from __future__ import annotations

from typing import List, Sequence, Tuple

import numpy as np

from ocr.page.geometry import Polygon

MIN_OVERLAP = 0.5
"""Intersection over union along the line from which a detected word is matched to a recognised one."""


def detected_outlines(read: Sequence[Polygon], detected: Sequence[Polygon]) -> List[Polygon]:
    """Replace the outlines of recognised words by those detected at the same place of the line.

    A network's frames say where a character is recognised, not where its ink ends; a detector's box is tighter.

    Parameters
    ----------
    read : outlines from frames, in reading order; the first edge of each runs in reading direction.
    detected : outlines of the line's detected words, in any order.

    Returns
    -------
    One outline a word: the detected one where it and the word are each other's best match, else its own.
    """
    if not read or not detected:
        return list(read)
    (x0, y0), (x1, y1) = read[0].points[:2]
    length = max(float(np.hypot(x1 - x0, y1 - y0)), 1e-6)
    direction = ((x1 - x0) / length, (y1 - y0) / length)
    rows, columns = _spans(read, direction), _spans(detected, direction)
    shared = np.minimum(rows[:, None, 1], columns[None, :, 1]) - np.maximum(rows[:, None, 0], columns[None, :, 0])
    total = np.maximum(rows[:, None, 1], columns[None, :, 1]) - np.minimum(rows[:, None, 0], columns[None, :, 0])
    overlap = np.maximum(shared, 0) / np.maximum(total, 1e-6)                    # (read, detected)
    best, best_back = overlap.argmax(axis=1), overlap.argmax(axis=0)
    return [detected[column] if best_back[column] == row and overlap[row, column] >= MIN_OVERLAP else read[row]
            for row, column in enumerate(best)]


def _spans(outlines: Sequence[Polygon], direction: Tuple[float, float]) -> np.ndarray:
    """Return the extent of outlines along a direction, (words, 2)."""
    along = [outline.array @ np.asarray(direction) for outline in outlines]
    return np.array([(values.min(), values.max()) for values in along])
