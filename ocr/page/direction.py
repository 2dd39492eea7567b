"""Rotate a segmented page by 180 degrees when its image turns out to be upside down."""
from __future__ import annotations

from dataclasses import replace
from typing import Tuple

from ocr.page.geometry import Point, Polygon
from ocr.page.model import Line, Page


def rotate_180(page: Page) -> Page:
    """Return the page as it is read when rotated by 180 degrees: regions, lines and words in reverse order, outlines unmoved."""
    regions = tuple(replace(region, lines=tuple(_rotate_line(line) for line in reversed(region.lines)))
                    for region in reversed(page.regions))
    return replace(page, regions=regions, orientation=(page.orientation + 2) % 4)


def _rotate_line(line: Line) -> Line:
    return replace(line, words=tuple(reversed(line.words)), baseline=_rotate_baseline(line.baseline, line.polygon))


def _rotate_baseline(baseline: Tuple[Point, ...], polygon: Polygon) -> Tuple[Point, ...]:
    """Rotate a baseline by 180 degrees about the centre of its line, so that it lies along the opposite side."""
    x, y = polygon.box.centre
    return tuple((2 * x - point[0], 2 * y - point[1]) for point in baseline)
