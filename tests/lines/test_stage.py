"""The stage on pages of bars: every orientation, empty pages, reading order, ids."""
from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from ocr.images.rectify import turn
from ocr.lines.detector import DetectedLine
from ocr.lines.ssd.detector import NetworkDetector
from ocr.lines.stage import LineStage, find_lines, reading_order
from ocr.models.registry import find
from ocr.page.geometry import Box, Polygon, Transform
from ocr.page.model import Page, Region

CARD = find("lines")


@pytest.mark.parametrize("orientation", range(4))
def test_bars_are_found_in_reading_order_in_pixels_of_the_page_as_loaded(bar_page, bars_detector, orientation):
    page, pixels = bar_page
    loaded = turn(pixels, -orientation)
    turning = Transform.quarter_turns(-orientation, pixels.shape)
    region = replace(page.regions[0], polygon=turning.polygon(page.regions[0].polygon), lines=())
    lines = find_lines(bars_detector, loaded, region, orientation)
    assert [line.id for line in lines] == ["r1_l1", "r1_l2", "r1_l3"]
    assert [[word.id for word in line.words] for line in lines] == [
        [f"{line.id}_w{number}" for number in range(1, count + 1)] for line, count in zip(lines, (4, 4, 2))]
    for found, true in zip(lines, page.regions[0].lines):
        assert found.polygon.box.iou(turning.polygon(true.polygon).box) > 0.85
        assert 0 < found.confidence <= 1
        for word, expected in zip(found.words, true.words):
            assert word.polygon.box.iou(turning.polygon(expected.polygon).box) > 0.8
        (left, right) = turning.inverse().points(found.baseline)
        assert left[0] < right[0] and left[1] == pytest.approx(true.polygon.box.centre[1] + 6, abs=3)


def test_a_blank_region_has_no_lines(bar_page, bars_detector):
    page, pixels = bar_page
    assert find_lines(bars_detector, np.full_like(pixels, 240), page.regions[0], 0) == ()


def test_a_region_of_one_pixel_is_accepted(bar_page, bars_detector):
    page, pixels = bar_page
    tiny = Region("t", Transform((1e-3, 0, 5, 0, 1e-3, 5, 0, 0, 1)).polygon(page.regions[0].polygon))
    assert find_lines(bars_detector, pixels, tiny, 0) == ()


def test_outlines_end_at_the_edges_of_the_page_image(bar_page, perfect_network):
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


class Given:
    """A detector that returns given lines, whatever its input."""

    provenance = ()

    def __init__(self, *lines):
        self.lines = list(lines)

    def __call__(self, pixels, region, orientation):
        return self.lines


def detected(*sides, baseline=()):
    return DetectedLine(Polygon.from_box(Box(*sides)), baseline, (), 0.9)


def falling(left, right, middle, slope, height=30):
    """A line whose middle passes at `middle` where x is 0."""
    ends = [(x, middle + slope * x) for x in (left, right)]
    upper, lower = ([(x, y + side * height / 2) for x, y in ends] for side in (-1, 1))
    return DetectedLine(Polygon((*upper, *lower[::-1])), tuple(lower), (), 0.9)


PAPER = np.full((800, 600), 250, np.uint8)
REGION = Region("r", Polygon.from_box(Box(0, 0, 600, 800)))


def test_a_line_that_shares_half_with_one_that_is_taken_is_not_found_again():
    taken = [Polygon.from_box(Box(0, 0, 300, 30))]
    half, less = detected(0, 0, 150, 30), detected(0, 0, 149, 30)
    assert find_lines(Given(half), PAPER, REGION, 0, taken) == ()
    assert len(find_lines(Given(less), PAPER, REGION, 0, taken)) == 1
    assert [line.id for line in find_lines(Given(half, detected(0, 90, 300, 120)), PAPER, REGION, 0, taken)] == ["r_l1"]


@pytest.mark.parametrize("orientation", range(4))
@pytest.mark.parametrize("slope", [-0.3, 0.3])
def test_steep_lines_are_ordered_by_their_baselines(slope, orientation):
    """Over its length each line falls by more than the distance to the next; every second one is short."""
    lines = [falling(20, 560 if row % 2 == 0 else 90, 250 + 45 * row, slope) for row in range(6)]
    lines.append(falling(330, 560, 250 + 45, slope))                                       # the rest of the second line
    size = PAPER.shape if orientation % 2 == 0 else PAPER.shape[::-1]
    back = Transform.quarter_turns(orientation, size).inverse()
    loaded = [replace(line, polygon=back.polygon(line.polygon), baseline=back.points(line.baseline)) for line in lines]
    assert reading_order(loaded[::-1], orientation, size) == (6, 5, 0, 4, 3, 2, 1)


def test_one_odd_baseline_does_not_change_the_slope_and_points_in_between_do_not_count():
    lines = [falling(20, 560, 100 + 45 * row, 0.3) for row in range(4)]
    lines[2] = replace(lines[2], baseline=lines[2].baseline[::-1])                          # as if written leftwards
    lines[3] = replace(lines[3], baseline=((300, 0), (300, 500)))
    short = [falling(20, 90, 100 + 45 * 4, 0.3), falling(330, 560, 100 + 45 * 4, 0.3)]
    assert reading_order([*short[::-1], *lines[::-1]], 0, PAPER.shape) == (5, 4, 3, 2, 1, 0)


def test_lines_without_baselines_or_with_a_point_for_one_are_ordered_by_their_outlines():
    lines = [detected(50, 300, 500, 330), detected(50, 100, 500, 130, baseline=((50, 120),)), detected(50, 200, 500, 230)]
    assert reading_order(lines, 0, PAPER.shape) == (1, 2, 0) and reading_order([], 0, PAPER.shape) == ()


def test_baselines_end_at_the_edges_of_the_page():
    (line,) = find_lines(Given(detected(10, 780, 590, 810, baseline=((-5, 795), (300, -2), (605, 805)))), PAPER, REGION, 0)
    assert line.baseline == ((0.0, 795.0), (300.0, 0.0), (600.0, 800.0)) and line.polygon.box == Box(10, 780, 590, 800)


def test_a_region_that_grows_ends_at_the_edge_of_the_page_and_one_that_stays_is_left_alone():
    inside, beyond = (Region("r", Polygon.from_box(Box(left, 0, 590, 100))) for left in (20, -20))
    page = Page("p.png", PAPER.shape, (inside, beyond))
    grown, same = LineStage(Given(detected(50, 20, 600, 60)), CARD)(page, PAPER).regions
    assert grown.polygon.box.right == 600 and same.polygon == beyond.polygon
