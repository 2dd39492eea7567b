"""Overlap of outlines against closed forms, against brute-force rasters, and at the edges of what an outline may be."""
import cv2
import numpy as np
import pytest

from ocr.page.geometry import Box, Polygon
from ocr.page.overlap import grown_around, hull, iou_matrix, share_inside, shapes, shared_area


def box(left, top, right, bottom):
    return Polygon.from_box(Box(left, top, right, bottom))


def turned(polygon, degrees):
    angle = np.deg2rad(degrees)
    centre = polygon.array.mean(axis=0)
    return Polygon.from_array((polygon.array - centre) @ [[np.cos(angle), np.sin(angle)],
                                                          [-np.sin(angle), np.cos(angle)]] + centre)


def raster(polygon, size=400):
    """Whether the middles of cells lie inside, by the ray to the right, (size, size); the oracle, slow and simple."""
    x, y = np.meshgrid(np.arange(size) + 0.5, np.arange(size) + 0.5)
    inside, points = np.zeros((size, size), bool), polygon.points
    for (x1, y1), (x2, y2) in zip(points, points[1:] + points[:1]):
        if y1 != y2:
            inside ^= ((y1 > y) != (y2 > y)) & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return inside


@pytest.mark.parametrize("seed", range(12))
def test_random_polygons_crossing_themselves_or_not_agree_with_rasters(seed):
    rng = np.random.default_rng(seed)
    first, second = ([Polygon.from_array(rng.uniform(20, 380, (rng.integers(3, 9), 2))) for _ in range(2)] for _ in range(2))
    masks = [[raster(polygon) for polygon in polygons] for polygons in (first, second)]
    expected = [[(a & b).sum() / (a | b).sum() for b in masks[1]] for a in masks[0]]
    assert np.allclose(iou_matrix(first, second), expected, atol=0.01)
    assert share_inside(first, second[0]) == pytest.approx([(a & masks[1][0]).sum() / a.sum() for a in masks[0]], abs=0.01)
    area = shared_area(first, second, (400, 400))
    covered = [a | b for a, b in masks]
    assert area.intersection == pytest.approx((covered[0] & covered[1]).mean(), abs=0.004)
    assert area.union == pytest.approx((covered[0] | covered[1]).mean(), abs=0.004)


def test_boxes_agree_with_the_box_class():
    rng = np.random.default_rng(0)
    boxes = [Box(x, y, x + w, y + h) for x, y, w, h in rng.uniform(1, 60, (12, 4))]
    polygons = [Polygon.from_box(b) for b in boxes]
    expected = [[a.iou(b) for b in boxes[5:]] for a in boxes[:5]]
    assert np.allclose(iou_matrix(polygons[:5], polygons[5:]), expected)


def test_turning_both_changes_nothing():
    line, other = box(100, 100, 900, 140), box(140, 110, 940, 150)
    both = turned(Polygon(line.points + other.points), 17).array
    first, second = Polygon.from_array(both[:4]), Polygon.from_array(both[4:])
    assert iou_matrix([first], [second])[0, 0] == pytest.approx(iou_matrix([line], [other])[0, 0], abs=1e-9)


def test_thin_skewed_line_is_distinguished_from_its_upright_box():
    line = turned(box(100, 100, 1100, 130), 5)
    assert iou_matrix([line], [line])[0, 0] == pytest.approx(1, abs=1e-9)
    assert iou_matrix([line], [Polygon.from_box(line.box)])[0, 0] == pytest.approx(line.area / line.box.area, abs=1e-9)


def test_a_notch_counts():
    notched = Polygon(((0, 0), (1000, 0), (1000, 30), (500, 30), (500, 10), (400, 10), (400, 30), (0, 30)))
    assert iou_matrix([notched], [box(0, 0, 1000, 30)])[0, 0] == pytest.approx(28000 / 30000)
    assert iou_matrix([notched], [box(400, 10, 500, 30)])[0, 0] == 0


def test_outlines_that_only_touch_share_nothing():
    left, right, corner = box(0, 0, 10, 10), box(10, 0, 20, 10), box(10, 10, 20, 20)
    assert iou_matrix([left], [right, corner]).tolist() == [[0.0, 0.0]]
    assert shared_area([left], [right], (20, 20)).intersection == 0
    assert share_inside([left], right).tolist() == [0.0]


FLAT, POINT = Polygon(((0, 0), (10, 0), (5, 0))), Polygon(((4, 4), (4, 4), (4, 4)))


