"""Confusions of a recogniser, measured from readings and their ground truth, and lines corrupted accordingly.

Axes: C known characters, followed by one index for no character; L characters of a line.
"""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Iterable, Tuple

import numpy as np
from rapidfuzz.distance import Levenshtein

from ocr.engine.learner import DAMAGE
from ocr.errors import ModelMismatch
from ocr.decoding.lstm.characters import Characters
from ocr.text.normalise import normalise

_SMOOTHING = 50.0           # pseudo-counts of each character, with the confusions of the average character
_OTHER_CASE = 0.2           # share of them that are confused with the same letter in the other case
_MAX = 0.5                  # largest probability of an error of one character


@dataclass(frozen=True)
class Confusions:
    """How probable it is that each character is read as each other.

    Parameters
    ----------
    characters : C characters, in the order of the table.
    probabilities : (C + 1, C + 1) float64; row: ground truth, the last one between two characters; column: what is read,
        the last one nothing. Rows sum to 1.
    """

    characters: Characters
    probabilities: np.ndarray

    def __post_init__(self) -> None:
        size = self.characters.size
        if self.probabilities.shape != (size, size) or not np.allclose(self.probabilities.sum(axis=1), 1) or self.probabilities.min() < 0:
            raise ValueError(f"Probabilities of {size - 1} characters have the shape {self.probabilities.shape}, from "
                             f"{self.probabilities.min()}; expected ({size}, {size}), from 0, each row's sum 1.")

    def misread(self, numbers: np.ndarray, times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Corrupt a line with substitutions, deletions and insertions, of spaces, too.

        Parameters
        ----------
        numbers : (L,) of its characters, as `Characters.encode` gives them; unknown ones are kept.
        times : (L,) factor of each character's probability of an error.
        """
        nothing = len(self.characters.known)
        written = np.full(2 * len(numbers) + 1, nothing)                            # between, character, between, ...
        written[1::2] = numbers
        often = np.ones(len(written))
        often[1::2] = often[2::2] = times
        wrong = 1 - self.probabilities[written, written]                                  # (2 L + 1,)
        wrong[1::2][numbers == nothing] = 0
        places = np.flatnonzero(rng.random(len(written)) < np.minimum(often * wrong, _MAX))
        others = self.probabilities[written[places]]
        others[np.arange(len(places)), written[places]] = 0
        bounds = others.cumsum(axis=1)
        read = written.copy()
        read[places] = (bounds > (rng.random(len(places)) * bounds[:, -1])[:, None]).argmax(axis=1)
        kept = read != nothing
        kept[1::2] |= numbers == nothing
        return read[kept]

    def save(self, file: Path) -> None:
        """Write it as .npz."""
        np.savez_compressed(file, characters=np.array(self.characters.known), chances=self.probabilities)   # the file's names

    @classmethod
    def load(cls, file: Path) -> Confusions:
        """Read what `save` wrote; nothing is unpickled.

        Raises
        ------
        ModelMismatch : the file is damaged or another kind of file.
        """
        try:
            with np.load(file, allow_pickle=False) as arrays:
                return cls(Characters(str(arrays["characters"])), arrays["chances"])
        except DAMAGE as error:
            raise ModelMismatch(f"{file}: not a table of confusions ({error}). "
                                "Delete it to have it measured again.") from error


def measure_confusions(pairs: Iterable[Tuple[str, str]], characters: Characters) -> Confusions:
    """Count confusions of characters; those of rare characters are smoothed towards the average.

    Parameters
    ----------
    pairs : (hypothesis, reference) lines.
    """
    nothing, known = len(characters.known), set(characters.known)
    counts = np.zeros((nothing + 1, nothing + 1))
    for read, written in pairs:
        read, written = (normalise(text) for text in (read, written))
        rows, columns = characters.encode(written), characters.encode(read)
        np.add.at(counts, (rows, rows), 1)
        counts[nothing, nothing] += len(written) + 1 - sum(character not in known for character in written)
        for edit in Levenshtein.editops(written, read):
            row = nothing if edit.tag == "insert" else rows[edit.src_pos]
            column = nothing if edit.tag == "delete" else columns[edit.dest_pos]
            if (row < nothing or edit.tag == "insert") and (column < nothing or edit.tag == "delete"):
                counts[row, row] -= 1
                counts[row, column] += 1
    return Confusions(characters, _smoothed(counts, characters))


def _smoothed(counts: np.ndarray, characters: Characters) -> np.ndarray:
    """Turn counts, (C + 1, C + 1), into probabilities."""
    right = np.eye(len(counts), dtype=bool)
    wrong = np.where(right, 0.0, counts)
    rate = (wrong[:-1].sum() + 1) / (counts[:-1].sum() + len(counts))               # of written characters
    usual = wrong[:-1].sum(axis=0) + 1 / len(counts)                                # what is read instead, or nothing
    priors = np.where(right, 0.0, (1 - _OTHER_CASE) * usual / usual.sum())
    for row, character in enumerate(characters.known):
        other = characters.known.find(character.swapcase())
        if other >= 0 and other != row:
            priors[row, other] += _OTHER_CASE
    priors *= rate / priors.sum(axis=1, keepdims=True)
    priors[-1] *= (wrong[-1].sum() + 1) / (counts[-1].sum() + 1) / rate             # between characters less is read
    priors[right] = 1 - priors.sum(axis=1)
    seen = np.maximum(counts, 0) + _SMOOTHING * priors
    return seen / seen.sum(axis=1, keepdims=True)
