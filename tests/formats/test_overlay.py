"""The overlay image: sizes, marks and letters."""
import numpy as np
import pytest

from ocr.formats import overlay as drawing
from ocr.page.geometry import Box, Polygon, Transform
from ocr.page.model import Line, Page, Reading, Region, Word


def _page(size=(200, 300), confidence=0.9, text="été щ", readings=True):
    outline = Polygon.from_box(Box(40, 60, 220, 90))
    word = Word("w", outline, (Reading(text, confidence),) if readings else (), confidence)
    line = Line("l", outline, ((40, 85), (220, 85)), (word,), (Reading(text, confidence),) if readings else ())
    return Page("a.png", size, (Region("r", Polygon.from_box(Box(20, 40, 280, 150)), (line,), "paragraph"),))


def _white(size=(200, 300)):
    return np.full((*size, 3), 255, np.uint8)


def test_text_is_beside_its_line_and_the_image_is_untouched():
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


def test_shapes_outside_the_image_do_no_harm():
    line = Line("l", Polygon.from_box(Box(-500, -90, 900, -40)), readings=(Reading("x" * 500),))
    page = Page("a.png", (50, 60), (Region("r", Polygon.from_box(Box(-900, -900, 2000, 2000)), (line,), "x" * 80),))
    assert drawing.draw_page(page, _white((50, 60))).shape == (50, 120, 3)


def _lines(outlines, lean=0.0, confidence=0.9, text="along the south wall"):
    """A page of lines on (left, top, right, bottom) boxes, leaning by a slope."""
    lines = []
    for number, (left, top, right, bottom) in enumerate(outlines):
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        outline = Polygon(tuple((x, y + lean * (x - left)) for x, y in corners))
        lines.append(Line(f"l{number}", outline, tuple(outline.points[:1:-1]), readings=(Reading(text, confidence),)))
    return Page("a.png", (400, 600), (Region("r", Polygon.from_box(Box(5, 5, 595, 395)), tuple(lines)),))


def _ink(drawn):
    """Rows and columns of the dark pixels of the text side, (P, 2)."""
    return np.argwhere(drawn[:, drawn.shape[1] // 2 + 3:].max(axis=2) < 110)


@pytest.mark.parametrize("lean", (-0.15, 0.15))
def test_text_leans_as_its_line_does(lean):
    rows, columns = _ink(drawing.draw_page(_lines([(50, 180, 550, 220)], lean), _white((400, 600)))).T
    assert np.polyfit(columns, rows, 1)[0] == pytest.approx(lean, abs=0.03)
    ends = columns < np.quantile(columns, 0.1)
    assert abs(rows[ends].mean() - (200 + lean * (columns[ends].mean() - 50))) < 6


def test_lines_of_other_heights_and_widths_are_set_in_one_size_and_short_ones_parallel():
    page = _lines([(20, 20, 580, 60), (20, 120, 560, 150), (20, 220, 420, 250)])
    slanting = page.regions[0].lines[2]
    region = Region("r", page.regions[0].polygon, (*page.regions[0].lines[:2], Line(
        "s", slanting.polygon, ((20, 245), (420, 238)), readings=slanting.readings)))
    drawn = drawing.draw_page(Page("a.png", (400, 600), (region,)), _white((400, 600)))
    rows, columns = _ink(drawn).T
    widths = [np.ptp(columns[(rows > top) & (rows < top + 60)]) for top in (10, 110, 210)]
    assert max(widths) - min(widths) <= 3
    heights = [np.ptp(rows[(rows > top) & (rows < top + 60)]) for top in (10, 110, 210)]
    assert max(heights) - min(heights) <= 2


def test_colours_of_overlapping_lines_do_not_add_up_nor_hide_ink():
    once = drawing.draw_page(_lines([(50, 100, 550, 200)], text=""), _white((400, 600)))
    outlines = [(50, 40, 550, 140), (50, 100, 550, 200), (50, 130, 550, 200)]
    twice = drawing.draw_page(_lines(outlines, text=""), _white((400, 600)))
    assert once[165, 300, 0] < 250 and (twice[165, 300] == once[165, 300]).all()
    black = drawing.draw_page(_page(confidence=0.1), np.zeros((200, 300, 3), np.uint8))
    assert black[75, 130].max() == 0


def test_doubtful_words_have_one_colour_whatever_lies_below():
    page = _page(confidence=0.1)
    word = page.regions[0].lines[0].words[0]
    bare = Page("a.png", (200, 300), (Region("r", page.regions[0].polygon, (Line(
        "l", Polygon.from_box(Box(240, 60, 260, 90)), (), (word,)),)),))
    assert (drawing.draw_page(page, _white())[75, 130] == drawing.draw_page(bare, _white())[75, 130]).all()


@pytest.mark.parametrize("bottom, confidence, has_note", [(220, 0.2, True), (220, 0.9, False), (395, 0.2, False)])
def test_a_note_explains_the_marks_where_there_are_some_and_room(bottom, confidence, has_note):
    drawn = drawing.draw_page(_lines([(50, bottom - 40, 550, bottom)], confidence=confidence), _white((400, 600)))
    rows = np.argwhere((drawn[:, 605:].max(axis=2) < 110) & (np.ptp(drawn[:, 605:].astype(int), axis=2) < 20))[:, 0]
    assert bool((rows > bottom + 20).any()) == has_note


def test_plain_paragraphs_have_short_badges():
    page = _page()
    heading = Page("a.png", (200, 300), (Region("r", page.regions[0].polygon, page.regions[0].lines, "heading"),))
    plain, named = (np.ptp(np.argwhere((drawing.draw_page(p, _white())[25:35, :300] == drawing.REGION[0]).all(axis=2))[:, 1])
                    for p in (page, heading))
    assert plain < 40 < named


@pytest.mark.parametrize("points", [[(-20, 5), (0, 5), (0, 15), (-20, 15)], [(30, 5), (50, 5), (50, 15), (30, 15)],
                                    [(5, -9), (25, -9), (25, 0), (5, 0)], [(5, 20), (25, 20), (25, 40), (5, 40)]])
def test_a_shape_that_only_touches_the_edge_colours_at_most_what_it_touches(points):
    canvas = _white((20, 30))
    drawing._tint(canvas, np.array(points, float), (255, 0, 0), 1.0, _white((20, 30)))
    assert (canvas[2:-2, 2:-2] == 255).all()


@pytest.mark.parametrize("confidence, doubtful, marked", [(0.6, 0.6, False), (0.59, 0.6, True)])
def test_a_word_is_doubtful_below_the_limit_only(confidence, doubtful, marked):
    word = next(_page(confidence=confidence).lines).words[0]
    assert drawing._is_doubtful(word, doubtful) is marked


@pytest.mark.parametrize("degrees, level", [(0.45, True), (0.55, False)])
def test_pages_that_hardly_lean_are_set_level(degrees, level):
    page = _lines([(50, 100, 550, 140)] * 3, lean=np.tan(np.radians(degrees)))
    bands = drawing._bands(list(page.lines), (400, 600), drawing._Drawing(Transform.from_array(np.eye(3)), 1))
    assert all((band.angle == 0) == level for band in bands)
