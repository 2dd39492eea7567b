"""From a map of handwriting to the outlines of regions: threshold, close gaps, split columns, trace.

Everything here is upright. Axes: h x w cells of the map, H x W = SUBCELL h x SUBCELL w points of its enlargement.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator, Optional, Tuple

import cv2
import numpy as np

from ocr.page.geometry import Polygon, Transform
from ocr.paragraphs.kinds import HANDWRITING

SUBCELL = 4                 # points on a side of one cell


@dataclass(frozen=True)
class RegionSettings:
    """How regions are extracted from a map.

    Parameters
    ----------
    threshold : probability from which a cell counts as handwriting, 0 to 1.
    min_confidence : minimum mean probability inside a region, 0 to 1.
    min_confidence_of_large : the same for a region of at least the share `large` of the map, 0 to 1: a large area of faint
        writing is likelier than a large area of print that looks like writing.
    large : share of the map from which a region is large, 0 to 1.
    gutter : maximum probability in a gutter between two columns, 0 to 1.
    min_area : minimum area of a region, in cells.
    gap : height of the gaps between lines that are closed, in cells.
    growth : distance by which regions are dilated so that no stroke is cut, in cells.
    """

    threshold: float = 0.5
    min_confidence: float = 0.81
    min_confidence_of_large: float = 0.7
    large: float = 0.11
    gutter: float = 0.6
    min_area: float = 6.0
    gap: float = 1.5
    growth: float = 0.25


@dataclass(frozen=True)
class FoundRegion:
    """One region: its outline, the mean probability inside it, 0 to 1, and its kind, see `ocr.paragraphs.kinds`."""

    polygon: Polygon
    confidence: float
    kind: int = HANDWRITING


def find_regions(writing: np.ndarray, to_page: Transform,
                 settings: RegionSettings = RegionSettings()) -> Tuple[FoundRegion, ...]:
    """Find the regions of handwriting in a map.

    Parameters
    ----------
    writing : (h, w) float32, probability of handwriting, upright.
    to_page : from cells, (0, 0) being the map's top-left corner, to page pixels.
    settings : see RegionSettings.

    Returns
    -------
    Regions in no particular order; none where there is no handwriting.
    """
    fine = cv2.resize(writing, None, fx=SUBCELL, fy=SUBCELL, interpolation=cv2.INTER_LINEAR)    # (H, W)
    mask = close_gaps((fine > settings.threshold).astype(np.uint8), 1, round(settings.gap * SUBCELL))
    points_to_page = Transform((1 / SUBCELL, 0, 0, 0, 1 / SUBCELL, 0, 0, 0, 1)).then(to_page)
    regions = []
    core = close_gaps((fine > settings.gutter).astype(np.uint8), 1, round(settings.gap * SUBCELL))
    for part in _split(mask, core, settings.min_area * SUBCELL ** 2):
        confidence = float(fine[(part > 0) & (mask > 0)].mean())
        large = cv2.countNonZero(part) >= settings.large * part.size
        if confidence >= (settings.min_confidence_of_large if large else settings.min_confidence):
            outline = trace_outline(_grow(part, settings.growth * SUBCELL), tolerance=SUBCELL / 4)
            regions.append(FoundRegion(points_to_page.polygon(outline), min(confidence, 1.0)))
    return tuple(regions)


def close_gaps(mask: np.ndarray, columns: int, rows: int) -> np.ndarray:
    """Close gaps narrower than some columns or lower than some rows in a uint8 mask, without touching its border."""
    columns, rows = columns | 1, rows | 1       # an even kernel would shift the mask
    padded = cv2.copyMakeBorder(mask, rows, rows, columns, columns, cv2.BORDER_CONSTANT, value=0)
    for shape in ((rows, 1), (1, columns)):
        padded = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, np.ones(shape, np.uint8))
    return padded[rows:-rows, columns:-columns]


def fill_holes(mask: np.ndarray) -> np.ndarray:
    """Fill the holes of a uint8 mask."""
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(mask.copy(), contours, -1, int(mask.max()), cv2.FILLED)


def trace_outline(mask: np.ndarray, tolerance: float) -> Polygon:
    """Trace the only connected component of a uint8 mask, holes filled, to within a tolerance in pixels."""
    doubled = cv2.resize(cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0), None, fx=2, fy=2,
                         interpolation=cv2.INTER_NEAREST)
    edges = cv2.dilate(doubled, np.ones((2, 2), np.uint8), anchor=(1, 1))       # points 2x to 2x + 2 are pixel x
    contours, _ = cv2.findContours(edges, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    contour = max(contours, key=cv2.contourArea)
    simple = cv2.approxPolyDP(contour, 2 * tolerance, True)                     # (P, 1, 2)
    if len(simple) < 3:
        simple = cv2.boxPoints(cv2.minAreaRect(contour))
    return Polygon.from_array(simple.reshape(-1, 2) / 2 - 1)


def components(mask: np.ndarray, min_area: float = 1.0) -> Iterator[np.ndarray]:
    """Yield each connected component of a uint8 mask as a mask of its own, from the top down."""
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    for label in range(1, count):
        if statistics[label, cv2.CC_STAT_AREA] >= min_area:
            yield (labels == label).astype(np.uint8)


def _split(mask: np.ndarray, core: np.ndarray, min_area: float) -> Iterator[np.ndarray]:
    """Yield connected components, those of several columns split."""
    for component in components(mask, min_area):
        cut = _cut_columns(component, core)
        if cut is None or np.array_equal(cut, component):
            yield component
        else:
            yield from _split(cut, core, min_area)


def _cut_columns(component: np.ndarray, core: np.ndarray) -> Optional[np.ndarray]:
    """Split a component whose columns are connected at a heading or by a touch; None if it is one column.

    A gutter lies outside the core, the part above the gutter probability, and has core on its left and right. It must
    run along half the component's height, and each side must be at least a seventh of its width.
    """
    left, top, width, height = cv2.boundingRect(component)
    frame = slice(top, top + height), slice(left, left + width)
    inside = component[frame]
    core_inside = inside & core[frame]
    enclosed = np.maximum.accumulate(core_inside, axis=1) & np.maximum.accumulate(core_inside[:, ::-1], axis=1)[:, ::-1]
    gutter = (enclosed == 1) & (core_inside == 0)                                        # (height, width)
    margin = max(width // 7, 1)
    lengths = gutter[:, margin:width - margin].sum(axis=0)
    if not len(lengths) or lengths.max() < 0.5 * height:
        return None
    longest = margin + np.flatnonzero(lengths >= 0.95 * lengths.max())
    column = int(longest[len(longest) // 2])
    rows = np.flatnonzero(gutter[:, column])
    cut = inside.copy()
    above, below = np.flatnonzero(core_inside[:rows[0], column]), rows[-1] + 1 + np.flatnonzero(core_inside[rows[-1] + 1:, column])
    cut[above[-1] + 1 if len(above) else 0:below[0] if len(below) else height, column] = 0
    cut[[*above[-1:], *below[:1]]] = 0                                          # where the columns are connected
    result = np.zeros_like(component)
    result[frame] = cut
    return result


def _grow(mask: np.ndarray, reach: float) -> np.ndarray:
    size = 2 * round(reach) + 1
    return cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
