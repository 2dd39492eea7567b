"""Whole pixels: rounded as PAGE-XML always was, never outside the image, boxes never empty."""
import pytest

from ocr.page.geometry import Box
from ocr.formats.whole_pixels import points_text, whole_box, whole_points

SIZE = (100, 200)


def test_points_are_rounded_half_up_and_moved_inside():
    points = ((0.5, 1.49), (-7, 1e300), (200.4, 99.5))
    assert whole_points(points, SIZE) == [(1, 1), (0, 100), (200, 100)]
    assert points_text(points, SIZE) == "1,1 0,100 200,100"


@pytest.mark.parametrize("points, box", [
    (((10.4, 20), (30, 40.6), (5, 5)), Box(5, 5, 30, 41)), (((7, 7), (7, 7), (7, 7)), Box(7, 7, 8, 8)),
    (((300, 300), (400, 400), (300, 400)), Box(199, 99, 200, 100)), (((-9, -9), (-1, -1), (-5, 0)), Box(0, 0, 1, 1))])
def test_boxes_hold_at_least_a_pixel_of_the_image(points, box):
    assert whole_box(points, SIZE) == box
