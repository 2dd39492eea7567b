"""Word vectors: look-alikes lie close, and how many words are asked for at once changes nothing."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.decoding.lexicon.edit_costs import learn_costs
from ocr.decoding.lexicon.vectors import SIZE, WordVectors

LETTERS = "abcdefghijklmnopqrstuvwxyz"
CONFUSED = [("tventy", "twenty"), ("vent", "went"), ("vas", "was")] * 10 + [("the quick brown fox",) * 2] * 30


@pytest.fixture(scope="module")
def vectors():
    return WordVectors(learn_costs(CONFUSED, LETTERS, smoothing=2.0))


def distance(vectors, one, other):
    found = vectors([one, other])
    return float(np.linalg.norm(found[0] - found[1]))


def test_shape_type_and_nothing_for_nothing(vectors):
    found = vectors(["a", "", "house"])
    assert found.shape == (3, SIZE) and found.dtype == np.float32 and not found[1].any() and found[[0, 2]].any(axis=1).all()
    assert vectors([]).shape == (0, SIZE)


def test_characters_that_are_misread_for_each_other_lie_closer(vectors):
    assert distance(vectors, "tventy", "twenty") < 0.9 * distance(vectors, "tkenty", "twenty")


def test_the_more_edits_the_farther(vectors):
    words = ("handwriting", "handwriling", "hamdwriling", "bamdwniling", "zebra")
    far = [distance(vectors, "handwriting", word) for word in words]
    assert far[0] == 0 and far == sorted(far)


def test_where_characters_stand_counts(vectors):
    assert distance(vectors, "listen", "silent") > distance(vectors, "listen", "lister")


def test_words_have_the_same_vectors_alone_and_among_many(vectors):
    words = ["".join(np.random.default_rng(seed).choice(list(LETTERS), 1 + seed % 9)) for seed in range(40)]
    assert np.array_equal(vectors(words * 130)[-40:], np.concatenate([vectors([word]) for word in words]))


def test_unknown_characters_count_as_one_kind(vectors):
    assert distance(vectors, "łodz", "ʃodz") == 0 < distance(vectors, "łodz", "lodz")
