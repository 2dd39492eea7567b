"""Anchors of the detector: where they lie, how they are matched to ground truth, and how offsets encode boxes.

Boxes are slanted boxes, see `ocr.lines.ssd.boxes`.

Axis letters: R x C cells of a map, S shapes at a cell, A = R * C * S anchors, T ground-truth boxes, K boxes.
"""
from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Tuple

import numpy as np

from ocr.lines.ssd.boxes import intersections

BACKGROUND, IGNORED = -1, -2
"""Match index of a negative anchor, and of one that does not count in the loss."""


@dataclass(frozen=True)
class Variances:
    """Scales of the encoded offsets: of the centre in anchor sides, of the logarithm of the sides, and of the slope."""

    centre: float = 0.1
    size: float = 0.2
    slope: float = 0.03


@dataclass(frozen=True)
class AnchorMap:
    """Anchors of several shapes around the centre of every cell of a grid over the crop.

    Parameters
    ----------
    stride : (height, width) of a cell in pixels.
    shapes : (height, width) of the anchors at each cell, in pixels.
    """

    stride: Tuple[int, int]
    shapes: Tuple[Tuple[float, float], ...]

    def grid(self, size: Tuple[int, int]) -> Tuple[int, int]:
        """Return (R, C) for a crop of (height, width)."""
        return size[0] // self.stride[0], size[1] // self.stride[1]

    def boxes(self, size: Tuple[int, int]) -> np.ndarray:
        """Return all anchors on a crop of (height, width), (A, 5), in the order of the network's outputs."""
        return _boxes(self, self.grid(size))

    def match(self, ground_truth: np.ndarray, size: Tuple[int, int], positive: float = 0.5, ambiguous: float = 0.4) -> np.ndarray:
        """Match each anchor to a ground-truth box, the background or neither.

        An anchor is matched to the ground-truth box it overlaps most, from an IoU of `positive` on; the anchor that overlaps a
        ground-truth box most is matched to it in any case. Slopes do not count.

        Parameters
        ----------
        ground_truth : (T, 5).
        size : (height, width) of the crop.
        ambiguous : IoU from which an unmatched anchor is ignored rather than background.

        Returns
        -------
        (A,) int64: index of the ground-truth box, BACKGROUND or IGNORED.

        Source: Liu et al., SSD, https://arxiv.org/abs/1512.02325, section 2.2.
        """
        rows, columns = self.grid(size)
        best = np.zeros((rows, columns, len(self.shapes)), dtype=np.float32)          # (R, C, S)
        matches = np.full(best.shape, BACKGROUND, dtype=np.int64)                     # (R, C, S)
        best_anchors = []
        for index, box in enumerate(ground_truth):
            window, iou = self._overlaps(box, rows, columns)
            better = iou > best[window]
            best[window] = np.where(better, iou, best[window])
            matches[window] = np.where(better, index, matches[window])
            place = np.unravel_index(int(iou.argmax()), iou.shape)
            best_anchors.append((iou[place], index, (window[0].start + place[0], window[1].start + place[1], place[2])))
        matches[best < positive] = IGNORED
        matches[best < ambiguous] = BACKGROUND
        for _, index, place in sorted(best_anchors):
            matches[place] = index
        return matches.reshape(-1)

    def _overlaps(self, box: np.ndarray, rows: int, columns: int) -> Tuple[Tuple[slice, slice], np.ndarray]:
        """Return the cells around a ground-truth box, as slices, and the IoU of their anchors with it, (r, c, S).

        Further away than 0.75 of the box's sides no IoU reaches 0.4, whatever the shape.
        """
        x, y, width, height = (float(value) for value in box[:4])
        row, column = (_cells(centre, 0.75 * side, stride, count) for centre, side, stride, count in
                       ((y, height, self.stride[0], rows), (x, width, self.stride[1], columns)))
        shapes = np.asarray(self.shapes, dtype=np.float32)                            # (S, 2)
        down = np.abs((np.arange(row.start, row.stop) + 0.5) * self.stride[0] - y)    # (r,)
        across = np.abs((np.arange(column.start, column.stop) + 0.5) * self.stride[1] - x)  # (c,)
        tall = _shared(down[:, None], height, shapes[:, 0])                           # (r, S)
        wide = _shared(across[:, None], width, shapes[:, 1])                          # (c, S)
        shared = tall[:, None] * wide[None]                                           # (r, c, S)
        return (row, column), shared / (width * height + shapes.prod(axis=1) - shared)


