"""Embed words as vectors, so that words that a recogniser confuses lie close together.

Axis letters: N words, J characters of all of them, D dimensions, C characters with costs of their own, the last one
for any other, P kinds of positions in a word.
"""
from __future__ import annotations

import numpy as np

from ocr.decoding.lexicon.edit_costs import EditCosts, Words

SIZE = 64                   # D
_LIKENESS = 6.0             # cost at which the similarity of two characters is 1 / e
_STEPS, _STEP = 4, 1.5      # places from the beginning, and as many from the end; characters between them
_ANYWHERE, _PAIRS = 0.6, 1.0    # weight of a character wherever it stands, and of two in a row
_CHUNK = 5000               # words at a time


class WordVectors:
    """Counts of characters by where they stand, and of pairs of them, drawn together where characters look alike.

    The full vectors would have thousands of dimensions; a random projection, the same on every machine, approximately
    keeps distances with far fewer. The Euclidean distance grows with every edit, the less the cheaper it is.

    Parameters
    ----------
    costs : of misreading; they define which characters look alike.
    size : D.

    Source
    ------
    Johnson and Lindenstrauss, Extensions of Lipschitz mappings into a Hilbert space, 1984.
    """

    def __init__(self, costs: EditCosts, size: int = SIZE):
        self.costs, self.size = costs, size
        likeness = np.exp(-(costs.substitution + costs.substitution.T) / (2 * _LIKENESS))
        values, vectors = np.linalg.eigh(likeness)
        mixing = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T                           # (C, C)
        random = np.random.RandomState(0).normal(size=(2 * _STEPS + 3, len(likeness), size))   # a stream that stays as it is
        directions = (mixing @ random).astype(np.float32) / np.float32(np.sqrt(size))
        self._places = directions[:-2]                                                              # (P, C, D)
        self._first, self._second = directions[-2] * np.float32(_PAIRS * np.sqrt(size)), directions[-1]     # (C, D)

    def __call__(self, words: Words) -> np.ndarray:
        """Give the vectors of words in lower case, (N, D) float32; that of an empty word is 0."""
        parts = [self._vectors(words[start:start + _CHUNK]) for start in range(0, len(words), _CHUNK)]
        return np.concatenate([np.zeros((0, self.size), np.float32), *parts])

    def _vectors(self, words: Words) -> np.ndarray:
        codes = self.costs.encode(words)
        row, place = np.nonzero(codes >= 0)                                                         # (J,)
        character = codes[row, place]
        lengths = (codes >= 0).sum(axis=1)
        whole = np.zeros((len(row), self.size), np.float32)                                         # (J, D)
        for kind, share in enumerate(_shares(place, lengths[row])):
            whole += share[:, None] * self._places[kind][character]
        pairs = np.flatnonzero(place[1:] > 0)
        whole[pairs] += self._first[character[pairs]] * self._second[character[pairs + 1]]
        vectors = np.zeros((len(words), self.size), np.float32)
        if len(row):
            vectors[lengths > 0] = np.add.reduceat(whole, np.flatnonzero(place == 0), axis=0)
        return vectors


def _shares(place: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return the weight of characters at each kind of position, (P, J) float32: near the beginning, the end, anywhere."""
    steps = (_STEP * np.arange(_STEPS))[:, None]
    near = [np.exp(-0.5 * ((away[None] - steps) / _STEP) ** 2) for away in (place, lengths - 1 - place)]
    return np.concatenate([*near, np.full((1, len(place)), _ANYWHERE)]).astype(np.float32)
