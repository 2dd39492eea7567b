"""An n-gram model in a few sorted arrays: compact on disk and in memory, queried one by one or many at once.

An n-gram is packed into one number, its first token in the highest bits: `key >> bits` is its context, and what is left
without its first token is `key & mask`.
"""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Tuple

import numpy as np


@dataclass(frozen=True)
class Grams:
    """n-grams of one length, sorted.

    Parameters
    ----------
    keys : (G,) uint64.
    log_probs : (G,) float32, natural logarithm of the last token's probability after the others.
    weights : (G,) float32, natural logarithm of the back-off weight where the n-gram is a context.
    """

    keys: np.ndarray
    log_probs: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True)
class Ngrams:
    """A back-off n-gram model of tokens 0 to size - 1.

    Parameters
    ----------
    size : how many tokens there are.
    grams : n-grams of length 1, 2, ...
    weight : natural logarithm of the back-off weight of the empty context, whose tokens are all equally likely.
    """

    size: int
    grams: Tuple[Grams, ...]
    weight: float = 0.0

    @property
    def bits(self) -> int:
        """Bits of one token in a key."""
        return bits_of(self.size)

    def lengthened(self, grams: Grams, contexts: np.ndarray, weights: np.ndarray) -> Ngrams:
        """Add n-grams that are one token longer, and the back-off weights (log) of their contexts, sorted keys."""
        if not self.grams:
            return replace(self, grams=(grams,), weight=float(weights[0]))
        last = self.grams[-1]
        at, found = position(last.keys, contexts)
        last.weights[at[found]] = weights[found]
        return replace(self, grams=(*self.grams, grams))

    def scores(self, keys: np.ndarray, length: int) -> np.ndarray:
        """Log-probability of the last token of each n-gram after the others.

        Parameters
        ----------
        keys : (N,) uint64, n-grams of one length.
        length : theirs, from 0, where all tokens are equally probable.

        Returns
        -------
        (N,) float64.
        """
        found = np.zeros(len(keys))
        open_ = np.arange(len(keys))
        for shorter in range(min(length, len(self.grams)), 0, -1):
            keys = keys & np.uint64((1 << self.bits * shorter) - 1)
            grams = self.grams[shorter - 1]
            at, known = position(grams.keys, keys)
            found[open_[known]] += grams.log_probs[at[known]]
            open_, keys = open_[~known], keys[~known]
            if shorter > 1:
                contexts = self.grams[shorter - 2]
                at, known = position(contexts.keys, keys >> np.uint64(self.bits))
                found[open_[known]] += contexts.weights[at[known]]
        found[open_] += (self.weight if self.grams and length else 0.0) - np.log(self.size)
        return found

    def score(self, context: int, length: int, token: int) -> float:
        """Log-probability of one token after a context, the packed last `length` tokens; fewer than the model's order."""
        return float(self.scores(np.array([context << self.bits | token], np.uint64), length + 1)[0])


def bits_of(size: int) -> int:
    """Bits that a token of so many takes in a key."""
    return max(1, int(size - 1).bit_length())


def position(keys: np.ndarray, wanted: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Find keys among sorted ones: where each would be, and whether it is there, (N,) int64 and bool."""
    at = np.minimum(keys.searchsorted(wanted), max(len(keys) - 1, 0))
    return at, keys[at] == wanted if len(keys) else np.zeros(len(wanted), bool)
