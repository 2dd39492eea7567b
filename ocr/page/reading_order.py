"""The order in which regions of a page, and lines of a region, are read: a recursive XY-cut on boxes.

Columns are tried first: where a vertical gap separates boxes that are side by side, the left ones are read before the right
ones. Otherwise, horizontal gaps cut the boxes into bands; consecutive bands that share columns are kept together, so that
gaps between the paragraphs of two columns do not turn them into rows.
"""
from __future__ import annotations

from typing import List, Optional, Sequence, Tuple

import numpy as np

from ocr.page.geometry import Box, Transform
from ocr.page.model import Region

LEFT, TOP, RIGHT, BOTTOM = range(4)


def order_regions(regions: Sequence[Region], size: Tuple[int, int], orientation: int = 0) -> Tuple[Region, ...]:
    """Return regions in reading order, for writing from left to right; marginal notes follow the block beside them.

    Parameters
    ----------
    regions : in any order.
    size : (height, width) of the image, in pixels.
    orientation : clockwise quarter turns that make the image upright.

    Source: Nagy and Seth, Hierarchical representation of optically scanned documents, ICPR 1984 (the XY-cut).
    """
    turn = Transform.quarter_turns(orientation, size)
    boxes = _array([turn.polygon(region.polygon).box for region in regions])
    notes = [i for i, region in enumerate(regions) if region.kind == "marginalia"]
    body = [i for i in range(len(regions)) if i not in notes] or notes
    order = [body[i] for i in _cut(boxes[body], _cores(boxes[body], 0.04, 0.08))]
    for note in sorted(set(notes) - set(body), key=lambda i: (boxes[i, TOP], boxes[i, LEFT])):
        beside = max(body, key=lambda i: (_overlap(boxes[note], boxes[i], 1), -_distance(boxes[note], boxes[i])))
        place = order.index(beside) + 1
        while place < len(order) and order[place] in notes:
            place += 1
        order.insert(place, note)
    return tuple(regions[i] for i in order)


def order_lines(boxes: Sequence[Box], slope: Optional[float] = None) -> Tuple[int, ...]:
    """Return the indices of lines in reading order; the parts of a broken line are read from left to right.

    Parameters
    ----------
    boxes : of the lines of one region, upright, in any order.
    slope : how far a line falls from left to right, in pixels down per pixel to the right; estimated from the boxes if None.
    """
    array = _array(boxes)
    if not len(array):
        return ()
    slope = line_slope(boxes) if slope is None else slope
    level = _levelled(array, slope)
    return tuple(_cut(level, _cores(level, 0.01, 0.3)))


def line_slope(boxes: Sequence[Box]) -> float:
    """Estimate the slope of parallel lines of writing, in pixels down per pixel to the right, from their boxes alone.

    A sloping line's box is as high as its writing plus the slope's size times its width, so the slope's size is the
    regression slope of height over width (the median over pairs of lines, the Theil-Sen estimator). Its sign is the one
    with which the levelled lines overlap less. The slope is 0 where that is not much less than without levelling, where
    lines fall by less than their height, and where all have the same width: the order does not depend on it then.

    Parameters
    ----------
    boxes : of the lines of one region.
    """
    array = _array(boxes)
    if len(array) < 3:
        return 0.0
    width, height = array[:, RIGHT] - array[:, LEFT], array[:, BOTTOM] - array[:, TOP]
    first, second = np.triu_indices(len(array), 1)
    differ = np.abs(width[first] - width[second]) > 0.25 * width.max()
    if not differ.any():
        return 0.0
    trend = (height[first] - height[second])[differ] / (width[first] - width[second])[differ]
    size = float(np.clip(np.median(trend), 0.0, 0.5))
    if size * width.max() < np.median(height - size * width):                   # too small to change the order
        return 0.0
    overlap, slope = min((_total_overlap(_levelled(array, slope)), slope) for slope in (size, -size))
    return slope if overlap < _total_overlap(array) / 2 else 0.0


