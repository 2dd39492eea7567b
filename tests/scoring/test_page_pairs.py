"""Pairing the lines of a page: by position, with nothing left out."""
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, Reading, Region
from ocr.scoring.error_rates import score_texts
from ocr.scoring.page_pairs import line_pairs, page_pair


def page(*lines):
    made = tuple(Line(f"l{n}", Polygon.from_box(Box(0, 100 * place, 500, 100 * place + 50)), readings=(Reading(text),))
                 for n, (place, text) in enumerate(lines))
    return Page("p.png", (1000, 1000), (Region("r", Polygon.from_box(Box(0, 0, 1000, 1000)), made),))


def test_lines_are_paired_by_position():
    ground_truth, found = page((0, "first"), (1, "second"), (2, "third")), page((2, "Third"), (0, "first"), (5, "ghost"))
    pairs = {(pair.reference, pair.hypothesis) for pair in line_pairs(ground_truth, found, "p")}
    assert pairs == {("first", "first"), ("second", ""), ("third", "Third"), ("", "ghost")}
    rates = score_texts(line_pairs(ground_truth, found, "p"))
    assert rates.character_edits == 6 + 1 + 5 and (rates.missing, rates.surplus) == (1, 1)


def test_lines_without_text_are_no_lines():
    pairs = line_pairs(page((0, "a"), (1, "  ")), page((0, "a"), (1, ""), (3, " ")), "p")
    assert [(pair.reference, pair.hypothesis) for pair in pairs] == [("a", "a")]


def test_whole_page_counts_line_breaks_as_spaces():
    ground_truth, found = page((0, "one two"), (1, "three")), page((0, "one"), (1, "two three"))
    assert score_texts([page_pair(ground_truth, found, "p")]).cer == 0
