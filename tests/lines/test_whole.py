"""Images that show one line or one word: where the line runs, and which images are taken for one without being told."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.lines.stage import LineStage
from ocr.lines.whole import WholeImageStage, detect_main_line, is_flat, is_low, whole_image
from ocr.models.registry import find
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Page, Region


def strip(height, width, *bars):
    """Paper with dark bars, (left, top, right, bottom)."""
    pixels = np.full((height, width, 3), 240, np.uint8)
    for left, top, right, bottom in bars:
        pixels[top:bottom, left:right] = 20
    return pixels


def words(top, *lefts):
    return [(left, top, left + 60, top + 26) for left in lefts]


def box_of(line):
    box = line.polygon.box
    return box.left, box.top, box.right, box.bottom


def test_the_largest_line_is_found_between_parts_of_its_neighbours(bars_detector):
    pixels = strip(110, 600, *words(40, 40, 130, 220, 310), (400, 0, 430, 10))
    found = detect_main_line(bars_detector, pixels)
    assert box_of(found.line) == pytest.approx((40, 40, 370, 66), abs=6)
    assert detect_main_line(bars_detector, strip(110, 600)) is None


def test_pieces_at_one_height_are_one_line_and_others_are_not(bars_detector):
    found = detect_main_line(bars_detector, strip(100, 1600, *words(40, 20, 110), *words(44, 1400, 1490)))
    assert found.alone and box_of(found.line) == pytest.approx((20, 40, 1550, 70), abs=12) and not found.line.baseline
    assert not detect_main_line(bars_detector, strip(300, 900, *words(40, 20, 110), *words(200, 20, 110))).alone


@pytest.mark.parametrize("unit, regions, expected", [("line", 1, (40, 40, 370, 66)), ("word", 1, (0, 0, 600, 110))])
def test_a_whole_image_is_one_line_or_one_word(bars_detector, unit, regions, expected):
    page = Page("a.png", (110, 600), (Region("old", Polygon.from_box(Box(0, 0, 9, 9))),), 2)
    read = WholeImageStage(unit, bars_detector)(page, strip(110, 600, *words(40, 40, 130, 220, 310)))
    (line,) = read.lines
    assert box_of(line) == pytest.approx(expected, abs=6) and len(line.words) == (unit == "word")
    assert read.regions[0].polygon.box == Box(0, 0, 600, 110) and read.orientation == 0
    assert ("whole", unit) in read.steps[-1].settings


def test_an_image_without_a_line_is_read_whole_all_the_same(bars_detector):
    (line,) = WholeImageStage("line", bars_detector)(Page("a.png", (50, 600)), strip(50, 600)).lines
    assert line == whole_image((50, 600)).lines[0]


@pytest.mark.parametrize("size, turns, flat, low", [
    ((100, 300), 0, True, True), ((101, 302), 0, False, True), ((128, 128), 0, False, True), ((129, 200), 0, False, False),
    ((129, 387), 2, True, False), ((100, 99), 0, False, False), ((100, 400), 1, False, False)])
def test_flat_and_low_images(size, turns, flat, low):
    page = Page("a.png", size, orientation=turns)
    assert (is_flat(page), is_low(page)) == (flat, low)


@pytest.fixture
def stage(bars_detector):
    return LineStage(bars_detector, find("lines"))


def test_a_low_image_with_one_line_is_one_whatever_stage_1_found(stage):
    read = stage(Page("a.png", (110, 600)), strip(110, 600, *words(40, 40, 130, 220, 310)))
    assert len(list(read.lines)) == 1 and read.regions[0].polygon.box == Box(0, 0, 600, 110) and not read.warnings


def test_a_flat_image_with_one_line_is_one_only_where_stage_1_found_writing(stage):
    pixels, outline = strip(200, 600, *words(90, 40, 130, 220, 310)), Polygon.from_box(Box(30, 80, 200, 125))
    (line,) = stage(Page("a.png", (200, 600), (Region("r1", outline),)), pixels).lines
    assert box_of(line)[2] == pytest.approx(370, abs=6)                                  # not cut off where the region ends
    read = stage(Page("a.png", (200, 600)), pixels)
    assert not list(read.lines) and read.warnings == ("No line of handwriting was found.",)


def test_a_low_image_without_a_line_is_read_whole_and_says_so(stage):
    read = stage(Page("a.png", (60, 600)), strip(60, 600))
    assert len(list(read.lines)) == 1 and read.warnings[0].startswith("No line was found; the image is as low as one")


def test_regions_without_lines_are_counted(stage):
    outlines = (Box(20, 20, 500, 200), Box(20, 400, 500, 500), Box(20, 520, 500, 600))
    page = Page("a.png", (700, 600), tuple(Region(f"r{n}", Polygon.from_box(box)) for n, box in enumerate(outlines)))
    read = stage(page, strip(700, 600, *words(90, 40, 130, 220, 310)))
    assert read.warnings == ("No line was found in 2 of 3 regions.",)
    assert stage(page, strip(700, 600)).warnings == ("No line of handwriting was found.",)
