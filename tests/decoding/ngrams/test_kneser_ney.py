"""Kneser-Ney estimates: an example by hand, a plain implementation over dictionaries, and sums of probabilities."""
from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest

from ocr.decoding.ngrams.kneser_ney import estimate
from ocr.decoding.ngrams.counts import bits_of


class Plain:
    """Interpolated modified Kneser-Ney smoothing as Chen and Goodman write it, one n-gram at a time."""

    def __init__(self, tokens, size, order, min_counts=()):
        self.size = size
        min_counts = [*min_counts, *[1] * order]
        counts = Counter(tuple(tokens[at:at + order]) for at in range(len(tokens) - order + 1))
        self.counts, self.kept = {order: counts}, {order: {gram for gram in counts if counts[gram] >= min_counts[order - 1]}}
        for length in range(order - 1, 0, -1):
            counts = Counter(gram[1:] for gram in counts)
            contexts = {gram[:-1] for gram in self.kept[length + 1]}
            for context in contexts:
                counts.setdefault(context, 1)
            self.counts[length] = counts
            self.kept[length] = contexts | {gram for gram in counts if counts[gram] >= min_counts[length - 1]}

    def discount(self, length, count):
        seen = Counter(self.counts[length].values())
        n1, n2, n3, n4 = (seen[times] or 1 for times in (1, 2, 3, 4))
        y = n1 / (n1 + 2 * n2)
        found = {1: 1 - 2 * y * n2 / n1, 2: 2 - 3 * y * n3 / n2, 3: 3 - 4 * y * n4 / n3}
        if any(not 0 < discount <= times for times, discount in found.items()):
            found = {1: 0.5, 2: 1.0, 3: 1.5}
        return found[min(count, 3)]

    def probability(self, context, token):
        shorter = self.probability(context[1:], token) if context else 1 / self.size
        length = len(context) + 1
        followers = {gram: count for gram, count in self.counts[length].items() if gram[:-1] == context}
        if not followers:
            return shorter
        left = {gram: (count - self.discount(length, count)) / sum(followers.values())
                for gram, count in followers.items() if gram in self.kept[length]}
        return left.get((*context, token), 0) + (1 - sum(left.values())) * shorter


def pack(tokens, bits):
    key = 0
    for token in tokens:
        key = key << bits | token
    return key


def probabilities(model, context):
    context = context[max(len(context) - len(model.grams) + 1, 0):]
    return np.exp([model.score(pack(context, model.bits), len(context), token) for token in range(model.size)])


def zipfian(size, length, seed):
    """Draw a text of tokens of which few are frequent and some stand only at the beginning, or nowhere."""
    rng = np.random.default_rng(seed)
    shares = 1 / np.arange(1, size - 1)
    return [size - 2, *rng.choice(size - 2, size=length - 1, p=shares / shares.sum()).tolist()]


def test_an_example_by_hand():
    """Discounts of bigrams: 0.4, 1.6; of characters, too few to tell by: 0.5 of b, c, d, r, and 1.5 of a."""
    model = estimate(np.array(["abcdr".index(character) for character in "abracadabra"]), 5, 2)
    a, b, c, d, r = range(5)
    often, once = 1.5 / 7 + 0.5 / 5, 0.5 / 7 + 0.5 / 5
    assert probabilities(model, ()) == pytest.approx([often, once, once, once, once], rel=1e-5)
    assert probabilities(model, (a,))[[a, b, c, d, r]] == pytest.approx(
        [0.6 * often, 0.1 + 0.6 * once, 0.15 + 0.6 * once, 0.15 + 0.6 * once, 0.6 * once], rel=1e-5)
    assert probabilities(model, (r,))[[a, b]] == pytest.approx([0.2 + 0.8 * often, 0.8 * once], rel=1e-5)


@pytest.mark.parametrize("order, min_counts", [(1, ()), (2, ()), (3, ()), (4, ()), (2, (1, 2)), (3, (1, 2, 3)), (3, (2, 2)),
                                          (3, (1, 1, 2)), (4, (1, 2, 2, 2))])
