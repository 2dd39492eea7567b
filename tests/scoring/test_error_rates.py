"""Error rates: what counts as an edit, and the bootstrap over pages."""
import math

import numpy as np
import pytest

from ocr.scoring.error_rates import TextPair, bootstrap_interval, score_texts


def rates(*pairs, **settings):
    return score_texts([TextPair(*pair) for pair in pairs], **settings)


def test_micro_average_counts_by_length():
    found = rates(("abcd", "abcx", "p1"), ("abcdefgh", "abcdefgh", "p2"))
    assert found.cer == pytest.approx(1 / 12) and found.wer == pytest.approx(1 / 2)
    assert (found.lines, found.pages, found.characters, found.words) == (2, 2, 12, 2)


def test_normalisation():
    assert rates(("été à\n Paris", "e\u0301te\u0301 à Paris ", "p")).cer == 0
    assert rates(("Paris", "paris", "p")).cer == pytest.approx(1 / 5)
    assert rates(("a b", "ab", "p")).character_edits == 1
    assert rates(("« a »", "\" a \"", "p")).character_edits == 2


def test_missing_and_surplus_lines_count():
    found = rates(("abc de", "", "p"), ("", "xy z", "p"), ("ok", "ok", "p"), ("", "", "p"))
    assert found.character_edits == 6 + 4 and found.word_edits == 2 + 2
    assert found.cer == pytest.approx(10 / 8)
    assert (found.lines, found.missing, found.surplus) == (2, 1, 1)


def test_only_surplus_is_not_perfect():
    assert rates(("", "abc", "p")).cer == 3
    assert rates().cer == 0 and rates().interval == (0.0, 0.0)


def test_interval_resamples_pages_not_lines():
    rng = np.random.default_rng(5)
    same = [("a" * 10, "b" * int(k) + "a" * (10 - int(k)), str(k)) for k in rng.integers(0, 5, 200)]
    by_page = score_texts([TextPair(r, h, g) for r, h, g in same])
    by_line = score_texts([TextPair(r, h, str(n)) for n, (r, h, _) in enumerate(same)])
    assert by_page.cer == by_line.cer
    assert np.diff(by_page.interval)[0] > 3 * np.diff(by_line.interval)[0]
    low, high = by_line.interval
    assert low < by_line.cer < high


def test_interval_is_that_of_the_normal_law_for_many_pages():
    errors = np.random.default_rng(0).integers(0, 2, 2000)
    low, high = bootstrap_interval(errors, np.ones(2000))
    half = 1.96 * math.sqrt(errors.mean() * (1 - errors.mean()) / 2000)
    assert high - low == pytest.approx(2 * half, rel=0.1)
    assert bootstrap_interval(errors, np.ones(2000)) == (low, high)
    assert bootstrap_interval(errors, np.ones(2000), seed=1) != (low, high)


def test_one_page_has_an_interval_of_no_width():
    found = rates(("abcd", "abxx", "p"), ("abcd", "abcd", "p"))
    assert found.interval == (found.cer, found.cer) == (0.25, 0.25)


def test_as_dict_is_plain():
    import json

    plain = json.loads(json.dumps(rates(("abcd", "abcx", "p")).as_dict()))
    assert plain["cer"] == 0.25 and plain["wer"] == 1 and plain["lines"] == 1 and plain["interval"] == [0.25, 0.25]
    assert "CER 25.00%" in str(rates(("abcd", "abcx", "p")))
