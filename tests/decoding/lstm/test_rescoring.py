"""A language network's likelihood of many texts: each as if it were asked alone, in batches of bounded size."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.decoding.lstm import rescoring
from ocr.decoding.lstm.rescoring import Rescorer
from ocr.decoding.lstm.characters import Characters

ABC = Characters(" abc")
CHANCES = np.log(np.array([[0.1, 0.5, 0.2, 0.1, 0.1], [0.3, 0.1, 0.4, 0.1, 0.1], [0.2, 0.2, 0.2, 0.2, 0.2],
                           [0.6, 0.1, 0.1, 0.1, 0.1], [0.25, 0.25, 0.25, 0.2, 0.05]], np.float32))


def pairs(tokens):
    """A network that knows how often one character follows another."""
    return (CHANCES[tokens.astype(int)] + 3.0,)             # scores need not be logarithms of probabilities


def by_hand(text):
    numbers = [0, *ABC.encode(text)]
    return sum(float(CHANCES[before, after]) for before, after in zip(numbers, numbers[1:]))


def test_each_text_is_scored_as_if_alone():
    texts = ["abc", "", "c c", "a" * 50, "abcé"]
    assert Rescorer(pairs, ABC)(texts) == pytest.approx([by_hand(text) for text in texts], rel=1e-5)


def test_batches_stay_small_and_hold_texts_of_like_length(monkeypatch):
    monkeypatch.setattr(rescoring, "_PLACES", 24)
    seen = []

    def watched(tokens):
        seen.append(tokens.shape)
        return pairs(tokens)

    texts = ["a" * length for length in (3, 12, 4, 12, 30, 3)]
    assert Rescorer(watched, ABC)(texts) == pytest.approx([by_hand(text) for text in texts], rel=1e-5)
    assert seen == [(1, 30), (2, 12), (3, 4)]


def test_nothing_to_score_asks_nothing():
    assert Rescorer(None, ABC)([]).shape == (0,)
