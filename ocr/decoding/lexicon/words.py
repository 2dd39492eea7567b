"""A lexicon: words, their frequencies, and the candidates for a misread word.

Axis letters: N query words, K candidates of each.
"""
from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import List, Mapping, Optional, Sequence, Tuple

import numpy as np

from ocr.decoding.lexicon.edit_costs import EditCosts
from ocr.decoding.lexicon.index import WordIndex
from ocr.decoding.lexicon.vectors import WordVectors

MAX_LENGTH = 40             # characters of a word


@dataclass(frozen=True)
class WordList:
    """Words as they are written, in the order of `fold`, and the log-probability of each.

    Parameters
    ----------
    words : (N,) str, NFC, 1 to 40 characters without white space; in several letter cases where these occur.
    log_probs : (N,) float32.
    """

    words: np.ndarray
    log_probs: np.ndarray

    @classmethod
    def from_counts(cls, counts: Mapping[str, float]) -> WordList:
        """Make a list from how often each word was seen, or any number in proportion."""
        order = sorted(counts, key=lambda word: (fold(word), word))
        numbers = np.array([counts[word] for word in order], np.float64)
        return cls(np.array(order, np.str_), np.log(numbers / max(numbers.sum(), 1e-30)).astype(np.float32))

    @cached_property
    def keys(self) -> np.ndarray:
        """The words in lower case, (N,) str."""
        return np.array([fold(word) for word in self.words.tolist()], np.str_)


@dataclass(frozen=True)
class Candidate:
    """A candidate word as the lexicon spells it, its log-probability there, and its edit cost."""

    word: str
    log_prob: float
    cost: float


@dataclass(frozen=True)
class WordWeights:
    """Weights of one lexicon's words, and thresholds of its language. All are natural logarithms but `weight`.

    Parameters
    ----------
    weight : factor of the log-probability of a word.
    unknown, letter : log-probability that a word is in no lexicon, and of each of its letters then.
    min_fit : mean log-probability of a page's words from which the lexicon fits it.
    min_word : lowest log-probability with which a word enters that mean.
    """

    weight: float = 0.85
    unknown: float = -11.0
    letter: float = -1.5
    min_fit: float = -12.5
    min_word: float = -20.0

    def out_of(self, word: str) -> float:
        """Log-probability of a word that no lexicon has."""
        return self.unknown + self.letter * len(word)


def fold(word: str) -> str:
    """Bring a word to the form in which words are compared: lower case."""
    return word.lower()


class Lexicon:
    """A word list that can be searched.

    Parameters
    ----------
    words : the list.
    costs : of edits; those of the index, where `folder` is given.
    folder : where its index is kept; see `ocr.decoding.lexicon.index.WordIndex`.
    characters : that a recogniser may write beside those that have costs.
    weights : of its words.
    language : BCP 47 code of the language that they are of, where that is a single one.
    """

    def __init__(self, words: WordList, costs: EditCosts, folder: Optional[Path] = None, characters: str = "",
                 weights: WordWeights = WordWeights(), language: Optional[str] = None):
        self.words, self.costs, self._folder = words, costs.widened(characters), folder
        self.weights, self.language = weights, language
        self._indexed_with = costs

    @cached_property
    def index(self) -> WordIndex:
        """The index of its words, opened or built when it is first needed."""
        return WordIndex(WordVectors(self._indexed_with), self.words.keys, self._folder)

    def log_probs(self, words: Sequence[str]) -> np.ndarray:
        """Log-probability of words in any letter case, (N,) float32; -inf for those unknown."""
        keys = self.words.keys
        if not len(keys) or not len(words):
            return np.full(len(words), -np.inf, np.float32)
        queries = np.array([fold(word) for word in words], np.str_)
        places = np.minimum(keys.searchsorted(queries), len(keys) - 1)
        return np.where(keys[places] == queries, self.words.log_probs[places], np.float32(-np.inf))

    def find(self, words: Sequence[str], nearest: int, kept: int, weight: float) -> List[Tuple[Candidate, ...]]:
        """Find the words that each word may be a misreading of, the most probable first.

        Parameters
        ----------
        nearest : words that the index returns.
        kept : K, how many of them remain: those of the smallest weighted edit distance minus weighted log-probability.
        weight : of that probability.
        """
        queries = [fold(word)[:MAX_LENGTH] for word in words]
        numbers = self.index.nearest(queries, nearest)                                                # (N, nearest)
        costs = self.costs.distances(np.repeat(np.array(queries, np.str_), numbers.shape[1]),
                                     self.words.keys[numbers.ravel()]).reshape(numbers.shape)
        order = np.argsort(costs - weight * self.words.log_probs[numbers], axis=1, kind="stable")[:, :kept]   # (N, K)
        return [tuple(Candidate(str(self.words.words[number]), float(self.words.log_probs[number]), float(cost))
                      for number, cost in zip(numbers[row, best], costs[row, best]))
                for row, best in enumerate(order)]
