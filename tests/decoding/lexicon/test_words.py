"""A lexicon: which words it knows, and its candidates against the weighted edit distance to every word."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.decoding.lexicon.edit_costs import EditCosts
from ocr.decoding.lexicon.words import Lexicon, WordList

LETTERS = "abcdefgh"


def synthetic(count, seed=0):
    generator = np.random.default_rng(seed)
    words = {"".join(generator.choice(list(LETTERS), generator.integers(2, 8))) for _ in range(count)}
    return {word: float(generator.integers(1, 1000)) for word in sorted(words)}


def lexicon(counts):
    return Lexicon(WordList.from_counts(counts), EditCosts.plain(LETTERS))


def test_probabilities_are_shares_in_any_case_and_minus_infinity_for_the_unknown():
    found = lexicon({"bad": 3.0, "Cab": 1.0}).log_probs(["bad", "BAD", "cab", "bed", ""])
    assert np.exp(found).tolist() == pytest.approx([0.75, 0.75, 0.25, 0.0, 0.0])
    assert lexicon({"bad": 1.0}).log_probs([]).shape == (0,)
    assert lexicon({}).log_probs(["bad"]).tolist() == [-np.inf]


def test_words_are_in_the_order_of_their_lower_case():
    words = WordList.from_counts({"b": 1.0, "C": 1.0, "a": 1.0, "É": 1.0, "c": 1.0})
    assert words.words.tolist() == ["a", "b", "C", "c", "É"] and words.keys.tolist() == ["a", "b", "c", "c", "é"]


def test_candidates_are_the_best_by_cost_and_probability():
    pytest.importorskip("hnswlib")
    counts = synthetic(400)
    searched, words = lexicon(counts), sorted(counts)
    for read in ("abcdefg", "hgfe", "ccab"):
        expected = sorted(words, key=lambda word: (
            float(searched.costs.distances([read], [word])[0]) - 0.5 * np.log(counts[word] / sum(counts.values()))))
        (found,) = searched.find([read], len(words), 5, 0.5)
        assert [candidate.word for candidate in found] == expected[:5]
        assert found[0].log_prob == pytest.approx(np.log(counts[found[0].word] / sum(counts.values())), rel=1e-5)


def test_a_word_of_the_lexicon_finds_itself_as_it_is_written():
    pytest.importorskip("hnswlib")
    counts = {**synthetic(300), "Bach": 1.0}
    (found, *rest) = lexicon(counts).find(["BACH", "a" * 90, ""], 20, 3, 0.0)
    assert (found[0].word, found[0].cost) == ("Bach", 0.0) and [len(some) for some in rest] == [3, 3]
    assert lexicon(counts).find([], 20, 3, 0.0) == [] and lexicon({}).find(["bach"], 20, 3, 0.0) == [()]
