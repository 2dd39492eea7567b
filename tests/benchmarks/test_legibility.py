"""The weights that tell pages of known scripts and languages from others: how they are fitted, and what counts as a page."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.decoding.ctc.legibility import Legibility, PageEvidence
from ocr.recognition.samples import LineSample


@pytest.fixture(scope="module")
def legibility(benchmark_named):
    return benchmark_named("legibility")


def test_one_known_page_of_a_hundred_is_warned_about_and_nearly_all_others(legibility):
    rng = np.random.default_rng(0)
    known = np.stack([rng.normal(0.95, 0.03, 1000), rng.normal(2.8, 0.5, 1000)], axis=1)
    foreign = np.stack([rng.normal(0.75, 0.05, 300), rng.normal(5.3, 0.3, 300)], axis=1)
    judge = Legibility(*legibility.fit(known, foreign))
    warned = [[judge.probability(PageEvidence(*row, 99)) < 0.5 for row in rows] for rows in (known, foreign)]
    assert np.mean(warned[0]) == pytest.approx(0.01, abs=0.002) and np.mean(warned[1]) > 0.97
    assert judge.confidence > 0 > judge.bits
    middle = judge.probability(PageEvidence(0.85, 3.6, 99))                       # no jump from sure to hopeless
    assert judge.probability(PageEvidence(0.75, 5.3, 99)) < middle < judge.probability(PageEvidence(0.95, 2.8, 99)) < 1


def test_pages_are_twelve_lines_at_most_and_three_at_least(legibility):
    image = np.zeros((48, 100), np.uint8)
    lines = [LineSample(image, "x", "p1", "iam", "w")] * 26 + [LineSample(image, "x", "p2", "iam", "w")] * 3
    assert [len(page) for page in legibility.pages_of(lines)] == [12, 12, 3]
    words = [LineSample(image, "x", f"i{number}", "lines:words", "w1") for number in range(5)]
    assert [len(page) for page in legibility.pages_of(words)] == [5]
