"""How much polygons overlap: intersection over union of pairs, and of the areas that many cover together.

Axis letters: A, B polygons of two lists, P points.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import List, Sequence, Tuple

import numpy as np

from ocr.page.geometry import Polygon

_GRID = 512
_SHIFT = 6


@dataclass(frozen=True)
class SharedArea:
    """Area that two sets of polygons share, and that either covers, as fractions of the page."""

    intersection: float
    union: float


def iou_matrix(first: Sequence[Polygon], second: Sequence[Polygon]) -> np.ndarray:
    """Return intersection over union of each pair, (A, B) float64 from 0 to 1.

    Upright boxes and convex outlines are exact. Others are drawn on a grid of 512 x 512 stretched over the pair
    (stretching leaves the ratio as it is), which is right to about 0.01.
    """
    if not first or not second:
        return np.zeros((len(first), len(second)))
    boxes = _boxes(first), _boxes(second)
    shared = np.clip(np.minimum(boxes[0][:, None, 2:], boxes[1][None, :, 2:])
                     - np.maximum(boxes[0][:, None, :2], boxes[1][None, :, :2]), 0, None).prod(axis=2)   # (A, B)
    areas = [(b[:, 2:] - b[:, :2]).prod(axis=1) for b in boxes]
    union = areas[0][:, None] + areas[1][None, :] - shared                                             # (A, B)
    matrix = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    upright = [np.array([_is_box(polygon) for polygon in polygons]) for polygons in (first, second)]
    for row, column in np.argwhere((shared > 0) & ~(upright[0][:, None] & upright[1][None, :])):
        matrix[row, column] = _outline_iou(first[row].array, second[column].array)
    return matrix


def shared_area(first: Sequence[Polygon], second: Sequence[Polygon], size: Tuple[int, int]) -> SharedArea:
    """Compare the areas that two sets of polygons cover on a page of (height, width), drawn at 1024 x 1024."""
    height, width = size
    scale = np.array([1024 / width, 1024 / height])
    masks = [_draw([polygon.array * scale for polygon in polygons], 1024) for polygons in (first, second)]
    return SharedArea(float((masks[0] & masks[1]).mean()), float((masks[0] | masks[1]).mean()))


def _boxes(polygons: Sequence[Polygon]) -> np.ndarray:
    """Return left, top, right, bottom of each polygon, (A, 4)."""
    return np.array([(*polygon.array.min(axis=0), *polygon.array.max(axis=0)) for polygon in polygons])


def _is_box(polygon: Polygon) -> bool:
    box = polygon.box
    return len(polygon.points) == 4 and abs(polygon.area - box.area) <= 1e-6 * max(box.area, 1.0)


def _outline_iou(first: np.ndarray, second: np.ndarray) -> float:
    import cv2

    origin = np.minimum(first.min(axis=0), second.min(axis=0))
    extent = np.maximum(np.maximum(first.max(axis=0), second.max(axis=0)) - origin, 1e-9)
    first, second = ((points - origin) / extent * (_GRID - 1) for points in (first, second))
    outlines = [points.astype(np.float32)[:, None] for points in (first, second)]                      # (P, 1, 2)
    if all(cv2.isContourConvex(outline) for outline in outlines):
        shared = float(cv2.intersectConvexConvex(*outlines)[0])
        union = sum(float(cv2.contourArea(outline)) for outline in outlines) - shared
    else:
        masks = _draw([first], _GRID), _draw([second], _GRID)
        shared, union = float((masks[0] & masks[1]).sum()), float((masks[0] | masks[1]).sum())
    return min(shared / union, 1.0) if union > 0 else 0.0


def _draw(outlines: List[np.ndarray], grid: int) -> np.ndarray:
    """Fill outlines on a square grid, (grid, grid) bool; coordinates are in grid cells."""
    import cv2

    mask = np.zeros((grid, grid), dtype=np.uint8)
    for points in outlines:
        cv2.fillPoly(mask, [np.round((points - 0.5) * (1 << _SHIFT)).astype(np.int32)], 1, shift=_SHIFT)
    return mask.astype(bool)
