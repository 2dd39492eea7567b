"""Slanted boxes: the form that lines and words have inside the detector.

A slanted box is (x, y, w, h, s) in pixels of a crop: its centre, its width, its vertical height, and the slope
dy / dx of its upper and lower side; the left and right sides are vertical. Boxes are kept in arrays.

Axis letters: K boxes.
"""
from __future__ import annotations

import numpy as np

MIN_SIDE = 2.0              # pixels


def corners(boxes: np.ndarray) -> np.ndarray:
    """Return the corners of slanted boxes, (K, 5) to (K, 4, 2), clockwise from the top left."""
    x, y, width, height, slope = (boxes[:, index, None] for index in range(5))
    across = np.array([-0.5, 0.5, 0.5, -0.5]) * width                            # (K, 4)
    down = np.array([-0.5, -0.5, 0.5, 0.5]) * height + slope * across            # (K, 4)
    return np.stack([x + across, y + down], axis=2)                              # (K, 4, 2)


def slanted(quads: np.ndarray) -> np.ndarray:
    """Return the slanted boxes that fit quadrilaterals, (K, 4, 2) to (K, 5).

    Parameters
    ----------
    quads : corners clockwise from the top left.
    """
    left, right = (quads[:, 0] + quads[:, 3]) / 2, (quads[:, 1] + quads[:, 2]) / 2         # (K, 2)
    run = np.maximum(right[:, 0] - left[:, 0], MIN_SIDE)
    first, second = quads[:, 2] - quads[:, 0], quads[:, 3] - quads[:, 1]                   # the diagonals
    area = np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) / 2
    slope = (right[:, 1] - left[:, 1]) / run
    return np.column_stack([(left + right) / 2, run, np.maximum(area / run, MIN_SIDE), slope])


def level(boxes: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return where the middle line of slanted boxes, (..., 5), passes at x, extrapolated if need be."""
    return boxes[..., 1] + boxes[..., 4] * (x - boxes[..., 0])


def gap(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the horizontal gap between slanted boxes, (..., 5), in pixels; negative where they overlap."""
    return np.abs(boxes[..., 0] - others[..., 0]) - (boxes[..., 2] + others[..., 2]) / 2


def intersections(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Return the areas that a slanted box, (5,), shares with others, (K, 5), in square pixels, (K,).

    Heights are compared in the middle of the shared width, which is exact where the slopes are equal.
    """
    left = np.maximum(box[0] - box[2] / 2, boxes[:, 0] - boxes[:, 2] / 2)
    right = np.minimum(box[0] + box[2] / 2, boxes[:, 0] + boxes[:, 2] / 2)
    own, others = level(box, (left + right) / 2), level(boxes, (left + right) / 2)
    top = np.maximum(own - box[3] / 2, others - boxes[:, 3] / 2)
    bottom = np.minimum(own + box[3] / 2, others + boxes[:, 3] / 2)
    return np.maximum(right - left, 0) * np.maximum(bottom - top, 0)
