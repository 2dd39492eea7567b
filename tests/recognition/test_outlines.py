"""Words that were read take the detected outlines at their place."""
from __future__ import annotations

from ocr.page.geometry import Box, Polygon
from ocr.recognition.outlines import detected_outlines


def box(left, right, top=0, bottom=40):
    return Polygon.from_box(Box(left, top, right, bottom))


def test_best_matches_are_taken_whatever_their_order():
    read, detected = [box(12, 48), box(65, 95)], [box(60, 100, 8, 30), box(10, 52, 5, 33)]
    assert detected_outlines(read, detected) == [detected[1], detected[0]]


def test_words_that_were_split_or_joined_keep_their_own_outline():
    read = [box(10, 40), box(45, 80)]
    assert detected_outlines(read, [box(8, 82)]) == read
    assert detected_outlines([box(8, 82)], [box(10, 40), box(45, 60)]) == [box(8, 82)]
    assert detected_outlines(read, []) == read and detected_outlines([], read) == []


def test_a_word_is_given_away_once():
    read, detected = [box(10, 40), box(12, 44)], [box(11, 42)]
    assert sum(outline == detected[0] for outline in detected_outlines(read, detected)) == 1


def test_upright_lines_are_matched_along_their_direction():
    def tall(top, bottom):                                                   # reading downwards
        return Polygon(((40, top), (40, bottom), (0, bottom), (0, top)))

    read, detected = [tall(10, 50), tall(60, 90)], [tall(58, 92), tall(8, 52)]
    assert detected_outlines(read, detected) == detected[::-1]
