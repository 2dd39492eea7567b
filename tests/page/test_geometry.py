"""Boxes, polygons and transforms."""
import numpy as np
import pytest

from ocr.page.geometry import Box, Polygon, Transform


def test_reversed_box_is_refused():
    with pytest.raises(ValueError, match="from_xywh"):
        Box(10, 0, 5, 5)


def test_iou_against_a_raster():
    rng = np.random.default_rng(0)
    for _ in range(50):
        corners = rng.integers(0, 20, (2, 2, 2))
        boxes = [Box(*np.minimum(a, b), *np.maximum(a, b)) for a, b in corners]
        rasters = []
        for box in boxes:
            raster = np.zeros((20, 20), bool)
            raster[int(box.top):int(box.bottom), int(box.left):int(box.right)] = True
            rasters.append(raster)
        union = (rasters[0] | rasters[1]).sum()
        assert boxes[0].iou(boxes[1]) == pytest.approx((rasters[0] & rasters[1]).sum() / union if union else 0.0)


@pytest.mark.parametrize("turns", range(-1, 5))
def test_quarter_turns_follow_the_pixels(turns):
    pixels = np.arange(12).reshape(3, 4)
    turned, transform = np.rot90(pixels, -turns), Transform.quarter_turns(turns, (3, 4))
    for y in range(3):
        for x in range(4):
            (column, row), = transform.points([(x + 0.5, y + 0.5)])
            assert turned[int(row), int(column)] == pixels[y, x]


def test_polygon_area_box_and_clip():
    polygon = Polygon(((-2, 0), (4, 0), (4, 3)))
    assert polygon.area == 9 and polygon.box == Box(-2, 0, 4, 3) and polygon.clip((2, 3)).box == Box(0, 0, 3, 2)


def test_transform_chain_and_inverse():
    first = Transform.from_array(np.array([[2.0, 0.3, 5.0], [0.1, 1.5, -4.0]]))
    second = Transform.from_array(np.array([[1.0, 0.0, 0.0], [0.2, 1.0, 3.0], [1e-3, 0.0, 1.0]]))
    points = [(1.0, 2.0), (30.0, -7.0)]
    assert np.allclose(first.then(second).points(points), second.points(first.points(points)))
    assert np.allclose(first.then(first.inverse()).points(points), points)


def test_a_box_may_be_empty_but_not_reversed_on_either_axis():
    empty = Box(5, 7, 5, 7)
    assert empty.area == 0 and empty.iou(empty) == 0 and empty.iou(Box(0, 0, 10, 10)) == 0
    for sides in ((5, 0, 4.9, 9), (0, 5, 9, 4.9)):
        with pytest.raises(ValueError):
            Box(*sides)


def test_sides_of_a_box():
    box = Box.from_xywh(10, 20, 30, 40)
    assert box == Box(10, 20, 40, 60) and (box.width, box.height, box.centre) == (30, 40, (25, 40))
    assert box.grow(1, 2) == Box(9, 18, 41, 62)
    assert box.union(Box(0, 30, 20, 90)) == Box(0, 20, 40, 90)
    assert box.clip((50, 30)) == Box(10, 20, 30, 50) and box.clip((10, 100)) == Box(10, 10, 40, 10)


def test_boxes_share_what_both_cover_and_nothing_where_they_touch():
    box = Box(0, 0, 10, 10)
    assert box.intersection_area(Box(4, 8, 20, 30)) == 12 and box.iou(Box(5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert box.intersection_area(Box(10, 0, 20, 10)) == box.intersection_area(Box(3, 10, 5, 12)) == 0
    assert box.intersection_area(Box(20, 20, 30, 30)) == 0


def test_a_polygon_has_three_points_and_a_transform_nine_numbers():
    assert Polygon(((0, 0), (1, 0), (0, 1))).area == 0.5
    with pytest.raises(ValueError, match="3 points"):
        Polygon(((0, 0), (1, 0)))
    with pytest.raises(ValueError, match="9 numbers"):
        Transform((1.0,) * 8)
