"""A person's text in the place of what was read: words that stay keep their outlines, new ones lie between them."""
from __future__ import annotations

from dataclasses import replace

import pytest

from ocr.errors import InputError
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, Reading, Region, Word
from ocr.serving.corrections import LONGEST, correct

WORDS = ("the", "quick", "brown", "fox")


def outline(left, right, turned=False):
    return Polygon.from_box(Box(70, 400 - right, 90, 400 - left) if turned else Box(left, 10, right, 30))


def page(words=WORDS, turned=False):
    """A line in an image of 400 x 100, words of 40 pixels with 10 between them; turned, it is read from bottom to top."""
    made = tuple(Word(f"w{number}", outline(10 + 50 * number, 50 + 50 * number, turned), (Reading(text, 0.9),), 0.7)
                 for number, text in enumerate(words))
    ends = ((85, 400), (85, 0)) if turned else ((0, 25), (400, 25))
    polygon = Polygon.from_box(Box(65, 0, 95, 400) if turned else Box(0, 5, 400, 35))
    lines = (Line("l1", polygon, ends, made, (Reading(" ".join(words), 0.9), Reading("the quick brawn fox", 0.1))),
             Line("l2", polygon, ends, (), ()))
    return Page("p.jpg", (400, 100) if turned else (100, 400), (Region("r1", polygon, lines),))


def corrected(text, **given):
    return next(correct(page(**given), {"l1": text}).lines)


def spans(line, axis=0):
    return [(word.text, *sorted((round(word.polygon.array[:, axis].min()), round(word.polygon.array[:, axis].max()))))
            for word in line.words]


def test_the_new_text_is_the_best_reading_and_what_was_read_stays_behind_it():
    line = corrected("the quick brawn fox")
    assert line.readings == (Reading("the quick brawn fox"), Reading("the quick brown fox", 0.9))
    again = next(correct(replace(page(), regions=(replace(page().regions[0], lines=(line,)),)), {"l1": "a"}).lines)
    assert [reading.text for reading in again.readings] == ["a", "the quick brown fox"]      # edits do not pile up


def test_a_word_for_a_word_keeps_its_outline_and_loses_its_confidence():
    line = corrected("the quick red fox")
    assert [word.polygon for word in line.words] == [word.polygon for word in next(page().lines).words]
    assert line.words[2] == replace(next(page().lines).words[2], readings=(Reading("red"),))
    assert line.words[0] == next(page().lines).words[0]


@pytest.mark.parametrize("text, expected", [
    ("the fox", [("the", 10, 50), ("fox", 160, 200)]),
    ("the quickbrown fox", [("the", 10, 50), ("quickbrown", 60, 150), ("fox", 160, 200)]),
    ("the qu ick brown fox", [("the", 10, 50), ("qu", 60, 73), ("ick", 80, 100), ("brown", 110, 150), ("fox", 160, 200)]),
    ("the quick brown fox jumps", [*zip(WORDS, (10, 60, 110, 160), (50, 100, 150, 200)), ("jumps", 200, 400)]),
    ("See the quick brown fox", [("See", 0, 10), *zip(WORDS, (10, 60, 110, 160), (50, 100, 150, 200))]),
    ("the very quick brown fox", [("the", 10, 50), ("very", 50, 60), *zip(WORDS[1:], (60, 110, 160), (100, 150, 200))]),
    ("", [])])
def test_new_words_share_the_place_of_what_they_replace(text, expected):
    line = corrected(text)
    assert spans(line) == expected and line.text == text
    assert len({word.id for word in line.words}) == len(line.words)


def test_on_a_page_that_lies_on_its_side_words_follow_the_baseline():
    line = corrected("the qu ick brown fox", turned=True)
    assert spans(line, axis=1)[1:3] == [("qu", 327, 340), ("ick", 300, 320)]
    assert all(word.polygon.box.left >= 69 and word.polygon.box.right <= 91 for word in line.words)


def test_a_line_without_words_gets_them_along_its_outline():
    line = list(correct(page(), {"l2": "ab cdef"}).lines)[1]
    assert spans(line) == [("ab", 0, 114), ("cdef", 171, 400)]


def test_words_that_touch_leave_room_for_one_between_them_inside_the_picture():
    touching = page(words=("a",))
    whole = Word("w0", outline(0, 400), (Reading("a", 0.9),))
    line = replace(touching.regions[0].lines[0], words=(whole,))
    touching = replace(touching, regions=(replace(touching.regions[0], lines=(line,)),))
    line = next(correct(touching, {"l1": "a b"}).lines)
    box = line.words[1].polygon.box
    assert box.width > 3 and box.right <= 400 and line.words[0] == whole


def test_texts_are_brought_to_the_form_that_documents_have():
    assert corrected(" e\u0301te\u0301\u2028 and\n\x00more\ud800 ").text == "\u00e9t\u00e9 and \ufffdmore\ufffd"
    assert corrected("a & b < c > \"d\"").text == "a & b < c > \"d\""


def test_other_lines_stay_and_unknown_ones_and_endless_texts_are_refused():
    assert list(correct(page(), {"l2": "x"}).lines)[0] == next(page().lines) and correct(page(), {}) == page()
    with pytest.raises(InputError, match=r"no line with the id 'w0\\ud800'"):
        correct(page(), {"w0\ud800": "x"})
    with pytest.raises(InputError, match="2,001 characters"):
        corrected("x" * (LONGEST + 1))
    assert len(corrected("x " * (LONGEST // 2)).words) == LONGEST // 2


def test_the_longest_text_is_accepted_and_one_character_more_is_not():
    assert len(corrected("x" * LONGEST).text) == LONGEST
    with pytest.raises(InputError, match="at most"):
        corrected("x" * (LONGEST + 1))


def test_a_baseline_of_two_points_says_where_a_line_is_read_to_and_one_of_one_does_not():
    line = next(page().lines)
    upright = Polygon(((0, 35), (0, 5), (400, 5), (400, 35)))               # its first edge leads upwards
    for baseline, first in ((line.baseline, (0, 10)), ((line.baseline[0],), None)):
        changed = replace(line, polygon=upright, baseline=baseline)
        region = replace(page().regions[0], lines=(changed,))
        new = next(correct(replace(page(), regions=(region,)), {"l1": "See the quick brown fox"}).lines)
        assert (spans(new)[0][1:] == first) == (first is not None)
