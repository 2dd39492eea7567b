"""Kinds of lines by their transcripts."""
import pytest

from ocr.scoring.line_kinds import LINE_KINDS


@pytest.mark.parametrize("text, numbers", [
    ("when only 20 per cent of them", True), ("c = 1 343,3 pm et Z = 6.", True), ("at 9 o'clock", False), ("4 of 9", True),
    ("they came in twos", False), ("7 of the others", False), ("the 1st of 9", True), ("", False)])
def test_numbers_have_two_digits_or_make_a_tenth_of_the_line(text, numbers):
    assert LINE_KINDS["numbers"](text) is numbers


@pytest.mark.parametrize("text, names", [
    ("with James Maxwell making", True), ("l'archipel d'Orléans", True), ("the Élysée", True), ("in May, Anna", True),
    ("Anna came", False), ("he came. Then he", False), ("\"Yes,\" He said \"No\"", False), ("is it? Perhaps", False),
    ("and I went", False), ("and I'm here", False), ("the USA", False), ("so - Perhaps", False), ("(Perhaps) not", False),
    ("in 1982 London", True), ("don't go", False), ("", False)])
def test_names_have_a_capital_where_no_sentence_begins(text, names):
    assert LINE_KINDS["names"](text) is names


def test_all_takes_every_line():
    assert all(LINE_KINDS["all"](text) for text in ("", "a", "12"))
