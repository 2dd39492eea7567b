"""A character n-gram model for beam search: many contexts at once, and each one computed once and cached.

Axes: S query contexts, M that the model knows, L tokens of the model, O context lengths, G n-grams.
"""
from __future__ import annotations

from typing import Sequence

import numpy as np

from ocr.decoding.ngrams.file import CharacterNgrams
from ocr.decoding.ngrams.counts import Ngrams, position
from ocr.text.alphabet import Alphabet

MAX_STATES = 20_000        # that are cached from page to page, about 400 bytes each


class CharacterModel:
    """Log-probabilities of the next character after a state; state 0 is the beginning of a line, after a space.

    Parameters
    ----------
    model : n-grams of characters, of length 2 or more.
    alphabet : of the recogniser; labels are its class numbers.
    """

    def __init__(self, model: CharacterNgrams, alphabet: Alphabet):
        self._alphabet, self._contexts = alphabet, _Contexts(model.ngrams)
        numbers = {character: number for number, character in enumerate(model.characters)}
        self._tokens = np.array([numbers.get(character, len(numbers)) for character in alphabet.characters])
        lacking = self._tokens == len(numbers)                                  # they share the probability of the unknown
        self._shared = np.where(lacking, np.log(max(int(lacking.sum()), 1)), 0.0).astype(np.float32)
        self._start = numbers.get(" ", len(numbers))
        self._digits = np.array([number for character, number in numbers.items() if character.isdecimal()], np.int64)
        self._forget()

    def begin(self) -> None:
        """Clear the cache of states if it has grown large; to be called before a search, never during one."""
        if self._count > MAX_STATES:
            self._forget()

    def log_probs(self, states: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Log-probability of characters after states: int arrays of shapes that broadcast, to float32 of their shape."""
        return self._rows[states, self._tokens[labels]] - self._shared[labels]

    def next_state(self, states: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """States after one more character, (S,) int each."""
        return self._states(self._contexts.ends(self._keys[states], self._tokens[labels]))

    def bits_per_character(self, lines: Sequence[str]) -> float:
        """Return the cross-entropy of lines of text in bits per character; 0 where there is none."""
        self.begin()
        texts = [self._alphabet.encode(line) for line in lines]
        labels = np.concatenate([*texts, np.zeros(0, np.int64)])
        first = np.concatenate([*(np.arange(len(text)) == 0 for text in texts), np.zeros(0, bool)])
        tokens = np.where(first, self._start, np.roll(self._tokens[labels], 1))                     # before each character
        states = self._states(self._contexts.ends_along(tokens, first))
        return -float(self.log_probs(states, labels).sum(dtype=np.float64) / np.log(2)) / max(len(labels), 1)

    def _forget(self) -> None:
        self._count, self._numbers = 0, np.full(len(self._contexts.keys), -1, np.int32)             # (M,) of states, or -1
        self._keys, self._rows = np.zeros(1024, np.uint64), np.zeros((1024, self._contexts.size), np.float32)
        self._states(self._contexts.ends(np.ones(1, np.uint64), np.array([self._start])))

    def _states(self, ends: np.ndarray) -> np.ndarray:
        """States of contexts whose known suffixes are given, (S, O): what precedes the longest one has no effect."""
        longest = ends.max(axis=1)
        new = np.flatnonzero(self._numbers[longest] < 0)
        if len(new):
            self._numbers[longest[new]] = new
            new = new[self._numbers[longest[new]] == new]                       # one of each group of equals
            contexts, numbers = longest[new], np.arange(self._count, self._count + len(new))
            self._count += len(new)
            while self._count > len(self._keys):
                self._keys, self._rows = (np.concatenate([each, np.zeros_like(each)]) for each in (self._keys, self._rows))
            self._numbers[contexts], self._keys[numbers] = numbers, self._contexts.keys[contexts]
            self._rows[numbers] = self._contexts.log_probs(ends[new])
            if len(self._digits):                                               # all equal: no text predicts which digit it is
                rows = self._rows[numbers[:, None], self._digits]
                self._rows[numbers[:, None], self._digits] = (np.logaddexp.reduce(rows, axis=1, keepdims=True)
                                                              - np.log(len(self._digits)))
        return self._numbers[longest]


class _Contexts:
    """The distributions of an n-gram model after each context that has n-grams of its own.

    A context is packed as in `ocr.decoding.ngrams.counts`, with a bit set above its tokens, so that keys of all lengths are one
    sorted array, in which a longer end of a context stands behind the shorter ones. The first is the empty context.
    """

    def __init__(self, ngrams: Ngrams):
        self.size, self._bits = ngrams.size, np.uint64(ngrams.bits)
        self._tags = np.uint64(1) << np.arange(len(ngrams.grams), dtype=np.uint64) * self._bits     # (O + 1,)
        longer, mask = ngrams.grams[1:], self._tags[1] - self._tags[0]
        firsts = [np.flatnonzero(np.r_[True, np.diff(grams.keys >> self._bits) > 0]) for grams in longer]
        before = np.cumsum([0, *(len(grams.keys) for grams in longer)])
        self._starts = np.concatenate([[0], *map(np.add, firsts, before), before[-1:]]).astype(np.int32)     # (M + 1,)
        keys = [grams.keys[first] >> self._bits for grams, first in zip(longer, firsts)]
        weights = [grams.weights[position(grams.keys, known)[0]] for grams, known in zip(ngrams.grams, keys)]
        self._weights = np.concatenate([np.zeros(1, np.float32), *weights])     # (M,)
        self.keys = np.concatenate([self._tags[:1], *map(np.bitwise_or, keys, self._tags[1:])])     # (M,)
        self._tokens = np.concatenate([(grams.keys & mask).astype(np.min_scalar_type(self.size)) for grams in longer])
        self._log_probs = np.concatenate([grams.log_probs for grams in longer])     # both of n-grams, (G,)
        self._first = ngrams.scores(np.arange(self.size, dtype=np.uint64), 1).astype(np.float32)    # (L,)

    def ends(self, keys: np.ndarray, tokens: np.ndarray) -> np.ndarray:
        """Find the ends of contexts made longer by a token, (S,) each, to (S, O); 0 for those that are not known."""
        tags, longer = self._tags[1:], keys << self._bits | tokens.astype(np.uint64)
        wanted = np.where(keys[:, None] < self._tags[:-1], self._tags[0], longer[:, None] & (tags - self._tags[0]) | tags)
        at, known = position(self.keys, wanted)
        return at * known

    def ends_along(self, tokens: np.ndarray, first: np.ndarray) -> np.ndarray:
        """Find the ends of the contexts that texts are up to each token, (S,), to (S, O); first: tokens that begin one."""
        keys = np.ones(len(tokens), np.uint64)                                  # of what is before
        for _ in self._tags[2:]:
            keys = np.where(first, self._tags[0], np.roll(keys << self._bits | tokens.astype(np.uint64), 1))
        return self.ends(keys, tokens)

    def log_probs(self, ends: np.ndarray) -> np.ndarray:
        """Log-probability of every token after contexts, (S, O) to (S, L): longer suffixes override shorter ones."""
        rows, ends = self._first[None].repeat(len(ends), axis=0), ends.T
        weights = self._weights[ends].cumsum(axis=0)                            # (O, S)
        starts = self._starts[ends].ravel()
        counts = self._starts[ends + 1].ravel() - starts
        of = np.arange(ends.size).repeat(counts)                                # whose n-grams follow, shorter ends first
        grams = (starts - counts.cumsum() + counts)[of] + np.arange(len(of))
        rows[of % ends.shape[1], self._tokens[grams]] = self._log_probs[grams] - weights.ravel()[of]
        return rows + weights[-1][:, None]