@pytest.mark.parametrize("size, length", [(4, 60), (6, 200)])
def test_every_context_equals_a_plain_implementation(size, length, order, min_counts):
    tokens = zipfian(size, length, order)
    model, plain = estimate(np.array(tokens), size, order, min_counts), Plain(tokens, size, order, min_counts)
    asked = [context for known in range(order) for context in itertools.product(range(size), repeat=known)]
    for index in np.random.default_rng(0).choice(len(asked), min(len(asked), 12), replace=False):
        assert probabilities(model, asked[index]) == pytest.approx(
            [plain.probability(asked[index], token) for token in range(size)], rel=1e-4), asked[index]
    assert [grams.keys.tolist() for grams in model.grams] == [
        sorted(pack(gram, model.bits) for gram in plain.kept[known]) for known in range(1, order + 1) if plain.kept[known]]


@pytest.mark.parametrize("order, min_counts", [(1, ()), (3, ()), (3, (1, 2, 2)), (3, (3, 3, 3)), (4, (1, 1, 3, 2))])
def test_every_context_sums_to_one(order, min_counts):
    size = 5
    model = estimate(np.array(zipfian(size, 150, order)), size, order, min_counts)
    for known in range(order):
        for context in itertools.product(range(size), repeat=known):
            found = probabilities(model, context)
            assert found.sum() == pytest.approx(1.0, abs=1e-4) and found.min() > 0, context


def test_what_a_text_begins_with_is_known_where_longer_ones_build_on_it():
    model = estimate(np.array([2, 0, 1, 0, 1, 1, 0, 0, 1]), 3, 3)
    assert pack((2, 0), 2) in model.grams[1].keys.tolist() and 2 in model.grams[0].keys.tolist()
    assert probabilities(model, (2, 0))[1] > probabilities(model, (0,))[1]


def test_pruning_makes_a_model_smaller_and_keeps_what_is_frequent():
    tokens = np.array(zipfian(6, 300, 1))
    whole, pruned = estimate(tokens, 6, 3), estimate(tokens, 6, 3, (1, 1, 4))
    assert 0 < len(pruned.grams[2].keys) < len(whole.grams[2].keys)
    assert np.isin(pruned.grams[2].keys, whole.grams[2].keys).all()
    frequent, _ = Counter(zip(tokens.tolist(), tokens[1:].tolist(), tokens[2:].tolist())).most_common(1)[0]
    assert pack(frequent, whole.bits) in pruned.grams[2].keys.tolist()


def test_keys_of_all_64_bits():
    size, order = 256, 8
    tokens = [255 - token for token in zipfian(4, 60, 3)]
    model, plain = estimate(np.array(tokens), size, order), Plain(tokens, size, order)
    assert bits_of(size) * order == 64 and pack((255,) * 8, 8) == 2 ** 64 - 1
    for context in [(255,) * 7, *(tuple(tokens[at:at + 7]) for at in (0, 20, 40))]:
        found = probabilities(model, context)
        assert found.sum() == pytest.approx(1.0, abs=1e-4)
        assert found[[0, 253, 254, 255]] == pytest.approx(
            [plain.probability(context, token) for token in (0, 253, 254, 255)], rel=1e-4)


@pytest.mark.parametrize("size, order, most", [(256, 9, 8), (257, 8, 7), (2, 65, 64)])
def test_ngrams_of_more_than_64_bits_are_refused(size, order, most):
    with pytest.raises(ValueError, match=f"64 bits.*at most {most}"):
        estimate(np.zeros(100, int), size, order)


def test_a_text_that_is_too_short_is_refused():
    with pytest.raises(ValueError, match="2 tokens.*of 3"):
        estimate(np.array([0, 1]), 2, 3)
    assert probabilities(estimate(np.array([0, 1, 0]), 2, 3), (0, 1)).sum() == pytest.approx(1.0, abs=1e-5)
