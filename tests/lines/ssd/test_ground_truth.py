"""Slanted boxes of the ground truth: from polygons, from words in upright boxes, into the scene's pixels."""
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ocr.images.rectify import turn
from ocr.lines.ssd.boxes import corners, slanted
from ocr.lines.ssd.ground_truth import line_box, make_scene, word_box
from ocr.page.geometry import Box, Polygon, Transform
from ocr.page.model import Line, Page, Word

SAME = Transform((1, 0, 0, 0, 1, 0, 0, 0, 1))


def outline(box):
    return Polygon.from_array(corners(np.array([box], float))[0])


def test_a_slanted_outline_is_its_own_box():
    box = np.array([300, 100, 400, 30, 0.05])
    assert np.allclose(line_box(Line("l", outline(box)), SAME), box, atol=0.01)


def test_a_ragged_outline_keeps_its_area_and_direction():
    x = np.linspace(0, 400, 41)
    upper, lower = 80 + 0.04 * x + 6 * np.sin(x / 9), 120 + 0.04 * x + 5 * np.cos(x / 7)
    points = np.concatenate([np.column_stack([x, upper]), np.column_stack([x, lower])[::-1]])
    polygon = Polygon.from_array(points)
    x, y, width, height, slope = line_box(Line("l", polygon), SAME)
    assert (x, y) == pytest.approx((200, 108), abs=1) and slope == pytest.approx(0.04, abs=0.005)
    assert width * height == pytest.approx(polygon.area, rel=1e-3)


def test_an_upright_box_takes_the_slope_of_its_words():
    words = [Box(50 + 100 * i, 100 + 8 * i, 120 + 100 * i, 125 + 8 * i) for i in range(6)]
    line = Line("l", Polygon.from_box(Box(50, 100, 620, 165)), words=tuple(
        Word(f"w{i}", Polygon.from_box(box)) for i, box in enumerate(words)))
    x, y, width, height, slope = line_box(line, SAME)
    assert slope == pytest.approx(0.08, abs=0.01) and 15 <= height < 30
    assert (x, width) == (335, 570) and y == pytest.approx(132.5, abs=1)


def test_a_word_in_an_upright_box_leans_within_it():
    box = Box(10, 20, 110, 60)
    found = word_box(Polygon.from_box(box), SAME, 0.1)
    low, high = corners(found[None])[0].min(axis=0), corners(found[None])[0].max(axis=0)
    assert np.allclose([*low, *high], [10, 20, 110, 60])


@pytest.mark.parametrize("orientation", range(4))
def test_a_scene_is_upright_and_its_boxes_lie_on_the_ink(bar_page, orientation):
    page, pixels = bar_page
    turning = Transform.quarter_turns(-orientation, pixels.shape)
    loaded = turn(pixels, -orientation)
    regions = tuple(replace(region, polygon=turning.polygon(region.polygon), lines=tuple(
        replace(line, polygon=turning.polygon(line.polygon), words=tuple(
            replace(word, polygon=turning.polygon(word.polygon)) for word in line.words)) for line in region.lines))
        for region in page.regions)
    scene = make_scene(Page("bars.png", loaded.shape, regions, orientation), loaded, 590)
    assert scene.pixels.shape[1] == 590 and len(scene.lines) == 3 and len(scene.words) == 10
    assert scene.complete.all() and set(scene.region_of) == {0}
    ink = np.zeros(scene.pixels.shape, bool)
    for x, y, width, height, slope in slanted(scene.words):
        assert abs(slope) < 0.01 and width > 2 * height
        ink[round(y - height / 2):round(y + height / 2), round(x - width / 2):round(x + width / 2)] = True
    dark = scene.pixels < 130
    assert (ink & dark).sum() / (ink | dark).sum() > 0.9


def test_a_line_that_lacks_words_is_not_complete(bar_page):
    page, pixels = bar_page
    lines = list(page.regions[0].lines)
    lines[1] = replace(lines[1], words=lines[1].words[:3])
    scene = make_scene(replace(page, regions=(replace(page.regions[0], lines=tuple(lines)),)), pixels, 590)
    assert scene.complete.tolist() == [True, False, True]
