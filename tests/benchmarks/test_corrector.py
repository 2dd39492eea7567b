"""The table that sets readings against those of beam search, and proposals that are remembered by line."""
from __future__ import annotations

import pytest

from ocr.scoring.error_rates import TextPair


@pytest.fixture(scope="module")
def corrector(benchmark_named):
    return benchmark_named("corrector")


def pairs(*texts):
    return [TextPair("the house", text, f"page {number}") for number, text in enumerate(texts)]


def test_readings_are_set_against_the_first(corrector):
    table = corrector.table({"lm": pairs("tha hause", "the hause"), "best": pairs("the house", "the house")}).splitlines()
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in table[2:]]
    assert [row[:3] for row in rows] == [["lm", "16.67 %", "75.00 %"], ["best", "0.00 %", "0.00 %"]]
    assert rows[0][3:] == ["0.00 to 0.00 %"] * 2
    assert rows[1][3:] == ["11.11 to 22.22 %", "50.00 to 100.00 %"]


def test_what_is_proposed_is_known_by_the_line(corrector):
    advice = corrector.Remembering(lambda read: [[text.upper()] for text in read])
    assert advice(["a", "b"]) == [["A"], ["B"]] and advice(["c"]) == [["C"]]
    assert advice.proposed == {"a": ["A"], "b": ["B"], "c": ["C"]} and advice.seconds > 0
