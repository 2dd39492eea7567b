"""The stage on pages of bars: every orientation, empty pages, reading order, ids."""
from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from ocr.images.rectify import turn
from ocr.lines.ssd.detector import NetworkDetector
from ocr.lines.stage import LineStage, find_lines
from ocr.models.registry import find
from ocr.page.geometry import Box, Polygon, Transform
from ocr.page.model import Region

CARD = find("lines")


@pytest.mark.parametrize("orientation", range(4))
def test_bars_are_found_in_reading_order_in_pixels_of_the_page_as_loaded(bar_page, bars_detector, orientation):
    page, pixels = bar_page
    loaded = turn(pixels, -orientation)
    turning = Transform.quarter_turns(-orientation, pixels.shape)
    region = replace(page.regions[0], polygon=turning.polygon(page.regions[0].polygon), lines=())
    lines = find_lines(bars_detector, loaded, region, orientation)
    assert [line.id for line in lines] == ["r1_l1", "r1_l2", "r1_l3"]
    assert [len(line.words) for line in lines] == [4, 4, 2]
    for found, true in zip(lines, page.regions[0].lines):
        assert found.polygon.box.iou(turning.polygon(true.polygon).box) > 0.85
        assert 0 < found.confidence <= 1
        for word, wanted in zip(found.words, true.words):
            assert word.polygon.box.iou(turning.polygon(wanted.polygon).box) > 0.8
        (left, right) = turning.inverse().points(found.baseline)
        assert left[0] < right[0] and left[1] == pytest.approx(true.polygon.box.centre[1] + 6, abs=3)


def test_a_blank_region_has_no_lines(bar_page, bars_detector):
    page, pixels = bar_page
    assert find_lines(bars_detector, np.full_like(pixels, 240), page.regions[0], 0) == ()


def test_a_region_of_one_pixel_is_looked_at_without_complaint(bar_page, bars_detector):
    page, pixels = bar_page
    tiny = Region("t", Transform((1e-3, 0, 5, 0, 1e-3, 5, 0, 0, 1)).polygon(page.regions[0].polygon))
    assert find_lines(bars_detector, pixels, tiny, 0) == ()


def test_outlines_end_at_the_edges_of_the_picture(bar_page, perfect_network):
    page, pixels = bar_page
    region = replace(page.regions[0], polygon=Polygon.from_box(Box(0, 0, 600, 800)))
    (line,) = find_lines(NetworkDetector(perfect_network([(320, 10, 700, 40, 0.02)], [(20, 8, 60, 30, 0), (300, 10, 50, 30, 0)])),
                         pixels, region, 0)
    for outline in (line.polygon, *(word.polygon for word in line.words)):
        assert outline == outline.clip(pixels.shape) and outline.area > 0
    assert all(0 <= x <= 600 and 0 <= y <= 800 for x, y in line.baseline)


def test_a_line_is_found_whole_where_the_outline_bites_into_it(bar_page, bars_detector):
    page, pixels = bar_page
    box, first = page.regions[0].polygon.box, page.regions[0].lines[0].polygon.box
    middle, depth = box.centre[0], first.bottom + 4
    bitten = Polygon(((box.left, box.top), (middle - 40, box.top), (middle - 40, depth), (middle + 40, depth),
                      (middle + 40, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom)))
    lines = find_lines(bars_detector, pixels, replace(page.regions[0], polygon=bitten), 0)
    assert len(lines) == 3 and lines[0].polygon.box.iou(first) > 0.85


def test_lines_of_another_region_inside_the_hull_are_left_to_it(bar_page, bars_detector):
    page, pixels = bar_page
    box = page.regions[0].polygon.box
    second, third = (line.polygon.box for line in page.regions[0].lines[1:])
    frame = Polygon(((box.left, second.bottom + 2), (box.right - 2, second.bottom + 2), (box.right - 2, box.top),
                     (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom)))
    (line,) = find_lines(bars_detector, pixels, replace(page.regions[0], polygon=frame), 0)
    assert line.polygon.box.iou(third) > 0.85


def test_a_line_in_two_regions_stays_in_the_first(bar_page, bars_detector):
    page, pixels = bar_page
    stage = LineStage(bars_detector, CARD)
    twice = replace(page, regions=(page.regions[0], replace(page.regions[0], id="r2")))
    assert [len(region.lines) for region in stage(twice, pixels).regions] == [3, 0]


def test_a_region_grows_around_lines_that_reach_out_of_it_and_else_stays(bar_page, bars_detector):
    page, pixels = bar_page
    stage = LineStage(bars_detector, CARD)
    box = page.regions[0].polygon.box
    tight = replace(page.regions[0], polygon=Polygon(((box.left, box.top), (box.right, box.top), (box.right, box.bottom),
                                                      (box.right - 120, box.bottom - 90), (box.left, box.bottom))))
    (grown,) = stage(replace(page, regions=(tight,)), pixels).regions
    assert len(grown.lines) == 3 and tight.polygon.area < grown.polygon.area < box.area * 1.1
    contour = grown.polygon.array.astype(np.float32)
    assert all(cv2.pointPolygonTest(contour, point, True) > -1 for line in grown.lines for point in line.polygon.points)
    assert stage(page, pixels).regions[0].polygon == page.regions[0].polygon
