"""Right-to-left writing in the order in which it stands on paper."""
from __future__ import annotations

import pytest

from ocr.formats.pdf.visual_order import is_right_to_left, letters_on_paper, words_on_paper


@pytest.mark.parametrize("text, expected", [
    ("שלום", True), ("مرحبا", True), ("hello", False), ("12 - 34", False), ("", False), ("שa", False), ("שלa", True), ("אב ab c", False)])
def test_most_letters_give_the_direction(text, expected):
    assert is_right_to_left(text) == expected


@pytest.mark.parametrize("text, on_paper", [
    ("one two three", "one two three"), ("1 2 - 3", "1 2 - 3"), ("", ""),
    ("אא בב גג", "גג בב אא"),
    ("אאאא one two בבבב", "בבבב one two אאאא"), ("אא one 2 three בבב גגגגג", "גגגגג בבב one 2 three אא"),
    ("אא 12 34 בב", "בב 34 12 אא"), ("12 אא", "אא 12"),
    ("one אא בב two", "one בב אא two"), ("one אא 12 two", "one 12 אא two")])
def test_words(text, on_paper):
    words = text.split()
    assert [words[index] for index in words_on_paper(words)] == on_paper.split()


@pytest.mark.parametrize("word, on_paper", [
    ("word,", "word,"), ("1948", "1948"), ("שלום", "םולש"), ("שלום,", ",םולש"), ("ב1948", "1948ב"), ("ב-1948,", "-1948,ב"),
    ("ש״ח", "ח״ש"), ("שָׁל", "ל" + "שָׁ"[::-1])])
def test_letters(word, on_paper):
    assert letters_on_paper(word) == on_paper


def test_long_words_take_linear_time():
    assert letters_on_paper("ש" + "." * 300_000) == "." * 300_000 + "ש"