def _array(boxes: Sequence[Box]) -> np.ndarray:
    return np.asarray([(b.left, b.top, b.right, b.bottom) for b in boxes], dtype=np.float64).reshape(-1, 4)


def _levelled(boxes: np.ndarray, slope: float) -> np.ndarray:
    """Shear sloping lines level about x = 0: each keeps its left and right, and only the height of its writing."""
    level = boxes.copy()
    centre = (boxes[:, TOP] + boxes[:, BOTTOM]) / 2 - slope * (boxes[:, LEFT] + boxes[:, RIGHT]) / 2
    height = boxes[:, BOTTOM] - boxes[:, TOP]
    height = np.maximum(height - abs(slope) * (boxes[:, RIGHT] - boxes[:, LEFT]), 0.3 * height)
    level[:, TOP], level[:, BOTTOM] = centre - height / 2, centre + height / 2
    return level


def _total_overlap(boxes: np.ndarray) -> float:
    """Return the sum over all pairs of boxes of the area that they share."""
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])                        # (N, N, 2)
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])                       # (N, N, 2)
    shared = np.clip(high - low, 0, None).prod(axis=2)                              # (N, N)
    return float(np.triu(shared, 1).sum())


def _cores(boxes: np.ndarray, horizontal: float, vertical: float) -> np.ndarray:
    """Shrink each box by a fraction of its own width and height at each side, so that touching boxes are separated."""
    width, height = boxes[:, RIGHT] - boxes[:, LEFT], boxes[:, BOTTOM] - boxes[:, TOP]
    return boxes + np.stack([width * horizontal, height * vertical, -width * horizontal, -height * vertical], axis=1)


def _overlap(first: np.ndarray, second: np.ndarray, axis: int) -> float:
    return float(max(0.0, min(first[axis + 2], second[axis + 2]) - max(first[axis], second[axis])))


def _distance(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.abs(first[:2] + first[2:] - second[:2] - second[2:]).sum())


def _groups(cores: np.ndarray, axis: int) -> List[np.ndarray]:
    """Split boxes at gaps along an axis (0 is x, 1 is y), and return the groups' indices, in order along it."""
    order = np.argsort(cores[:, axis], kind="stable")
    reach = np.maximum.accumulate(cores[order, axis + 2])
    breaks = np.flatnonzero(cores[order[1:], axis] >= reach[:-1]) + 1
    return np.split(order, breaks)


def _columns(cores: np.ndarray) -> List[np.ndarray]:
    """Split boxes into columns side by side: a group whose vertical range hardly overlaps its neighbour's is merged with it."""
    columns: List[np.ndarray] = []
    for group in _groups(cores, 0):
        if columns:
            last = columns[-1]
            ranges = [(cores[g, TOP].min(), cores[g, BOTTOM].max()) for g in (last, group)]
            shared = min(ranges[0][1], ranges[1][1]) - max(ranges[0][0], ranges[1][0])
            if shared < 0.3 * min(bottom - top for top, bottom in ranges):
                columns[-1] = np.concatenate([last, group])
                continue
        columns.append(group)
    return columns


def _bands(cores: np.ndarray) -> List[np.ndarray]:
    """Split boxes into bands from top to bottom; bands that share columns stay together."""
    bands: List[np.ndarray] = []
    for group in _groups(cores, 1):
        joined = np.concatenate([bands[-1], group]) if bands else group
        together = bands and all(len(_columns(cores[part])) > 1 for part in (bands[-1], group, joined))
        if together:
            bands[-1] = joined
        else:
            bands.append(group)
    return bands


def _cut(boxes: np.ndarray, cores: np.ndarray) -> List[int]:
    """Return the order of boxes (N, 4), given their cores (N, 4)."""
    if len(boxes) < 2:
        return list(range(len(boxes)))
    for parts in (_columns(cores), _bands(cores)):
        if len(parts) > 1:
            return [int(part[i]) for part in parts for i in _cut(boxes[part], cores[part])]
    middle = (boxes[:, TOP] + boxes[:, BOTTOM]) / 2
    return [int(i) for i in np.lexsort((boxes[:, LEFT], middle))]
