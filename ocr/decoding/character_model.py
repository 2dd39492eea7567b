"""A character n-gram model as beam search asks it: many contexts at once, and each one worked out once.

Axes: S states, L tokens of the model.
"""
from __future__ import annotations

from typing import Dict, Sequence, Tuple

import numpy as np

from ocr.decoding.language_file import CharacterNgrams
from ocr.decoding.ngrams import position
from ocr.text.alphabet import Alphabet

_SHARED = 3                 # characters of an end of contexts that so many have that it is remembered by itself
MOST_STATES = 60_000        # that are remembered from one page to the next; each takes some 400 bytes


class CharacterModel:
    """Log probabilities of the next character after a state; state 0 is the beginning of a line, after a space.

    Parameters
    ----------
    model : n-grams of characters, of length 2 or more.
    alphabet : of the recogniser; its class numbers are what is asked for.
    """

    def __init__(self, model: CharacterNgrams, alphabet: Alphabet):
        self._alphabet, self._ngrams, self._bits = alphabet, model.ngrams, np.uint64(model.ngrams.bits)
        self._masks = [np.uint64((1 << model.ngrams.bits * length) - 1) for length in range(len(model.ngrams.grams) + 1)]
        self._span = len(model.ngrams.grams) - 1
        numbers = {character: number for number, character in enumerate(model.characters)}
        self._tokens = np.array([numbers.get(character, len(numbers)) for character in alphabet.characters])
        lacking = self._tokens == len(numbers)                                  # they share the chance of the unknown
        self._shared = np.where(lacking, np.log(max(int(lacking.sum()), 1)), 0.0).astype(np.float32)
        self._start = numbers.get(" ", len(numbers))
        self._first = model.ngrams.scores(np.arange(model.ngrams.size, dtype=np.uint64), 1).astype(np.float32)    # (L,)
        self._forget()

    def begin(self) -> None:
        """Forget all states if they have become many; to be called before a search, never in one."""
        if len(self._numbers) > MOST_STATES:
            self._forget()

    def gains(self, states: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Log probability of characters after states: int arrays of shapes that broadcast, to float32 of their shape."""
        self._learn(states)
        return self._rows[states, self._tokens[labels]] - self._shared[labels]

    def after(self, states: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """States once a character was read, (S,) int each."""
        keys = self._keys[states] << self._bits | self._tokens[labels].astype(np.uint64)
        return self._number(*self._shorten(keys, np.minimum(self._lengths[states] + 1, self._span)))

    def bits_per_character(self, lines: Sequence[str]) -> float:
        """How unlikely lines of text are, in bits for each of their characters; 0 where there is none."""
        return sum(map(self._bits_of, lines)) / max(sum(map(len, lines)), 1)

    def _bits_of(self, line: str) -> float:
        labels = self._alphabet.encode(line)
        padded = np.concatenate([[self._start], self._tokens[labels]]).astype(np.uint64)
        total = -float(self._shared[labels].sum())
        for place in range(1, len(padded)):
            length = min(place, self._span)
            key = np.uint64(0)
            for token in padded[place - length:place]:
                key = key << self._bits | token
            total += self._ngrams.score(int(key), length, int(padded[place]))
        return -total / float(np.log(2))

    def _forget(self) -> None:
        self._numbers: Dict[Tuple[int, int], int] = {}
        self._keys, self._lengths = np.zeros(1024, np.uint64), np.zeros(1024, np.int64)
        self._known, self._rows = np.zeros(1024, bool), np.zeros((1024, self._ngrams.size), np.float32)
        self._number(np.array([self._start], np.uint64), np.ones(1, np.int64))

    def _shorten(self, keys: np.ndarray, lengths: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
        """Cut contexts down to the longest end that the model knows as one: what is before it changes nothing any more."""
        lengths = lengths.copy()
        open_ = np.arange(len(keys))                                            # those whose length is not settled
        for length in range(self._span, 0, -1):
            asked = open_[lengths[open_] == length]
            contexts = keys[asked] & self._masks[length]
            longer = self._ngrams.grams[length].keys
            at = np.minimum(longer.searchsorted(contexts << self._bits), len(longer) - 1)
            missing = asked[longer[at] >> self._bits != contexts]
            lengths[missing] = length - 1
            open_ = open_[lengths[open_] < length]
        return keys & np.array(self._masks)[lengths], lengths

    def _number(self, keys: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Give contexts their numbers, new ones the next."""
        numbers, count = self._numbers, len(self._numbers)
        found = np.array([numbers.setdefault(context, len(numbers)) for context in zip(keys.tolist(), lengths.tolist())])
        while len(numbers) > len(self._keys):
            self._keys, self._lengths, self._known, self._rows = (
                np.concatenate([array, np.zeros_like(array)])
                for array in (self._keys, self._lengths, self._known, self._rows))
        new = found >= count
        self._keys[found[new]], self._lengths[found[new]] = keys[new], lengths[new]
        return found

    def _work_out(self, keys: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Log probability of every token after contexts, (S, L): longer ends take the place of what shorter ones say."""
        rows = self._first[None].repeat(len(keys), axis=0)
        long = (lengths > _SHARED).nonzero()[0]
        if len(long):                                                           # their short ends are those of many others
            rows[long] = self._rows_of(self._number(keys[long] & self._masks[_SHARED], np.full(len(long), _SHARED)))
        for length in range(1, int(lengths.max(initial=0)) + 1):
            at = ((lengths >= length) & ((lengths <= _SHARED) | (length > _SHARED))).nonzero()[0]
            if not len(at):
                continue
            ends = keys[at] & self._masks[length]
            contexts, longer = self._ngrams.grams[length - 1], self._ngrams.grams[length]
            where, known = position(contexts.keys, ends)
            rows[at] += np.where(known, contexts.weights[where], np.float32(0))[:, None]
            low = longer.keys.searchsorted(ends << self._bits)
            counts = longer.keys.searchsorted(ends << self._bits | self._masks[1], side="right") - low
            children = (low - counts.cumsum() + counts).repeat(counts) + np.arange(counts.sum())
            rows[at.repeat(counts), (longer.keys[children] & self._masks[1]).astype(np.int64)] = longer.chances[children]
        return rows

    def _rows_of(self, states: np.ndarray) -> np.ndarray:
        self._learn(states)
        return self._rows[states]

    def _learn(self, states: np.ndarray) -> None:
        """Work out the rows of states that are not known yet."""
        new = np.unique(states[~self._known[states]])
        if len(new):
            rows = self._work_out(self._keys[new], self._lengths[new])
            self._rows[new], self._known[new] = rows, True
