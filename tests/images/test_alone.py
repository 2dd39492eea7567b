"""Line images of single words: no neighbours are left, and an image of a word gives the same line image as its page."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.images.alone import pad_with_paper, single_line_image, word_image
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
    line_image = word_image(page, Polygon.from_box(BOX), height=height)
    inset = int(height * 0.15 / 1.3)
    assert line_image.shape[0] == height and line_image.shape[1] == pytest.approx(height * (100 + 12) / (40 * 1.3), abs=1)
    for edge in (line_image[:inset], line_image[-inset:], line_image[:, :inset], line_image[:, -inset:]):
        assert edge.min() >= 215
    assert line_image[height // 2].min() < 110


def test_an_image_of_the_word_gives_the_line_image_of_its_page(page):
    cut = page[40:80, 60:160]
    line_images = word_image(page, Polygon.from_box(BOX)), single_line_image(cut), single_line_image(np.repeat(cut[:, :, None], 3, 2))
    for line_image in line_images[1:]:
        assert np.abs(line_images[0].astype(int) - line_image)[7:-7, 7:-7].max() <= 2


def test_more_paper_makes_the_writing_smaller_and_leaves_the_height(page):
    line_image = single_line_image(page[40:80, 60:160])
    loose = pad_with_paper(line_image, 0.5)
    assert loose.shape == (48, round((line_image.shape[1] + 48) / 2)) and loose.dtype == np.uint8
    assert loose[:12].min() >= 215 and loose[-12:].min() >= 215 and loose[24].min() < 150
    assert pad_with_paper(line_image, 0.0) is line_image


@pytest.mark.parametrize("size", [(3, 2), (2, 60), (60, 2)])
def test_specks_and_dashes_give_line_images(size):
    assert single_line_image(np.full(size, 90, np.uint8), 32).shape[0] == 32