LINES = AnchorMap((8, 64), tuple((h, w) for h in (13.0, 20.0, 31.0, 48.0) for w in (80.0, 200.0, 380.0, 600.0)))
WORDS = AnchorMap((8, 8), tuple((h, h * aspect) for h in (11.0, 18.0, 29.0, 46.0) for aspect in (0.7, 1.5, 3.2)))
"""The anchors of the two maps, for detectors whose cards give none."""


def encode(ground_truth: np.ndarray, anchors: np.ndarray, variances: Variances = Variances()) -> np.ndarray:
    """Encode ground-truth boxes, (K, 5), as offsets, (K, 5), from the anchors, (K, 5), they are matched to."""
    sides = anchors[:, 2:4]
    centres = (ground_truth[:, :2] - anchors[:, :2]) / sides / variances.centre
    sizes = np.log(np.maximum(ground_truth[:, 2:4], 1.0) / sides) / variances.size
    return np.concatenate([centres, sizes, ground_truth[:, 4:] / variances.slope], axis=1)


def decode(offsets: np.ndarray, anchors: np.ndarray, variances: Variances = Variances()) -> np.ndarray:
    """Decode offsets, (K, 5), from anchors, (K, 5), into boxes, (K, 5)."""
    sides = anchors[:, 2:4]
    centres = anchors[:, :2] + offsets[:, :2] * variances.centre * sides
    sizes = sides * np.exp(np.clip(offsets[:, 2:4] * variances.size, -3.0, 3.0))
    return np.concatenate([centres, sizes, offsets[:, 4:] * variances.slope], axis=1)


def suppress(boxes: np.ndarray, scores: np.ndarray, max_iou: float, max_cover: float,
             same_iou: float = 0.6) -> Tuple[np.ndarray, np.ndarray]:
    """Suppress non-maxima: keep the best box, drop those that overlap it, go on with the best of the rest.

    Ascenders and descenders of neighbouring lines of handwriting interlock, so a moderate overlap is no sign of a
    duplicate; a box that lies almost wholly in a better one is.

    Parameters
    ----------
    boxes : (K, 5).
    scores : (K,), 0 to 1.
    max_iou : IoU above which the box of the lower score is dropped.
    max_cover : intersection over the smaller box's area above which the box of the lower score is dropped.
    same_iou : IoU above which boxes are duplicates and averaged.

    Returns
    -------
    Boxes kept, (K', 5), each the score-weighted mean of its duplicates, and their scores, (K',), best first.
    """
    order = np.argsort(-scores, kind="stable")
    boxes, scores = boxes[order].astype(np.float64), scores[order]
    areas = boxes[:, 2] * boxes[:, 3]
    candidates = np.ones(len(boxes), dtype=bool)
    kept, means = [], []
    for index in range(len(boxes)):
        if not candidates[index]:
            continue
        shared = intersections(boxes[index], boxes)
        iou = shared / (areas + areas[index] - shared)
        duplicates = (iou > same_iou) & candidates
        means.append(np.average(boxes[duplicates], axis=0, weights=scores[duplicates]))
        kept.append(index)
        candidates &= (iou <= max_iou) & (shared <= max_cover * np.minimum(areas, areas[index]))
        candidates[index] = False
    return np.reshape(means, (-1, 5)), scores[np.array(kept, dtype=int)]


@lru_cache(maxsize=32)
def _boxes(anchors: AnchorMap, grid: Tuple[int, int]) -> np.ndarray:
    rows, columns = grid
    shapes = np.asarray(anchors.shapes, dtype=np.float32)                             # (S, 2)
    boxes = np.zeros((rows, columns, len(shapes), 5), dtype=np.float32)               # (R, C, S, 5)
    boxes[..., 0] = ((np.arange(columns) + 0.5) * anchors.stride[1])[None, :, None]
    boxes[..., 1] = ((np.arange(rows) + 0.5) * anchors.stride[0])[:, None, None]
    boxes[..., 2], boxes[..., 3] = shapes[:, 1], shapes[:, 0]
    boxes = boxes.reshape(-1, 5)                                                      # (A, 5)
    boxes.setflags(write=False)
    return boxes


def _cells(centre: float, reach: float, stride: int, count: int) -> slice:
    """Return the cells whose centres lie within reach of a point on one axis; at least the nearest."""
    nearest = min(max(int(centre / stride), 0), count - 1)
    first, last = (int(np.floor((centre + side * reach) / stride)) for side in (-1, 1))
    return slice(min(max(first, 0), nearest), max(min(last, count - 1), nearest) + 1)


def _shared(distance: np.ndarray, side: float, sides: np.ndarray) -> np.ndarray:
    """Return the length that two intervals share, from the distance of their centres and their lengths."""
    return np.maximum(np.minimum((side + sides) / 2 - distance, np.minimum(side, sides)), 0)
