"""The table of words: Tesseract's columns, one row a page, region, line and word, nothing that needs quoting."""
import csv
import io

from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, Reading, Region, Word
from ocr.formats.word_table import word_table_bytes


def _box(*sides):
    return Polygon.from_box(Box(*map(float, sides)))


def _line(name, text, *words):
    found = tuple(Word(f"{name}{number}", _box(10 * number, 0, 10 * number + 8, 9), (Reading(word, confidence),))
                  for number, (word, confidence) in enumerate(words))
    return Line(name, _box(0, 0, 100, 9), (), found, (Reading(text, 0.5),) if text else ())


def _rows(*lines, pages=1):
    page = Page("a.png", (60, 200), (Region("r", _box(-1, 0, 100.4, 20), lines), Region("e", _box(0, 30, 9, 40))))
    data = word_table_bytes([page] * pages).decode("utf-8")
    return list(csv.DictReader(io.StringIO(data, newline=""), delimiter="\t", quoting=csv.QUOTE_NONE))


def test_rows_are_tesseract_s():
    rows = _rows(_line("l", "on it", ("on", 0.98765), ("it", None)))
    assert [tuple(row.values()) for row in rows] == [
        ("1", "1", "0", "0", "0", "0", "0", "0", "200", "60", "-1", ""),
        ("2", "1", "1", "0", "0", "0", "0", "0", "100", "20", "-1", ""),
        ("3", "1", "1", "1", "0", "0", "0", "0", "100", "20", "-1", ""),
        ("4", "1", "1", "1", "1", "0", "0", "0", "100", "9", "-1", ""),
        ("5", "1", "1", "1", "1", "1", "0", "0", "8", "9", "98.77", "on"),
        ("5", "1", "1", "1", "1", "2", "10", "0", "8", "9", "-1", "it"),
        ("2", "1", "2", "0", "0", "0", "0", "30", "9", "10", "-1", ""),
        ("3", "1", "2", "1", "0", "0", "0", "30", "9", "10", "-1", "")]


def test_pages_are_counted():
    rows = _rows(_line("l", "on", ("on", 1.0)), pages=2)
    assert [(row["page_num"], row["text"]) for row in rows if row["level"] == "5"] == [("1", "on"), ("2", "on")]


def test_a_line_that_says_something_else_than_its_words_is_one_row():
    rows = _rows(_line("l", "on it", ("onit", 0.9)), _line("m", "", ("", None)), _line("n", ""))
    assert [(row["line_num"], row["text"], row["width"], row["conf"]) for row in rows if row["level"] == "5"] == [
        ("1", "on it", "100", "50"), ("2", "", "8", "-1")]


def test_text_cannot_break_the_table():
    (word,) = (row for row in _rows(_line("l", '"a\tb\nc\x00', ('"a\tb\nc\x00', 1.0))) if row["level"] == "5")
    assert word["text"] == '"a b c\ufffd'
