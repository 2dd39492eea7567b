"""Lines written in fonts: where the ink lies, the expected width, seeds."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.images.rectify import MARGIN
from ocr.synthesis.font_lines import draw_text, expected_text_width
from ocr.synthesis.fonts import PRINT

TEXT = "Six big jugs, by the quay"


@pytest.mark.parametrize("height", [32, 48, 96])
def test_ink_fills_the_line_image_up_to_the_margin_of_a_cut_line(height):
    margin = height * MARGIN / (1 + 2 * MARGIN)
    for seed in range(8):
        line_image = draw_text(TEXT, [PRINT], height, np.random.default_rng(seed))
        dark = line_image < int(line_image.max()) - 20
        rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
        assert line_image.shape[0] == height and line_image.dtype == np.uint8 and line_image.min() < 150
        assert margin - 2 <= rows[0] and rows[-1] <= height - margin + 1
        assert rows[-1] - rows[0] > 0.85 * (height - 2 * margin) - 3
        assert columns[0] >= margin - 2 and line_image.shape[1] - columns[-1] >= margin - 2


def test_the_width_is_about_what_is_expected():
    for text in (TEXT, "a", "one.", "Il y a plus de cent ans que nous attendons"):
        widths = [draw_text(text, [PRINT], 48, np.random.default_rng(seed)).shape[1] for seed in range(20)]
        assert np.median(widths) == pytest.approx(expected_text_width(text, PRINT, 48), rel=0.25)


def test_words_stand_apart_and_in_order():
    line_image = draw_text("mmmm ii", [PRINT], 48, np.random.default_rng(3))
    dark = (line_image < int(line_image.max()) - 20).any(axis=0)
    gaps = np.diff(np.flatnonzero(dark))
    assert gaps.max() > 6                                                       # between the words
    assert np.flatnonzero(dark)[gaps.argmax()] > 0.6 * line_image.shape[1]           # the long one comes first


def test_marks_alone_and_wide_dashes_are_no_error():
    for text in ("-", ".", "- - -", "—" * 200):
        line_image = draw_text(text, [PRINT], 48, np.random.default_rng(0))
        assert line_image.shape[0] == 48 and line_image.shape[1] < 62 * 48 and expected_text_width(text, PRINT, 48) > 0


def test_the_same_seed_writes_the_same_and_another_does_not():
    first, again, other = (draw_text(TEXT, [PRINT], 48, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert first.shape != other.shape or not np.array_equal(first, other)
