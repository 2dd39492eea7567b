"""Estimate n-gram models from a sequence of tokens: interpolated modified Kneser-Ney smoothing, with pruning."""
from __future__ import annotations

from dataclasses import dataclass
from typing import List, Sequence

import numpy as np

from ocr.decoding.ngrams.counts import Grams, Ngrams, bits_of, position


@dataclass(frozen=True)
class _Counts:
    """n-grams of one length: sorted keys (G,) uint64, their counts (G,) int64, and which of them are kept (G,) bool."""

    keys: np.ndarray
    counts: np.ndarray
    kept: np.ndarray


def estimate(tokens: np.ndarray, size: int, order: int, min_counts: Sequence[int] = ()) -> Ngrams:
    """Estimate an n-gram model of one long text.

    Parameters
    ----------
    tokens : (L,) integers from 0 to size - 1.
    size : how many different tokens there are; unseen ones get some probability, too.
    order : longest n-grams, 1 or more.
    min_counts : for n = 1, 2, ...: n-grams with a lower count are pruned; 1 where it is not given. Prefixes of longer
        ones are kept.

    Raises
    ------
    ValueError : an n-gram of this order does not fit into 64 bits, or the text is shorter than it.

    Source
    ------
    Chen and Goodman, An empirical study of smoothing techniques for language modeling, TR-10-98, Harvard 1998, section 3.
    What pruning takes away goes to the shorter contexts, as in Heafield et al., Scalable modified Kneser-Ney language
    model estimation, ACL 2013, section 3.
    """
    bits = bits_of(size)
    if order * bits > 64:
        raise ValueError(f"{order} tokens of {bits} bits do not fit into 64 bits. Ask for n-grams of at most {64 // bits}.")
    if len(tokens) < order:
        raise ValueError(f"The text has {len(tokens)} tokens, too few for n-grams of {order}.")
    model = Ngrams(size, ())
    for counted in _count(np.asarray(tokens, np.uint64), order, bits, [*min_counts, *[1] * order]):
        if counted.kept.any():
            model = _lengthen(model, counted, bits)
    return model


def _count(tokens: np.ndarray, order: int, bits: int, min_counts: Sequence[int]) -> List[_Counts]:
    """Count n-grams: the longest as often as they are there, shorter ones by how many different tokens come before them."""
    keys = np.zeros(len(tokens) - order + 1, np.uint64)
    for index in range(order):
        keys = keys << np.uint64(bits) | tokens[index:index + len(keys)]
    keys, counts = np.unique(keys, return_counts=True)
    counted = [_Counts(keys, counts, counts >= min_counts[order - 1])]
    for length in range(order - 1, 0, -1):
        longer = counted[0]
        keys, counts = np.unique(longer.keys & np.uint64((1 << bits * length) - 1), return_counts=True)
        contexts = np.unique(longer.keys[longer.kept] >> np.uint64(bits))       # all stay, so that lengths have no gaps
        missing = contexts[~position(keys, contexts)[1]]                        # what the text begins with
        order_of = np.argsort(np.concatenate([keys, missing]), kind="stable")
        keys, counts = np.concatenate([keys, missing])[order_of], np.append(counts, np.ones(len(missing), int))[order_of]
        counted.insert(0, _Counts(keys, counts, (counts >= min_counts[length - 1]) | position(contexts, keys)[1]))
    return counted


def _lengthen(model: Ngrams, counted: _Counts, bits: int) -> Ngrams:
    """Add the n-grams that are one token longer to a model, and the back-off weights of their contexts."""
    contexts = counted.keys >> np.uint64(bits)
    starts = np.flatnonzero(np.r_[True, contexts[1:] != contexts[:-1]])
    sums = np.add.reduceat(counted.counts, starts)                              # (contexts,)
    group = np.cumsum(np.r_[False, contexts[1:] != contexts[:-1]])              # (G,)
    left = np.where(counted.kept, counted.counts - _discounts(counted.counts)[np.minimum(counted.counts, 3)], 0.0)
    shares = left / sums[group]
    weights = 1.0 - np.add.reduceat(shares, starts)                             # (contexts,) back-off
    keys, group = counted.keys[counted.kept], group[counted.kept]
    length = len(model.grams) + 1
    shorter = np.exp(model.scores(keys & np.uint64((1 << bits * (length - 1)) - 1), length - 1))
    probabilities = shares[counted.kept] + weights[group] * shorter
    grams = Grams(keys, np.log(probabilities).astype(np.float32), np.zeros(len(keys), np.float32))
    return model.lengthened(grams, contexts[starts], np.log(np.maximum(weights, 1e-30)))


def _discounts(counts: np.ndarray) -> np.ndarray:
    """Return the discounts of n-grams with counts 0, 1, 2, and 3 or more, (4,); fixed ones where the estimate is unsound."""
    n1, n2, n3, n4 = (max(int((counts == times).sum()), 1) for times in (1, 2, 3, 4))
    y = n1 / (n1 + 2 * n2)
    found = (1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
    sound = all(0 < discount <= times for times, discount in enumerate(found, 1))
    return np.array([0.0, *(found if sound else (0.5, 1.0, 1.5))])
