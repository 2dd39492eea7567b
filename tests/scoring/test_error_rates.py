"""Error rates: what counts as an edit, and the bootstrap over pages."""
import math

import numpy as np
import pytest

from ocr.scoring.error_rates import TextPair, bootstrap_interval, paired_differences, score_texts


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


def test_interval_is_that_of_the_normal_distribution_for_many_pages():
    errors = np.random.default_rng(0).integers(0, 2, 2000)
    low, high = bootstrap_interval(errors, np.ones(2000))
    half = 1.96 * math.sqrt(errors.mean() * (1 - errors.mean()) / 2000)
    assert high - low == pytest.approx(2 * half, rel=0.1)
    assert bootstrap_interval(errors, np.ones(2000)) == (low, high)
    assert bootstrap_interval(errors, np.ones(2000), seed=1) != (low, high)


def test_one_page_has_an_interval_of_no_width():
    found = rates(("abcd", "abxx", "p"), ("abcd", "abcd", "p"))
    assert found.interval == (found.cer, found.cer) == (0.25, 0.25)


def test_the_old_protocol_drops_spaces_folds_case_and_averages_lines():
    found = rates(("The Cat", "thecat", "p"), ("a b", "a x", "p"), ("ÉTÉ STRASSE", "e\u0301te\u0301 straße", "q"))
    assert found.old_protocol_cer == pytest.approx((0 + 1 / 2 + 0) / 3) and found.cer > 0.3
    assert rates(("abcd", "", "p"), ("", "surplus", "p"), ("", "", "p"), ("ab", "ab", "q")).old_protocol_cer == 2 / 3
    assert rates().old_protocol_cer == rates(("", " ", "p")).old_protocol_cer == 0
    assert "spaces dropped" in found.as_dict()["old_protocol"]["normalisation"]
    assert found.as_dict()["old_protocol"]["cer"] == found.old_protocol_cer


def test_as_dict_is_plain():
    import json

    plain = json.loads(json.dumps(rates(("abcd", "abcx", "p")).as_dict()))
    assert plain["cer"] == 0.25 and plain["wer"] == 1 and plain["lines"] == 1 and plain["interval"] == [0.25, 0.25]
    assert "CER 25.00%" in str(rates(("abcd", "abcx", "p")))


def distance(one, other):
    """Edits between two sequences, by the textbook algorithm."""
    row = list(range(len(other) + 1))
    for count, left in enumerate(one, 1):
        before, row = row, [count]
        for place, right in enumerate(other, 1):
            row.append(min(row[-1] + 1, before[place] + 1, before[place - 1] + (left != right)))
    return row[-1]


def random_readings(rng, lines=40, pages=7):
    """Texts of a few words on some pages, in no order, and the output of two systems for each, with errors."""
    def text():
        return " ".join("".join(rng.choice(list("abc"), rng.integers(1, 5))) for _ in range(rng.integers(1, 5)))

    def reading(text, share):
        return "".join(c if rng.random() > share else rng.choice(["", "x", c + " "]) for c in text)
    rows = [(text(), str(rng.integers(pages))) for _ in range(lines)]
    return [[TextPair(line, reading(line, share), page) for line, page in rows] for share in (0.3, 0.1)]


def test_paired_differences_are_those_of_pages_resampled_for_both_systems_at_once():
    first, second = random_readings(np.random.default_rng(3))
    pages, resamples, seed = list(dict.fromkeys(pair.group for pair in first)), 150, 11
    times = np.random.default_rng(seed).multinomial(len(pages), np.full(len(pages), 1 / len(pages)), size=resamples)
    gains = {list: [], str.split: []}                                           # characters, words
    for drawn in times:
        for units, found in gains.items():
            edits, length = [0, 0], 0
            for one, other in zip(first, second):
                weight, ground_truth = drawn[pages.index(one.group)], units(one.reference)
                length += weight * len(ground_truth)
                for number, pair in enumerate((one, other)):
                    edits[number] += weight * distance(ground_truth, units(" ".join(pair.hypothesis.split())))
            found.append(edits[0] / length - edits[1] / length)
    expected = [np.percentile(found, [2.5, 97.5]) for found in gains.values()]
    assert np.allclose(paired_differences(first, second, resamples, seed), expected, rtol=0, atol=1e-12)
    assert expected[0][0] > 0 and expected[1][0] > 0                            # the second has fewer errors
    turned = paired_differences(second, first, resamples, seed)
    assert np.allclose(turned, [-bounds[::-1] for bounds in expected], rtol=0, atol=1e-12)


def test_equal_systems_do_not_differ_and_paired_intervals_are_narrower():
    first, second = random_readings(np.random.default_rng(8))
    assert paired_differences(first, first) == ((0, 0), (0, 0))
    assert paired_differences([], []) == ((0, 0), (0, 0))
    one_better = [TextPair(pair.reference, pair.reference if number == 0 else pair.hypothesis, pair.group)
                  for number, pair in enumerate(first)]
    (low, high), _ = paired_differences(first, one_better)
    assert low >= 0 and high - low < np.diff(score_texts(first).interval)[0] / 3


def test_on_one_page_the_difference_is_that_of_the_rates():
    first, second = ([TextPair("abcd efgh", reading, "p"), TextPair("ij", "ij", "p")] for reading in ("abxx", "abcd efgx"))
    assert paired_differences(first, second) == ((pytest.approx(6 / 11),) * 2, (pytest.approx(1 / 3),) * 2)
