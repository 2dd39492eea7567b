"""Words alone on paper: neighbours are gone, and a picture of a word gives the strip that its page gives."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.images.alone import on_more_paper, picture_strip, word_strip
from ocr.page.geometry import Box, Polygon

BOX = Box(60, 40, 160, 80)


@pytest.fixture
def page():
    """A word of bars with ink close around it on all sides."""
    pixels = np.full((120, 240), 220, np.uint8)
    pixels[40:80, 60:160:10] = 30
    pixels[30:38] = pixels[82:90] = 0
    pixels[:, 50:58] = pixels[:, 162:170] = 0
    return pixels


@pytest.mark.parametrize("height", [32, 48])
def test_nothing_of_the_neighbours_is_left_and_all_of_the_word(page, height):
    strip = word_strip(page, Polygon.from_box(BOX), height=height)
    inset = int(height * 0.15 / 1.3)
    assert strip.shape[0] == height and strip.shape[1] == pytest.approx(height * (100 + 12) / (40 * 1.3), abs=1)
    for edge in (strip[:inset], strip[-inset:], strip[:, :inset], strip[:, -inset:]):
        assert edge.min() >= 215
    assert strip[height // 2].min() < 110


def test_a_picture_of_the_word_gives_the_strip_of_its_page(page):
    cut = page[40:80, 60:160]
    strips = word_strip(page, Polygon.from_box(BOX)), picture_strip(cut), picture_strip(np.repeat(cut[:, :, None], 3, 2))
    for strip in strips[1:]:
        assert np.abs(strips[0].astype(int) - strip)[7:-7, 7:-7].max() <= 2


def test_more_paper_makes_the_writing_smaller_and_leaves_the_height(page):
    strip = picture_strip(page[40:80, 60:160])
    loose = on_more_paper(strip, 0.5)
    assert loose.shape == (48, round((strip.shape[1] + 48) / 2)) and loose.dtype == np.uint8
    assert loose[:12].min() >= 215 and loose[-12:].min() >= 215 and loose[24].min() < 150
    assert on_more_paper(strip, 0.0) is strip


@pytest.mark.parametrize("size", [(3, 2), (2, 60), (60, 2)])
def test_specks_and_dashes_give_strips(size):
    assert picture_strip(np.full(size, 90, np.uint8), 32).shape[0] == 32
