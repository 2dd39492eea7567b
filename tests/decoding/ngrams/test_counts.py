"""Back-off n-gram models: a hand-built one, random ones against a plain recursion, and one question against many."""
from __future__ import annotations

import itertools
from math import log

import numpy as np
import pytest

from ocr.decoding.ngrams.counts import Grams, Ngrams, bits_of, position


def pack(tokens, bits):
    key = 0
    for token in tokens:
        key = key << bits | token
    return key


def grams_of(entries, bits):
    """Grams of {n-gram: (log probability, log back-off weight)}."""
    found = sorted(entries)
    return Grams(np.array([pack(gram, bits) for gram in found], np.uint64),
                 np.array([entries[gram][0] for gram in found], np.float32),
                 np.array([entries[gram][1] for gram in found], np.float32))


def back_off(tables, weight, size, context, token):
    """Log probability by Katz's recursion, over one {n-gram: (log probability, weight)} per length."""
    gram = (*context, token)
    if gram in tables[len(context)]:
        return tables[len(context)][gram][0]
    if not context:
        return weight - log(size)
    return tables[len(context) - 1].get(context, (0, 0))[1] + back_off(tables, weight, size, context[1:], token)


def random_tables(size, order, rng, share=0.4):
    """Random logarithms for a random choice of n-grams."""
    return [{gram: (-rng.exponential(), -rng.exponential())
             for gram in itertools.product(range(size), repeat=length) if rng.random() < share}
            for length in range(1, order + 1)]


def test_backing_off_by_hand():
    unigrams = {(0,): (log(0.5), log(0.4)), (1,): (log(0.3), 0.0)}
    bigrams = {(0, 1): (log(0.7), log(0.6))}
    trigrams = {(1, 0, 1): (log(0.9), 0.0)}
    model = Ngrams(3, tuple(grams_of(table, 2) for table in (unigrams, bigrams, trigrams)), log(0.2))
    for context, token, probability in (
            ((), 0, 0.5), ((), 2, 0.2 / 3),
            ((0,), 1, 0.7), ((0,), 0, 0.4 * 0.5), ((0,), 2, 0.4 * 0.2 / 3),
            ((1,), 1, 0.3), ((2,), 0, 0.5), ((2,), 2, 0.2 / 3),
            ((1, 0), 1, 0.9), ((1, 0), 0, 0.4 * 0.5), ((0, 0), 1, 0.7),
            ((0, 1), 0, 0.6 * 0.5), ((0, 1), 2, 0.6 * 0.2 / 3), ((2, 2), 1, 0.3)):
        found = np.exp(model.score(pack(context, 2), len(context), token))
        assert found == pytest.approx(probability, rel=1e-6), (context, token)


@pytest.mark.parametrize("size, order", [(2, 4), (3, 3), (5, 3)])
def test_one_and_many_equal_a_plain_recursion(size, order):
    bits = bits_of(size)
    for seed in range(3):
        rng = np.random.default_rng(seed)
        tables = random_tables(size, order, rng)
        weight = -rng.exponential()
        model = Ngrams(size, tuple(grams_of(table, bits) for table in tables), weight)
        for length in range(1, order + 1):
            asked = list(itertools.product(range(size), repeat=length))
            expected = [back_off(tables, weight, size, gram[:-1], gram[-1]) for gram in asked]
            assert model.scores(np.array([pack(gram, bits) for gram in asked], np.uint64), length) \
                == pytest.approx(expected, abs=1e-5)
            assert [model.score(pack(gram[:-1], bits), length - 1, gram[-1]) for gram in asked] \
                == pytest.approx(expected, abs=1e-5)


def test_tokens_before_the_longest_context_change_nothing():
    tables = random_tables(3, 2, np.random.default_rng(5))
    model = Ngrams(3, tuple(grams_of(table, 2) for table in tables), -0.3)
    for gram in itertools.product(range(3), repeat=4):
        long, short = (model.scores(np.array([pack(gram[-length:], 2)], np.uint64), length) for length in (4, 2))
        assert long == pytest.approx(short, abs=1e-12)


def test_without_a_token_or_without_a_model_all_are_equally_likely():
    tables = random_tables(5, 2, np.random.default_rng(1))
    model = Ngrams(5, tuple(grams_of(table, 3) for table in tables), -0.3)
    assert model.scores(np.zeros(2, np.uint64), 0) == pytest.approx([-log(5)] * 2)
    assert Ngrams(5, ()).scores(np.arange(5, dtype=np.uint64), 1) == pytest.approx([-log(5)] * 5)
    assert model.scores(np.zeros(0, np.uint64), 2).shape == (0,)


def test_longer_ngrams_give_their_contexts_back_off_weights():
    model = Ngrams(3, ()).lengthened(grams_of({(0,): (-1.0, 0.0), (2,): (-2.0, 0.0)}, 2), np.zeros(1, np.uint64),
                                     np.array([-0.5]))
    model = model.lengthened(grams_of({(2, 0): (-0.25, 0.0)}, 2), np.array([1, 2], np.uint64), np.array([-4.0, -3.0]))
    assert model.weight == -0.5
    assert model.score(2, 1, 0) == pytest.approx(-0.25)
    assert model.score(2, 1, 2) == pytest.approx(-3.0 - 2.0)
    assert model.score(1, 1, 2) == pytest.approx(-2.0)                          # 1 is no n-gram that could bear a weight
    assert model.score(0, 1, 1) == pytest.approx(-0.5 - log(3))


@pytest.mark.parametrize("size, bits", [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (256, 8), (257, 9)])
def test_bits_hold_every_token_and_no_more(size, bits):
    assert bits_of(size) == bits == Ngrams(size, ()).bits


def test_positions_among_sorted_keys():
    keys = np.array([2, 5, 9], np.uint64)
    at, found = position(keys, np.array([9, 1, 5, 10, 2], np.uint64))
    assert found.tolist() == [True, False, True, False, True]
    assert at[found].tolist() == [2, 1, 0]
    assert not position(keys[:0], keys)[1].any()
