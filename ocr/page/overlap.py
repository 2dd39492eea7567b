"""Exact overlap of outlines: intersection over union, shared area, union.

Axis letters: A, B outlines of two lists.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence, Tuple

import numpy as np
import shapely

from ocr.page.geometry import Polygon

MAX_PIECES = 1000
"""Into which an outline that crosses itself may cut itself."""


@dataclass(frozen=True)
class SharedArea:
    """Area that two sets of polygons share, and that either covers, as fractions of the page."""

    intersection: float
    union: float


def shapes(polygons: Sequence[Polygon]) -> np.ndarray:
    """Return outlines as valid Shapely geometries, an (A,) array of objects; the only place that makes them valid.

    The interior of an outline that crosses itself follows the even-odd rule. One that cuts itself into more than MAX_PIECES, for which
    that would take minutes, becomes its convex hull. An outline without area becomes an empty geometry.
    """
    if not polygons:
        return np.zeros(0, dtype=object)
    counts = [len(polygon.points) for polygon in polygons]
    points = np.concatenate([polygon.array for polygon in polygons])             # (P, 2)
    found = shapely.polygons(shapely.linearrings(points, indices=np.repeat(np.arange(len(polygons)), counts)))
    for index in np.flatnonzero(~shapely.is_valid(found)):
        if shapely.get_num_geometries(shapely.node(shapely.get_exterior_ring(found[index]))) > MAX_PIECES:
            found[index] = shapely.convex_hull(found[index])
            continue
        parts = shapely.get_parts(shapely.make_valid(found[index]))
        found[index] = shapely.union_all(parts[shapely.get_dimensions(parts) == 2])
    return found


def iou_matrix(first: Sequence[Polygon], second: Sequence[Polygon]) -> np.ndarray:
    """Return intersection over union of each pair, (A, B) float64 from 0 to 1; 0 where outlines only touch."""
    matrix = np.zeros((len(first), len(second)))
    row_shapes, column_shapes = shapes(first), shapes(second)
    rows, columns = shapely.STRtree(column_shapes).query(row_shapes, predicate="intersects")
    shared = shapely.area(shapely.intersection(row_shapes[rows], column_shapes[columns]))
    union = shapely.area(row_shapes[rows]) + shapely.area(column_shapes[columns]) - shared
    matrix[rows, columns] = np.minimum(np.divide(shared, union, out=np.zeros_like(shared), where=union > 0), 1.0)
    return matrix


def shared_area(first: Sequence[Polygon], second: Sequence[Polygon], size: Tuple[int, int]) -> SharedArea:
    """Compare the areas that two sets of polygons cover on a page of (height, width)."""
    height, width = size
    whole = shapely.box(0, 0, width, height)
    covered = [shapely.intersection(shapely.union_all(shapes(polygons)), whole) for polygons in (first, second)]
    shared = shapely.area(shapely.intersection(*covered))
    union = shapely.area(covered[0]) + shapely.area(covered[1]) - shared
    return SharedArea(float(shared / whole.area), float(union / whole.area))


def share_inside(polygons: Sequence[Polygon], outline: Polygon) -> np.ndarray:
    """Return the fraction of each polygon's area that lies inside an outline, (A,) from 0 to 1; 0 for one without area."""
    found = shapes(polygons)
    area = shapely.area(found)
    shared = shapely.area(shapely.intersection(found, shapes([outline])[0]))
    return np.minimum(np.divide(shared, area, out=np.zeros_like(area), where=area > 0), 1.0)


def hull(polygon: Polygon) -> Polygon:
    """Return the convex hull of a polygon; the polygon itself where it has no area."""
    convex = shapely.convex_hull(shapely.multipoints(polygon.array))
    return Polygon.from_array(shapely.get_coordinates(convex)[:-1]) if convex.geom_type == "Polygon" else polygon


def grown_around(outline: Polygon, polygons: Sequence[Polygon], tolerance: float = 1.0, margin: float = 1.5) -> Polygon:
    """Return an outline extended to cover polygons that reach out of it by the tolerance or more.

    The result is then grown by the margin, which closes gaps between neighbours. A polygon that does not touch the outline
    is joined to it by a narrow bridge.

    Parameters
    ----------
    tolerance, margin : in pixels.
    """
    shape, *others = shapes([outline, *polygons])
    corners = shapely.points(np.concatenate([np.zeros((0, 2)), *(polygon.array for polygon in polygons)]))
    if not (shapely.distance(corners, shape) >= tolerance).any():
        return outline
    bridges = [shapely.shortest_line(shape, other) for other in others if shape.distance(other) > 0]
    whole = shapely.buffer(shapely.union_all([shape, *others, *bridges]), margin, join_style="mitre", mitre_limit=2.0)
    largest = max(shapely.get_parts(whole), key=shapely.area)
    return Polygon.from_array(shapely.get_coordinates(largest.exterior.simplify(tolerance / 2))[:-1])
