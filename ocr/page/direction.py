"""Turn a segmented page over, when it turns out to stand on its head."""
from __future__ import annotations

from dataclasses import replace
from typing import Tuple

from ocr.page.geometry import Point, Polygon
from ocr.page.model import Line, Page


def rotate_180(page: Page) -> Page:
    """Return the page as it is read after half a turn: regions, lines and words in reverse order, outlines unmoved."""
    regions = tuple(replace(region, lines=tuple(_turn_line(line) for line in reversed(region.lines)))
                    for region in reversed(page.regions))
    return replace(page, regions=regions, orientation=(page.orientation + 2) % 4)


def _turn_line(line: Line) -> Line:
    return replace(line, words=tuple(reversed(line.words)), baseline=_mirror(line.baseline, line.polygon))


def _mirror(baseline: Tuple[Point, ...], polygon: Polygon) -> Tuple[Point, ...]:
    """Turn a baseline by half a turn about the middle of its line, so that it lies at the other side's bottom."""
    x, y = polygon.box.centre
    return tuple((2 * x - point[0], 2 * y - point[1]) for point in baseline)
