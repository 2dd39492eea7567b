"""Tables: aligned, figures to the right, cells that cannot break the layout."""
import pytest

from ocr.scoring.report import interval, markdown_table, percent, plain_table


def test_plain_table_is_aligned():
    table = plain_table(["stage", "CER", "lines"], [["été", percent(0.2034), 1234], ["lignes", percent(0.05), None]])
    assert table.split("\n") == [
        "stage      CER  lines",
        "------  ------  -----",
        "été     20.3 %  1,234",
        "lignes   5.0 %      -"]


def test_decomposed_and_wide_characters_take_their_true_width():
    first, _, *rows = plain_table(["a", "b"], [["e\u0301te\u0301", "x"], ["漢", "y"]]).split("\n")
    assert rows == ["e\u0301te\u0301  x", "漢   y"] and first == "a    b"


def test_markdown_escapes_bars_and_line_breaks():
    table = markdown_table(["text", "n"], [["a|b\nc", 3]])
    assert table.split("\n") == ["| text | n |", "|---|---:|", "| a\\|b c | 3 |"]


def test_ragged_rows_are_refused():
    with pytest.raises(ValueError, match="2 columns"):
        plain_table(["a", "b"], [["x"]])


def test_numbers():
    assert interval((0.18, 0.2271)) == "18.0 to 22.7 %"
    assert percent(1.5, 0) == "150 %"
