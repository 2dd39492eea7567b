"""Where a line image lies on the page: its top and bottom edge at some columns, linear in between.

One description serves boxes (two columns) and curved baselines (many columns), and the mapping from the line image back to
the page is exact by construction.

Shapes: S columns of a ruling or samples of a baseline, P points of an outline. Coordinates are x, y in page pixels.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

import numpy as np

MIN_LINE_HEIGHT = 4.0         # pixels of the page; lower lines are treated as this high


@dataclass(frozen=True)
class Ruling:
    """Top and bottom edge of a line image, in page pixels, at columns that increase from 0 to 1.

    Parameters
    ----------
    columns : (S,) positions along the line image.
    top, bottom : (S, 2) points of the edges at these columns.
    """

    columns: np.ndarray
    top: np.ndarray
    bottom: np.ndarray

    @property
    def size(self) -> Tuple[float, float]:
        """Mean height and length along the middle, in page pixels."""
        middle = (self.top + self.bottom) / 2
        return (max(float(np.linalg.norm(self.bottom - self.top, axis=1).mean()), 1e-6),
                max(float(np.linalg.norm(np.diff(middle, axis=0), axis=1).sum()), 1e-6))

    def edges(self, columns: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
        """Interpolate both edges at columns from 0 to 1: two (N, 2) arrays, top and bottom."""
        top, bottom = (np.stack([np.interp(columns, self.columns, edge[:, axis]) for axis in (0, 1)], axis=1)
                       for edge in (self.top, self.bottom))
        return top, bottom

    def grow(self, margin: float) -> Ruling:
        """Move all four sides outwards by a fraction of the height."""
        down = (self.bottom - self.top) * margin                                # (S, 2)
        height, length = self.size
        middle = (self.top + self.bottom) / 2
        outwards = np.zeros_like(middle)                                        # moves the two ends only
        for end, inner in ((0, 1), (-1, -2)):
            run = middle[end] - middle[inner]
            outwards[end] = run * (height * margin / max(float(np.linalg.norm(run)), 1e-6))
        reach = height * margin / length                                        # in units of columns
        columns = self.columns.copy()
        columns[[0, -1]] += (-reach, reach)
        return Ruling((columns + reach) / (1 + 2 * reach), self.top - down + outwards, self.bottom + down + outwards)

    def rotated(self, frame: np.ndarray) -> Ruling:
        """Return the ruling with each point multiplied by a (2, 2) matrix from the right."""
        return Ruling(self.columns, self.top @ frame, self.bottom @ frame)


def box_ruling(outline: np.ndarray) -> Ruling:
    """Return the ruling of an upright four-cornered outline, its corners in any order; a flat one is given a height.

    Parameters
    ----------
    outline : (P, 2) points with P <= 4; fewer than four are replaced by their bounding box.
    """
    if len(outline) < 4:
        outline = corners_around(outline)
    angles = np.arctan2(*(outline - outline.mean(axis=0)).T[::-1])
    ring = outline[np.argsort(angles, kind="stable")]                           # clockwise as seen
    ring = np.roll(ring, -int(np.argmin(ring.sum(axis=1))), axis=0)             # from the top left
    top, bottom = ring[:2], ring[[3, 2]]
    height, length = Ruling(np.array([0.0, 1.0]), top, bottom).size
    if height < MIN_LINE_HEIGHT or length < 2:
        low, high = outline.min(axis=0), outline.max(axis=0)
        missing = np.maximum(np.array([2.0, MIN_LINE_HEIGHT]) - (high - low), 0) / 2
        ring = corners_around(np.array([low - missing, high + missing]))
        top, bottom = ring[:2], ring[[3, 2]]
    return Ruling(np.array([0.0, 1.0]), top, bottom)


def curved_ruling(outline: np.ndarray, baseline: np.ndarray) -> Ruling:
    """Return the ruling of an upright many-cornered outline along its baseline, or along its own middle without one.

    Its heights above and below the baseline are the 90th percentiles of the outline's along its length, so that a spike of
    the outline into a neighbouring line does not shrink the writing.

    Parameters
    ----------
    outline : (P, 2) points in drawing order.
    baseline : (B, 2) points in reading direction; B may be 0.
    """
    dense = _evenly(np.concatenate([outline, outline[:1]]), 2.0)                # (P, 2)
    width = max(float(np.ptp(outline[:, 0])), 1e-6)
    x, y = outline.T
    height = max(abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2 / width, MIN_LINE_HEIGHT)
    if len(baseline) < 2 or np.ptp(baseline[:, 0]) < MIN_LINE_HEIGHT:
        baseline = _middle(dense, height)
    if len(baseline) < 2:
        return box_ruling(corners_around(outline))
    path = _prolonged(_smooth(baseline, height), dense[:, 0].min(), dense[:, 0].max(), height / 4)
    normals = _normals(path)                                                    # (S, 2) each
    centred = path - path.mean(axis=0)
    nearest = np.argmin((centred ** 2).sum(axis=1) - 2 * (dense - path.mean(axis=0)) @ centred.T, axis=1)   # (P,)
    offsets = ((dense - path[nearest]) * normals[nearest]).sum(axis=1)          # (P,) positive is below
    bins = nearest * 40 // len(path)
    above, below = (np.percentile([side[bins == index].max() for index in np.unique(bins)], 90)
                    for side in (-offsets, offsets))
    missing = max(MIN_LINE_HEIGHT - (above + below), 0) / 2
    lengths = _lengths(path)
    return Ruling(lengths / lengths[-1], path - normals * (above + missing), path + normals * (below + missing))


def corners_around(points: np.ndarray) -> np.ndarray:
    """Return the bounding box of points: (4, 2) corners, clockwise from the top left."""
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])


def _lengths(points: np.ndarray) -> np.ndarray:
    """Return the arc length from the first point to each: (P,)."""
    return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])


def _evenly(points: np.ndarray, step: float) -> np.ndarray:
    """Sample a polyline about every `step` pixels, 16 to 2000 times."""
    lengths = _lengths(points)
    at = np.linspace(0, lengths[-1], int(np.clip(lengths[-1] / step, 16, 2000)))
    return np.stack([np.interp(at, lengths, points[:, axis]) for axis in (0, 1)], axis=1)


def _middle(dense: np.ndarray, height: float) -> np.ndarray:
    """Return the curve half-way between an outline's upper and lower side: straight, or a parabola where the line is long."""
    low, high = dense[:, 0].min(), dense[:, 0].max()
    bins = np.minimum((dense[:, 0] - low) * (32 / max(high - low, 1e-6)), 31).astype(int)
    groups = [dense[bins == index] for index in np.unique(bins)]
    if high - low < MIN_LINE_HEIGHT or len(groups) < 8:
        return np.zeros((0, 2))
    x = [group[:, 0].mean() for group in groups]
    y = [(group[:, 1].min() + group[:, 1].max()) / 2 for group in groups]
    at = np.linspace(low, high, 17)
    return np.stack([at, np.polyval(np.polyfit(x, y, 2 if high - low > 8 * height else 1), at)], axis=1)


