"""Drawn pen strokes: where the ink lies, that nothing is lost, and that no two look alike."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.datasets.strokes import Strokes
from ocr.images.rectify import MARGIN
from ocr.synthesis.strokes import draw_strokes, expected_width


def strokes(*parts):
    points = np.array([point for part in parts for point in part], np.float32)
    return Strokes(points, np.cumsum([len(part) for part in parts]).astype(np.int32))


def zigzag(slope=0.0, teeth=20, size=400.0):
    """Teeth with a width of 0.4 heights, written along a slope, a few points a side."""
    return strokes(*([(0.4 * size * (tooth + share), size * abs(1 - 2 * share) + slope * 0.4 * size * (tooth + share))
                      for share in np.linspace(0, 1, 13)] for tooth in range(teeth)))


def ink(line_image):
    return np.flatnonzero((line_image < 225).any(axis=1)), np.flatnonzero((line_image < 225).any(axis=0))


@pytest.mark.parametrize("height", [32, 48, 96])
@pytest.mark.parametrize("slope", [-0.2, 0.0, 0.2])
def test_ink_fills_the_line_image_up_to_the_margin_of_a_cut_line(height, slope):
    margin = height * MARGIN / (1 + 2 * MARGIN)
    for seed in range(8):
        line_image = draw_strokes(zigzag(slope), height, np.random.default_rng(seed))
        rows, columns = ink(line_image)
        assert line_image.shape[0] == height and line_image.dtype == np.uint8
        assert margin - 2 <= rows[0] and rows[-1] <= height - margin + 1
        assert rows[-1] - rows[0] > 0.85 * (height - 2 * margin) - 3            # a sloping line is made level first
        assert columns[0] == pytest.approx(margin, abs=3) and line_image.shape[1] - columns[-1] == pytest.approx(margin, abs=4)
        assert (line_image[:, [0, -1]] > 225).all() and line_image.min() < 150


def test_the_width_is_about_what_is_expected():
    line = zigzag()
    widths = [draw_strokes(line, 48, np.random.default_rng(seed)).shape[1] for seed in range(60)]
    assert np.median(widths) == pytest.approx(expected_width(line, 48), rel=0.15) and np.std(widths) > 10


def test_dots_and_strokes_of_two_points_are_drawn():
    tall = [(0, y) for y in range(0, 401, 25)]
    line = strokes(tall, [(500, 400)], [(1000, 400), (1001, 400)], [(1500, y) for y in range(0, 401, 25)])
    for seed in range(20):
        line_image = draw_strokes(line, 48, np.random.default_rng(seed))
        dark = (line_image < int(line_image.max()) - 12).any(axis=0).astype(int)
        assert (np.diff(dark, prepend=0) == 1).sum() == 4


@pytest.mark.parametrize("line", [strokes([(5, 5)]), strokes([(0, 0), (500, 0)]), strokes([(0, 0), (0, 500)]),
                                  strokes([(3, 3)] * 4), strokes([(0, 0)], [(9000, 1)])])
def test_lines_without_height_or_width_are_no_error(line):
    for seed in range(4):
        line_image = draw_strokes(line, 48, np.random.default_rng(seed))
        assert line_image.shape[0] == 48 and 8 <= line_image.shape[1] < 60 * 48 and line_image.min() < int(line_image.max()) - 12
        assert 0 < expected_width(line, 48) < 60 * 48


def test_the_same_seed_draws_the_same_and_another_does_not():
    first, again, other = (draw_strokes(zigzag(), 48, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert first.shape != other.shape or not np.array_equal(first, other)
