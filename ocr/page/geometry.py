"""Boxes, polygons and the transforms between page pixels and crops.

Coordinates are (x, y) in pixels of the original page image, x to the right, y down; the centre of the
top-left pixel is (0.5, 0.5), so a box is half-open. Sizes are (height, width).
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Sequence, Tuple

import numpy as np

Point = Tuple[float, float]


@dataclass(frozen=True)
class Box:
    """Axis-aligned box, half-open, in pixels of the original page image."""

    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        if self.right < self.left or self.bottom < self.top:
            raise ValueError(f"Box sides are reversed: {self}. Was (x, y, w, h) passed? Use Box.from_xywh.")

    @classmethod
    def from_xywh(cls, x: float, y: float, width: float, height: float) -> Box:
        """Make a box from its top-left corner, width and height, in pixels."""
        return cls(x, y, x + width, y + height)

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def area(self) -> float:
        return self.width * self.height

    @property
    def centre(self) -> Point:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def union(self, other: Box) -> Box:
        """Return the smallest box that holds both."""
        return Box(min(self.left, other.left), min(self.top, other.top),
                   max(self.right, other.right), max(self.bottom, other.bottom))

    def intersection_area(self, other: Box) -> float:
        """Return the area shared with another box, in square pixels."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(width, 0.0) * max(height, 0.0)

    def iou(self, other: Box) -> float:
        """Return intersection over union with another box, from 0 to 1."""
        shared = self.intersection_area(other)
        total = self.area + other.area - shared
        return shared / total if total > 0 else 0.0

    def clip(self, size: Tuple[int, int]) -> Box:
        """Return the part inside an image of the given (height, width)."""
        height, width = size
        left, right = (min(max(x, 0.0), float(width)) for x in (self.left, self.right))
        top, bottom = (min(max(y, 0.0), float(height)) for y in (self.top, self.bottom))
        return Box(left, top, right, bottom)

    def grow(self, horizontal: float, vertical: float) -> Box:
        """Return the box with each side moved outwards by that many pixels."""
        return Box(self.left - horizontal, self.top - vertical, self.right + horizontal, self.bottom + vertical)


@dataclass(frozen=True)
class Polygon:
    """Closed outline in pixels of the original page image; at least three points, in drawing order."""

    points: Tuple[Point, ...]

    def __post_init__(self) -> None:
        if len(self.points) < 3:
            raise ValueError(f"A polygon needs at least 3 points, got {len(self.points)}.")

    @classmethod
    def from_box(cls, box: Box) -> Polygon:
        """Make the four-cornered outline of a box: top-left, top-right, bottom-right, bottom-left."""
        return cls(((box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom)))

    @classmethod
    def from_array(cls, points: np.ndarray) -> Polygon:
        """Make a polygon from a (P, 2) array of x, y."""
        return cls(tuple((float(x), float(y)) for x, y in np.asarray(points).reshape(-1, 2)))

    @property
    def array(self) -> np.ndarray:
        """The points as a (P, 2) float64 array."""
        return np.asarray(self.points, dtype=np.float64)

    @property
    def box(self) -> Box:
        """The smallest axis-aligned box around the polygon."""
        low, high = self.array.min(axis=0), self.array.max(axis=0)
        return Box(float(low[0]), float(low[1]), float(high[0]), float(high[1]))

    @property
    def area(self) -> float:
        """Enclosed area in square pixels (the shoelace formula)."""
        x, y = self.array.T
        return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)

    def clip(self, size: Tuple[int, int]) -> Polygon:
        """Return the polygon with every point moved inside an image of the given (height, width)."""
        height, width = size
        return Polygon(tuple((min(max(x, 0.0), float(width)), min(max(y, 0.0), float(height))) for x, y in self.points))


@dataclass(frozen=True)
class Transform:
    """Projective transform from one image's pixels to another's.

    Parameters
    ----------
    matrix : tuple of nine floats, the 3 x 3 matrix row by row; it acts on (x, y, 1).
    """

    matrix: Tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.matrix) != 9:
            raise ValueError(f"A transform needs 9 numbers, got {len(self.matrix)}.")

    @classmethod
    def from_array(cls, matrix: np.ndarray) -> Transform:
        """Make a transform from a 2 x 3 or 3 x 3 array."""
        matrix = np.asarray(matrix, dtype=np.float64)
        if matrix.shape == (2, 3):
            matrix = np.vstack([matrix, [0.0, 0.0, 1.0]])
        return cls(tuple(float(value) for value in matrix.reshape(-1)))

    @classmethod
    def quarter_turns(cls, turns: int, size: Tuple[float, float]) -> Transform:
        """Map pixels of an image of (height, width) to those of the image rotated clockwise.

        Parameters
        ----------
        turns : number of clockwise quarter turns, any integer.
        size : (height, width) of the image before rotation.
        """
        height, width = size
        return cls({0: (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
                    1: (0.0, -1.0, float(height), 1.0, 0.0, 0.0, 0.0, 0.0, 1.0),
                    2: (-1.0, 0.0, float(width), 0.0, -1.0, float(height), 0.0, 0.0, 1.0),
                    3: (0.0, 1.0, 0.0, -1.0, 0.0, float(width), 0.0, 0.0, 1.0)}[turns % 4])

    @property
    def array(self) -> np.ndarray:
        """The 3 x 3 float64 matrix."""
        return np.asarray(self.matrix, dtype=np.float64).reshape(3, 3)

    def inverse(self) -> Transform:
        """Return the inverse transform."""
        return Transform.from_array(np.linalg.inv(self.array))

    def then(self, after: Transform) -> Transform:
        """Return the transform that applies this one first and the other one after it."""
        return Transform.from_array(after.array @ self.array)

    def points(self, points: Iterable[Sequence[float]]) -> Tuple[Point, ...]:
        """Transform points of x, y."""
        flat = np.asarray(list(points), dtype=np.float64).reshape(-1, 2)
        mapped = np.hstack([flat, np.ones((len(flat), 1))]) @ self.array.T      # (P, 3)
        mapped = mapped[:, :2] / mapped[:, 2:]                                  # (P, 2)
        return tuple((float(x), float(y)) for x, y in mapped)

    def polygon(self, polygon: Polygon) -> Polygon:
        """Transform a polygon."""
        return Polygon(self.points(polygon.points))