@pytest.mark.parametrize("flat", [FLAT, POINT])
def test_outlines_without_area_share_nothing_not_even_with_themselves(flat):
    assert iou_matrix([flat], [flat, box(0, 0, 10, 10)]).tolist() == [[0.0, 0.0]]
    assert share_inside([flat], box(0, 0, 10, 10)).tolist() == [0.0]
    assert share_inside([box(0, 0, 10, 10)], flat).tolist() == [0.0]
    assert shared_area([flat], [flat], (10, 10)).union == 0


def test_an_outline_that_crosses_itself_has_the_area_of_both_its_lobes():
    bow = Polygon(((0, 0), (10, 10), (10, 0), (0, 10)))
    assert iou_matrix([bow], [box(0, 0, 10, 10)])[0, 0] == pytest.approx(0.5)
    tailed = Polygon(((0, 0), (10, 0), (10, 10), (0, 10), (0, 0), (-8, 0)))              # a box with a line hanging on it
    assert iou_matrix([tailed], [box(0, 0, 10, 10)])[0, 0] == pytest.approx(1.0)
    assert all(shape.is_valid for shape in shapes([bow, tailed, FLAT, POINT]))


def test_no_outlines():
    assert iou_matrix([], [FLAT]).shape == (0, 1) and iou_matrix([FLAT], []).shape == (1, 0)
    assert iou_matrix([], []).shape == (0, 0) and share_inside([], FLAT).shape == (0,)
    assert shared_area([], [], (10, 10)).union == 0


def test_shared_area_counts_covered_ground_once_and_only_that_of_the_page():
    area = shared_area([box(0, 0, 500, 1000)], [box(250, 0, 750, 1000), box(250, 0, 700, 1000)], (1000, 1000))
    assert (area.intersection, area.union) == (pytest.approx(0.25), pytest.approx(0.75))
    wide = shared_area([box(-50, -50, 50, 50)], [box(0, 0, 300, 20)], (100, 200))        # 100 high, 200 wide
    assert (wide.intersection, wide.union) == (pytest.approx(1000 / 20000), pytest.approx(5500 / 20000))


def test_the_share_inside_is_of_the_polygons_own_area():
    assert share_inside([box(0, 0, 10, 10), box(5, 0, 25, 10)], box(5, 0, 100, 5)).tolist() == [0.25, 0.5]


@pytest.mark.parametrize("seed", range(4))
def test_the_hull_is_that_of_another_library(seed):
    points = np.random.default_rng(seed).integers(0, 500, (20, 2))
    found, expected = hull(Polygon.from_array(points)), cv2.convexHull(points.astype(np.float32)).reshape(-1, 2)
    assert set(found.points) == {(float(x), float(y)) for x, y in expected}
    assert hull(FLAT) == FLAT and hull(POINT) == POINT


def test_an_outline_stays_unless_something_reaches_out_of_it_by_the_tolerance():
    region = box(100, 100, 300, 200)
    assert grown_around(region, []) is region
    assert grown_around(region, [box(120, 120, 300.99, 140)]) is region
    assert grown_around(region, [box(120, 120, 301, 140)]) is not region


def test_a_grown_outline_holds_all_and_little_else():
    region, line = box(100, 100, 300, 200), turned(box(150, 150, 400, 180), 4)
    grown = grown_around(region, [line])
    assert share_inside([region, line], grown).tolist() == pytest.approx([1, 1])
    union = region.area + line.area * (1 - share_inside([line], region)[0])
    assert union < grown.area < union + 2 * 820                                         # its length times the margin
    assert grown_around(grown, [line]) is grown


def test_what_does_not_touch_the_outline_is_joined_to_it():
    region, away = box(100, 100, 300, 200), box(350, 120, 400, 140)
    grown = grown_around(region, [away])
    assert share_inside([region, away], grown).tolist() == pytest.approx([1, 1])
    assert shapes([grown])[0].geom_type == "Polygon"


def test_an_outline_that_crosses_itself_everywhere_becomes_its_hull():
    wild = Polygon.from_array(np.random.default_rng(0).random((300, 2)) * 100)
    tame = Polygon(wild.points[:20])
    outlines = shapes([wild, tame])
    assert outlines[0].area == pytest.approx(hull(wild).area)
    assert 0 < outlines[1].area < 0.8 * hull(tame).area
