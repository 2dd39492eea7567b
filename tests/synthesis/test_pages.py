"""Composed pages: the ground truth describes what is on the image, whatever the view."""
from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from ocr.errors import InputError
from ocr.images.rectify import rectify_line
from ocr.synthesis.fonts import PRINT
from ocr.synthesis.handwriting import WriterStyle
from ocr.synthesis.pages import PageStyle, compose_page, random_style

TEXT = "The harbour was quiet, and only\nthe gulls kept watch.\n\nNothing else happened until 12 o'clock."
STYLE = PageStyle(size=(500, 420), ruling="none", pitch=40.0, view="flat")
WRITER = WriterStyle(PRINT, 12.0, ink=(10, 10, 10), pressure=0.0)


def compose(seed=3, text=TEXT, **changes):
    return compose_page(seed, text, [PRINT], replace(STYLE, **changes), WRITER)


def cover(polygons, size, grow=0):
    mask = np.zeros(size, np.uint8)
    for polygon in polygons:
        cv2.fillPoly(mask, [np.round(polygon.array).astype(np.int32)], 1)
    return cv2.dilate(mask, np.ones((2 * grow + 1, 2 * grow + 1))) > 0


def test_text_is_complete_and_in_order():
    page = compose().page
    assert page.text.split() == TEXT.split()
    assert len(page.regions) == 2 and page.size == (500, 420)
    for line in page.lines:
        assert line.text == " ".join(word.text for word in line.words)
    assert len({item.id for region in page.regions for line in region.lines
                for item in (region, line) + line.words}) == len(page.regions) + sum(1 + len(line.words) for line in page.lines)


def test_a_line_feed_starts_a_line_and_a_form_feed_a_column():
    page = compose(text="one two\nthree\n\fright side", columns=2).page
    assert [line.text for line in page.lines] == ["one two", "three", "right side"]
    assert page.regions[1].polygon.box.left > page.regions[0].polygon.box.right


def test_what_does_not_fit_is_left_out_of_the_ground_truth():
    page = compose(text="word " * 400).page
    written = page.text.split()
    assert 20 < len(written) < 400 and page.regions[0].polygon.box.bottom <= 500


@pytest.mark.parametrize("view", ["flat", "scan", "photo"])
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_all_ink_lies_in_words_and_all_words_hold_ink(view, turns):
    made = compose(view=view, turns=turns)
    level = cv2.cvtColor(made.pixels, cv2.COLOR_RGB2GRAY)
    size = made.page.size
    assert level.shape == size and made.page.orientation == (-turns) % 4
    words = [word.polygon for line in made.page.lines for word in line.words]
    paper = cv2.morphologyEx(level, cv2.MORPH_CLOSE, np.ones((25, 25)))
    ink = (level < 0.6 * paper) & cover([region.polygon for region in made.page.regions], size, 12)
    assert (ink & ~cover(words, size, 3)).sum() <= 0.01 * ink.sum()
    assert all((ink & cover([word], size)).any() for word in words)
    for line in made.page.lines:
        assert (cover([word.polygon for word in line.words], size) & ~cover([line.polygon], size, 4)).sum() < 20


def test_sideways_photo_gives_upright_line_images():
    upright, sideways = compose(), compose(view="photo", turns=1)
    for wanted, found in zip(upright.page.lines, sideways.page.lines):
        line_images = [rectify_line(made.pixels, line.polygon, line.baseline, made.page.orientation).pixels
                  for made, line in ((upright, wanted), (sideways, found))]
        line_images = [cv2.GaussianBlur(cv2.resize(line_image, (300, 48)), (0, 0), 3).astype(float) for line_image in line_images]
        same, reversed_ = (np.corrcoef(line_images[0].ravel(), line_image.ravel())[0, 1]
                           for line_image in (line_images[1], line_images[1][::-1, ::-1]))
        assert same > 0.6 and same > reversed_ + 0.05


def test_seed_decides():
    first, again, other = compose(1), compose(1), compose(2)
    assert np.array_equal(first.pixels, again.pixels) and first.page == again.page
    assert not np.array_equal(first.pixels, other.pixels)


def test_blank_and_printed_pages_have_no_regions():
    blank, printed = compose(text=""), compose(text="", heading="Report", notice="To be filled in.", footer="Page 1")
    assert blank.page.regions == printed.page.regions == ()
    assert blank.pixels.min() > 180 and printed.pixels.min() < 120


def test_writing_starts_below_what_is_printed():
    page = compose(heading="Report", notice="Fill in. " * 40).page
    assert page.regions[0].polygon.box.top > compose().page.regions[0].polygon.box.top + 20


def test_random_styles_compose():
    for seed in range(6):
        style = replace(random_style(np.random.default_rng(seed), heading="Form"), size=(400, 300), pitch=30.0)
        assert compose_page(seed, "a few words", [PRINT], style).page.text.split() == ["a", "few", "words"]


def test_characters_that_no_font_has_are_named():
    with pytest.raises(InputError, match="ж"):
        compose(text="ж")
