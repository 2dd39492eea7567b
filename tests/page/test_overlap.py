"""Overlap of polygons against closed forms."""
import numpy as np
import pytest

from ocr.page.geometry import Box, Polygon
from ocr.page.overlap import iou_matrix, shared_area


def box(left, top, right, bottom):
    return Polygon.from_box(Box(left, top, right, bottom))


def turned(polygon, degrees):
    angle = np.deg2rad(degrees)
    centre = polygon.array.mean(axis=0)
    return Polygon.from_array((polygon.array - centre) @ [[np.cos(angle), np.sin(angle)],
                                                          [-np.sin(angle), np.cos(angle)]] + centre)


def test_boxes_agree_with_the_box_class():
    rng = np.random.default_rng(0)
    boxes = [Box(x, y, x + w, y + h) for x, y, w, h in rng.uniform(1, 60, (12, 4))]
    polygons = [Polygon.from_box(b) for b in boxes]
    expected = [[a.iou(b) for b in boxes[5:]] for a in boxes[:5]]
    assert np.allclose(iou_matrix(polygons[:5], polygons[5:]), expected)


def test_turning_both_changes_nothing():
    line, other = box(100, 100, 900, 140), box(140, 110, 940, 150)
    expected = iou_matrix([line], [other])[0, 0]
    both = turned(Polygon(line.points + other.points), 17).array
    first, second = Polygon.from_array(both[:4]), Polygon.from_array(both[4:])
    assert iou_matrix([first], [second])[0, 0] == pytest.approx(expected, abs=1e-4)


def test_thin_skewed_line_is_told_from_its_upright_box():
    line = turned(box(100, 100, 1100, 130), 5)
    assert iou_matrix([line], [line])[0, 0] == pytest.approx(1, abs=1e-4)
    area = line.box.area
    assert iou_matrix([line], [Polygon.from_box(line.box)])[0, 0] == pytest.approx(line.area / area, abs=1e-3)


def test_outline_with_a_notch_is_right_to_a_hundredth():
    notched = Polygon(((0, 0), (1000, 0), (1000, 30), (500, 30), (500, 10), (400, 10), (400, 30), (0, 30)))
    whole = box(0, 0, 1000, 30)
    assert iou_matrix([notched], [whole])[0, 0] == pytest.approx(28000 / 30000, abs=0.01)
    assert iou_matrix([notched], [box(400, 10, 500, 30)])[0, 0] < 0.02


def test_degenerate_and_absent_outlines():
    flat = Polygon(((0, 0), (10, 0), (5, 0)))
    assert iou_matrix([flat], [flat])[0, 0] == 0
    assert iou_matrix([flat], [box(0, 0, 10, 10)])[0, 0] == 0
    assert iou_matrix([], [flat]).shape == (0, 1) and iou_matrix([flat], []).shape == (1, 0)


def test_shared_area_counts_covered_ground_once():
    area = shared_area([box(0, 0, 500, 1000)], [box(250, 0, 750, 1000), box(250, 0, 700, 1000)], (1000, 1000))
    assert area.intersection == pytest.approx(0.25, abs=0.005)
    assert area.union == pytest.approx(0.75, abs=0.005)
    assert shared_area([], [], (10, 10)).union == 0