def _smooth(baseline: np.ndarray, height: float) -> np.ndarray:
    """Sample a baseline four times per line height and smooth its corners."""
    path = _evenly(baseline, height / 4)                                        # (S, 2)
    reach = min(8, len(path) // 4)                                              # two line heights to each side
    padded = np.concatenate([2 * path[:1] - path[reach:0:-1], path, 2 * path[-1:] - path[-2:-reach - 2:-1]])
    kernel = np.hanning(2 * reach + 3)[1:-1]
    return np.stack([np.convolve(padded[:, axis], kernel / kernel.sum(), "valid") for axis in (0, 1)], axis=1)


def _prolonged(path: np.ndarray, low: float, high: float, step: float) -> np.ndarray:
    """Extend a path straight at both ends to the x of the outline's ends, and cut off what lies beyond them."""
    inside = path[(path[:, 0] >= low - step) & (path[:, 0] <= high + step)]
    path = inside if len(inside) >= 2 else path
    lead = max(1, len(path) // 8)
    pieces = []
    for end, inner, gap in ((path[0], path[lead], path[0, 0] - low), (path[-1], path[-1 - lead], high - path[-1, 0])):
        along = (end - inner) / max(float(np.linalg.norm(end - inner)), 1e-6)
        reach = max(gap, 0.0) / max(abs(along[0]), 0.3)
        count = min(int(np.ceil(reach / step)), 500) if reach > 1 else 0
        pieces.append(end + along * (reach / max(count, 1)) * np.arange(1, count + 1)[:, None])
    return np.concatenate([pieces[0][::-1], path, pieces[1]])


def _normals(path: np.ndarray) -> np.ndarray:
    """Return unit normals that point below a path: (S, 2)."""
    tangents = np.gradient(path, axis=0)
    tangents /= np.maximum(np.linalg.norm(tangents, axis=1, keepdims=True), 1e-6)
    return np.stack([-tangents[:, 1], tangents[:, 0]], axis=1)
