"""Outlines and baselines as documents write them: whole pixels, inside the image."""
from __future__ import annotations

import math
from typing import List, Sequence, Tuple

from ocr.page.geometry import Box, Point


def whole_points(points: Sequence[Point], size: Tuple[int, int]) -> List[Tuple[int, int]]:
    """Round points to whole pixels, clipped to an image of (height, width)."""
    height, width = size
    return [(math.floor(min(max(x, 0), width) + 0.5), math.floor(min(max(y, 0), height) + 0.5)) for x, y in points]


def whole_box(points: Sequence[Point], size: Tuple[int, int]) -> Box:
    """Return the box around points in whole pixels, at least one wide and high, inside an image of (height, width)."""
    height, width = size
    xs, ys = zip(*whole_points(points, size))
    left, top = min(*xs, width - 1), min(*ys, height - 1)
    return Box(left, top, max(*xs, left + 1), max(*ys, top + 1))


def points_text(points: Sequence[Point], size: Tuple[int, int]) -> str:
    """Write points as "x,y x,y ...", in whole pixels inside an image of (height, width)."""
    return " ".join(f"{x},{y}" for x, y in whole_points(points, size))
