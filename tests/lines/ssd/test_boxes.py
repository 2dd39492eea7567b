"""Slanted boxes: corners and back, and areas that they share."""
from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr.lines.ssd.boxes import corners, gap, intersections, level, slanted

BOXES = np.array([(100, 50, 80, 20, 0), (100, 50, 80, 20, 0.2), (30.5, 70, 11, 40, -0.3), (300, 200, 500, 30, 0.05)])


def test_corners_lead_back_to_the_box():
    assert np.allclose(slanted(corners(BOXES)), BOXES)


def test_a_turned_rectangle_keeps_its_area_and_takes_the_slope_of_the_turn():
    angle = np.deg2rad(6)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    rectangle = np.array([(-200, -15), (200, -15), (200, 15), (-200, 15)]) @ turn.T
    x, y, width, height, slope = slanted(rectangle[None])[0]
    assert np.allclose([x, y], 0) and slope == pytest.approx(np.tan(angle))
    assert width == pytest.approx(400 * np.cos(angle)) and width * height == pytest.approx(400 * 30)


def test_middle_line_and_distance():
    assert level(BOXES[1], np.array([90, 100, 160])).tolist() == [48, 50, 62]
    assert gap(BOXES[0], BOXES[3]) == pytest.approx(200 - 290)
    assert gap(BOXES[0], BOXES[2]) == pytest.approx(69.5 - 45.5)


@pytest.mark.parametrize("slope", [0.0, 0.15, -0.1])
def test_shared_area_is_exact_for_equal_slopes(slope):
    rng = np.random.default_rng(1)
    boxes = np.column_stack([rng.uniform(50, 150, (40, 2)), rng.uniform(10, 120, (40, 2)), np.full(40, slope)])
    outlines = corners(boxes).astype(np.float32)
    expected = [cv2.intersectConvexConvex(outlines[0], other)[0] for other in outlines]
    assert np.allclose(intersections(boxes[0], boxes), expected, rtol=1e-3, atol=0.5)
