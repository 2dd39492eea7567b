"""Scores of lines and words: like is compared with like, and incomplete ground truth does not count."""
from __future__ import annotations

from dataclasses import replace

import pytest

from ocr.lines.scoring import PageResult, find_on_pages, score_results
from ocr.lines.ground_truth import GroundTruthLines
from ocr.page.geometry import Polygon, Transform


@pytest.fixture
def true_page(bar_page):
    page, pixels = bar_page
    return GroundTruthLines(page, pixels, "bars", "page")


def test_what_a_perfect_network_finds_scores_1(true_page, bars_detector):
    scores = score_results(find_on_pages([true_page], bars_detector)).as_dict()
    assert scores["line_f1"] == scores["word_f1"] == scores["line_ap75"] == 1.0
    assert scores["lines"] == 3 and scores["words"] == 10 and scores["pages"] == 1


def test_missed_and_surplus_lines_count(true_page):
    lines = true_page.page.regions[0].lines
    found = tuple(replace(line, confidence=0.9) for line in (lines[0], replace(lines[0], words=()), lines[2]))
    found = tuple(replace(line, words=tuple(replace(word, confidence=0.5) for word in line.words)) for line in found)
    scores = score_results([PageResult(true_page, found)])
    assert scores.lines[0].precision == scores.lines[0].recall == pytest.approx(2 / 3)
    assert scores.words[0].precision == 1 and scores.words[0].recall == pytest.approx(6 / 10)


def test_upright_ground_truth_is_compared_with_the_upright_box_of_a_slanted_line(true_page):
    line = true_page.page.regions[0].lines[0]
    box = line.polygon.box
    leaning = Polygon(((box.left, box.top + 14), (box.right, box.top), (box.right, box.bottom - 14), (box.left, box.bottom)))
    only = replace(true_page.page, regions=(replace(true_page.page.regions[0], lines=(line,)),))
    result = PageResult(replace(true_page, page=only), (replace(line, polygon=leaning, words=(), confidence=0.9),))
    assert score_results([result]).lines[1].f1 == 1.0


def test_words_of_a_line_with_incomplete_ground_truth_do_not_count(true_page):
    region = true_page.page.regions[0]
    lines = [replace(line, words=tuple(replace(word, confidence=0.9) for word in line.words), confidence=0.9)
             for line in region.lines]
    incomplete = [replace(lines[0], words=lines[0].words[:1]), *lines[1:]]
    ground_truth = replace(true_page, page=replace(true_page.page, regions=(replace(region, lines=tuple(incomplete)),)))
    words = score_results([PageResult(ground_truth, tuple(lines))]).words[0]
    assert words.ground_truth == words.found == words.matched == 6


def test_the_report_is_a_table(true_page, bars_detector):
    lines = str(score_results(find_on_pages([true_page], bars_detector))).splitlines()
    assert len(lines) == 6 and lines[2].startswith("lines") and "100.0 %" in lines[2]


def test_on_a_slanted_page_incomplete_ground_truth_takes_no_neighbours_along(true_page):
    region = true_page.page.regions[0]
    shear = Transform((1, 0, 0, 0.5, 1, 0, 0, 0, 1))
    lines = [replace(line, polygon=shear.polygon(line.polygon), confidence=0.9,
                     words=tuple(replace(word, polygon=shear.polygon(word.polygon), confidence=0.9) for word in line.words))
             for line in region.lines]
    incomplete = [replace(lines[0], words=lines[0].words[:1]), *lines[1:]]
    ground_truth = replace(true_page, page=replace(true_page.page, regions=(replace(region, lines=tuple(incomplete)),)))
    words = score_results([PageResult(ground_truth, tuple(lines))]).words[0]
    assert words.ground_truth == words.found == words.matched == 6
