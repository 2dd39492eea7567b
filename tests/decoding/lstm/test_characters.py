"""Characters of a language network, and the likelihood of lines against a sum worked out place by place."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.decoding.lstm.characters import Characters, log_probabilities

ABC = Characters(" abc")


def echo(tokens):
    """A network that finds the character before each place likeliest, more so further on; it knows five characters."""
    places = np.arange(1, tokens.shape[1] + 1)[None, :, None]
    return (places * np.eye(5, dtype=np.float32)[tokens.astype(int)],)


def by_hand(text):
    total, before = 0.0, 0
    for place, number in enumerate(ABC.encode(text), 1):
        scores = np.zeros(5)
        scores[before] = place
        total += scores[number] - np.log(np.exp(scores).sum())
        before = number
    return total


def test_lines_of_any_length_are_scored_as_if_each_were_alone():
    texts = ["abba", "", "c", "a cab aaaa", "bbbb"]
    assert log_probabilities(echo, ABC, texts) == pytest.approx([by_hand(text) for text in texts], rel=1e-5)
    assert log_probabilities(echo, ABC, []).shape == (0,) and log_probabilities(echo, ABC, ["", ""]).tolist() == [0, 0]


def test_characters_are_counted_and_rare_ones_are_one_unknown():
    known = Characters.of(["aab", "abb", "ä€"], min_count=2)
    assert known.known == " ab" and known.size == 4
    assert known.encode("ba€ ä").tolist() == [2, 1, 3, 0, 3]


def test_the_space_is_known_though_nothing_has_one():
    assert Characters.of(["aaa"], min_count=3).known == " a" and Characters.of([], min_count=1).known == " "
