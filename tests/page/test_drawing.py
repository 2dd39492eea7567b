"""The overlay picture: sizes, marks and letters."""
import numpy as np
import pytest

from ocr.page import drawing
from ocr.page.geometry import Box, Polygon, Transform
from ocr.page.model import Line, Page, Reading, Region, Word


def _page(size=(200, 300), confidence=0.9, text="été щ", readings=True):
    outline = Polygon.from_box(Box(40, 60, 220, 90))
    word = Word("w", outline, (Reading(text, confidence),) if readings else (), confidence)
    line = Line("l", outline, ((40, 85), (220, 85)), (word,), (Reading(text, confidence),) if readings else ())
    return Page("a.png", size, (Region("r", Polygon.from_box(Box(20, 40, 280, 150)), (line,), "paragraph"),))


def _white(size=(200, 300)):
    return np.full((*size, 3), 255, np.uint8)


def test_text_stands_beside_its_line_and_the_picture_is_untouched():
    pixels = _white()
    drawn = drawing.draw_page(_page(), pixels)
    assert drawn.shape == (200, 600, 3) and drawn.dtype == np.uint8 and (pixels == 255).all()
    dark = np.argwhere(drawn[:, 300:].max(axis=2) < 120)
    assert len(dark) > 20 and 55 < dark[:, 0].min() and dark[:, 0].max() < 95 and 35 < dark[:, 1].min() and dark[:, 1].max() < 225


def test_without_text_there_is_no_text_side():
    assert drawing.draw_page(_page(readings=False), _white()).shape == (200, 300, 3)
    assert drawing.draw_page(Page("a.png", (200, 300)), _white()).shape == (200, 300, 3)


def test_doubtful_words_are_marked_on_both_sides():
    sure, unsure = (drawing.draw_page(_page(confidence=c), _white()).astype(int) for c in (0.9, 0.2))
    assert unsure[75, 200, 0] - unsure[75, 200, 2] > sure[75, 200, 0] - sure[75, 200, 2] + 40
    reds = [((d[:, 300:, 0] - d[:, 300:, 2]) > 100).sum() for d in (sure, unsure)]
    assert reds[1] > reds[0] + 20


@pytest.mark.parametrize("turns", range(4))
def test_turned_pages_are_drawn_upright(turns):
    back = Transform.quarter_turns(turns, (200, 300) if turns % 2 == 0 else (300, 200)).inverse()
    upright = _page()
    region = upright.regions[0]
    turned = Page("a.png", (0, 0), (Region("r", back.polygon(region.polygon), kind="paragraph"),), orientation=turns)
    expected = drawing.draw_page(Page("a.png", (200, 300), (Region("r", region.polygon, kind="paragraph"),)), _white())
    found = drawing.draw_page(turned, np.ascontiguousarray(np.rot90(_white(), turns)))
    assert found.shape == expected.shape and np.abs(found.astype(int) - expected).mean() < 0.5


def test_large_pages_are_made_smaller():
    assert drawing.draw_page(_page(), _white(), max_height=100).shape == (100, 300, 3)


def test_shapes_outside_the_picture_do_no_harm():
    line = Line("l", Polygon.from_box(Box(-500, -90, 900, -40)), readings=(Reading("x" * 500),))
    page = Page("a.png", (50, 60), (Region("r", Polygon.from_box(Box(-900, -900, 2000, 2000)), (line,), "x" * 80),))
    assert drawing.draw_page(page, _white((50, 60))).shape == (50, 120, 3)
