"""Weighted edit distance between words, with costs learnt from a recogniser's misreadings.

Axis letters: C characters with costs of their own, the last one for any other; N pairs of words; L characters
of the longest word.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Sequence, Tuple, Union

import numpy as np
from rapidfuzz.distance import Levenshtein

from ocr.text.normalise import normalise

Words = Union[Sequence[str], np.ndarray]
_SMOOTHING = 20.0           # pseudo-counts of every character, with the misreadings of the average character


@dataclass(frozen=True)
class EditCosts:
    """Costs of single edits: minus the log of how often one happens relative to reading the character right.

    Parameters
    ----------
    characters : those with costs of their own, in lower case and code point order; index C - 1 is any other character.
    substitution : (C, C) float32, of reading the first where the second is written; 0 on the diagonal.
    insertion : (C,) float32, of reading a character where none is written.
    deletion : (C,) float32, of not reading one that is written.
    """

    characters: str
    substitution: np.ndarray
    insertion: np.ndarray
    deletion: np.ndarray

    def __post_init__(self) -> None:
        size = len(self.characters) + 1
        if self.substitution.shape != (size, size) or not self.insertion.shape == self.deletion.shape == (size,):
            raise ValueError(f"Costs of {size} characters have shapes {self.substitution.shape}, {self.insertion.shape}, "
                             f"{self.deletion.shape}; expected ({size}, {size}) and twice ({size},).")
        every = np.concatenate([self.substitution.ravel(), self.insertion, self.deletion])
        if not (np.isfinite(every).all() and every.min() >= 0) or list(self.characters) != sorted(set(self.characters)):
            raise ValueError("Costs must be finite and 0 or more, of characters in code point order, none twice.")

    @classmethod
    def plain(cls, characters: Iterable[str]) -> EditCosts:
        """Costs of 1 for every edit, the Levenshtein distance."""
        known = "".join(sorted(set(characters)))
        size = len(known) + 1
        return cls(known, 1 - np.eye(size, dtype=np.float32), np.ones(size, np.float32), np.ones(size, np.float32))

    def widened(self, characters: str) -> EditCosts:
        """Extend the costs to more characters, which get those of any other character.

        Parameters
        ----------
        characters : in any case, white space among them or not. Where all have costs, these are returned unchanged.
        """
        fresh = {character for character in characters.lower() if not character.isspace()} - set(self.characters)
        if not fresh:
            return self
        known = "".join(sorted({*self.characters, *fresh}))
        places = {character: place for place, character in enumerate(self.characters)}
        rows = np.array([places.get(character, len(places)) for character in (*known, "")])     # the last is any other
        substitution = self.substitution[np.ix_(rows, rows)]                                    # (C, C)
        unknown = rows == len(places)
        others = self.substitution[-1, :-1]
        substitution[np.ix_(unknown, unknown)] = np.median(others) if len(others) else np.float32(1)
        np.fill_diagonal(substitution, 0)
        return EditCosts(known, substitution, self.insertion[rows], self.deletion[rows])

    def encode(self, words: Words) -> np.ndarray:
        """Return the indices of the words' characters, (N, L) int64, -1 after a word's end. Words are in lower case."""
        table = np.asarray(words, dtype=np.str_)
        codes = np.ascontiguousarray(table).view(np.uint32).reshape(len(table), -1)
        codes = codes[:, :int((codes != 0).any(axis=0).sum())]                                      # (N, L)
        known = np.frombuffer(self.characters.encode("utf-32-le"), np.uint32)
        places = np.minimum(known.searchsorted(codes), max(len(known) - 1, 0))
        found = np.where(known[places] == codes, places, len(known)) if len(known) else np.zeros(codes.shape, np.int64)
        return np.where(codes == 0, -1, found)

    def distances(self, read: Words, written: Words) -> np.ndarray:
        """Return the weighted edit distance from each written word to the word read at the same index, (N,) float32.

        Source
        ------
        Wagner and Fischer, The string-to-string correction problem, 1974, all pairs in parallel.
        """
        if len(read) != len(written):
            raise ValueError(f"{len(read)} words read and {len(written)} written; expected as many of both.")
        if not len(read):
            return np.zeros(0, np.float32)
        rows, columns = self.encode(read), self.encode(written)
        lengths = (rows >= 0).sum(axis=1), (columns >= 0).sum(axis=1)
        missed = np.zeros((len(columns), columns.shape[1] + 1), np.float32)                         # (N, L + 1)
        np.where(columns >= 0, self.deletion[columns], np.float32(0)).cumsum(axis=1, out=missed[:, 1:])
        substitution, size = self.substitution.ravel(), len(self.insertion)
        current = missed.copy()
        for step in range(int(lengths[0].max())):
            going = np.flatnonzero(lengths[0] > step)
            here, before = rows[going, step][:, None], current[going]
            best = before + self.insertion[here]
            np.minimum(best[:, 1:], before[:, :-1] + substitution[here * size + columns[going]], out=best[:, 1:])
            best -= missed[going]
            current[going] = np.minimum.accumulate(best, axis=1) + missed[going]                    # further deletions
        return current[np.arange(len(current)), lengths[1]]


def learn_costs(pairs: Iterable[Tuple[str, str]], characters: str, smoothing: float = _SMOOTHING) -> EditCosts:
    """Learn costs from readings and their ground truth.

    Parameters
    ----------
    pairs : (hypothesis, reference) lines.
    characters : of the recogniser; each gets costs of its own, in lower case.
    smoothing : pseudo-counts of each character, with the misreadings of the average character.
    """
    known = "".join(sorted({character for character in characters.lower() if not character.isspace()}))
    index = {character: number for number, character in enumerate(known)}
    size = len(known) + 1
    counts = np.zeros((size + 1, size + 1))                     # read, written; the last place stands for none
    for read, written in pairs:
        read, written = normalise(read).lower(), normalise(written).lower()
        place = [[index.get(character, size - 1) for character in text] + [size] for text in (read, written)]
        for block in Levenshtein.opcodes(read, written):
            if block.tag in ("equal", "replace"):
                np.add.at(counts, (place[0][block.src_start:block.src_end], place[1][block.dest_start:block.dest_end]), 1)
            elif block.tag == "delete":
                np.add.at(counts, (place[0][block.src_start:block.src_end], size), 1)
            else:
                np.add.at(counts, (size, place[1][block.dest_start:block.dest_end]), 1)
    return _costs_of(known, counts, smoothing)


def _costs_of(known: str, counts: np.ndarray, smoothing: float) -> EditCosts:
    """Turn counts, (C + 1, C + 1), into costs; unseen edits are smoothed with the mean of all characters."""
    size = len(known) + 1
    right = np.eye(size, dtype=bool)
    wrong = np.where(right, 0.0, counts[:size, :size])
    total = counts[:, :size].sum() + 20                          # with nothing seen, each kind is one in twenty
    rates = (wrong.sum() + 1) / total, (counts[size, :size].sum() + 1) / total                      # substituted, missed
    share = (wrong.sum(axis=1) + 1) / (wrong.sum() + size)                                          # what is read instead
    seen = counts[:, :size].sum(axis=0) + smoothing                                                 # (C,) written
    kept = (np.diag(counts)[:size] + smoothing * (1 - sum(rates))) / seen
    substituted = (wrong + smoothing * rates[0] * share[:, None]) / seen
    missed = (counts[size, :size] + smoothing * rates[1]) / seen
    added = counts[:size, size]
    added = (added + (added.sum() + 1) / size) / (2 * total)
    substitution = np.where(right, 0.0, np.log(np.maximum(kept / substituted, 1.0)))
    return EditCosts(known, substitution.astype(np.float32), -np.log(added).astype(np.float32),
                     np.log(np.maximum(kept / missed, 1.0)).astype(np.float32))
