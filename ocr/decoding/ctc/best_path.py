"""Turn a line's CTC logits into text with frames and confidences, by the best path.

Axis letters: T frames, C classes (the characters and the CTC blank), K characters read.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import List, Tuple

import numpy as np

from ocr.text.alphabet import Alphabet


@dataclass(frozen=True)
class DecodedCharacter:
    """One character read: frames [start_frame, end_frame), and the highest posterior over them, from 0 to 1."""

    character: str
    start_frame: int
    end_frame: int
    confidence: float


@dataclass(frozen=True)
class DecodedWord:
    """One word read: from its first character's first frame to its last one's end, confidence from 0 to 1."""

    text: str
    start_frame: int
    end_frame: int
    confidence: float


@dataclass(frozen=True)
class Alternative:
    """Another reading of a line, and how probable it is next to the one that was chosen, from 0 to 1."""

    text: str
    share: float


@dataclass(frozen=True)
class Decoded:
    """A line's text, the natural logarithm of its best path's probability, where each character stands, and what else it
    may say, the likeliest first.
    """

    text: str
    log_probability: float
    characters: Tuple[DecodedCharacter, ...] = ()
    others: Tuple[Alternative, ...] = ()

    @property
    def confidence(self) -> float:
        """Geometric mean of the characters' confidences, from 0 to 1; 0 where nothing was read."""
        return _geometric_mean([character.confidence for character in self.characters])


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Return log probabilities over the last axis, (..., C) float32 to (..., C) float32."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def decode(logits: np.ndarray, alphabet: Alphabet) -> Decoded:
    """Read a line by its most probable class in each frame: repeats are merged, then blanks dropped.

    Parameters
    ----------
    logits : (T, C) float32, C = alphabet.size, blank last; T may be 0. Cut off frames of padding first.
    alphabet : the characters of the classes.

    Source
    ------
    Graves et al., Connectionist Temporal Classification, ICML 2006, section 3.2, best path decoding.
    """
    if logits.ndim != 2 or logits.shape[1] != alphabet.size:
        raise ValueError(f"Logits have shape {logits.shape}, expected (frames, {alphabet.size}).")
    if len(logits) == 0:
        return Decoded("", 0.0)
    scores = log_softmax(logits.astype(np.float32))                        # (T, C)
    path = scores.argmax(axis=1)                                           # (T,)
    best = np.take_along_axis(scores, path[:, None], axis=1)[:, 0]         # (T,)
    starts = np.flatnonzero(np.r_[True, path[1:] != path[:-1]])            # runs of one class
    peaks = np.exp(np.maximum.reduceat(best, starts))
    ends = np.r_[starts[1:], len(path)]
    kept = path[starts] != alphabet.blank
    characters = tuple(
        DecodedCharacter(alphabet.characters[label], int(start), int(end), float(min(peak, 1.0)))
        for label, start, end, peak in zip(path[starts][kept], starts[kept], ends[kept], peaks[kept]))  # (K,)
    text = "".join(character.character for character in characters)
    return Decoded(text, float(best.sum(dtype=np.float64)), characters)


def words(decoded: Decoded) -> Tuple[DecodedWord, ...]:
    """Split a reading at its spaces, leaving out empty words.

    A word's confidence is the geometric mean of its characters' confidences, so that it compares between short and
    long words.
    """
    found: List[DecodedWord] = []
    pending: List[DecodedCharacter] = []
    for character in decoded.characters + (DecodedCharacter(" ", 0, 0, 1.0),):
        if not character.character.isspace():
            pending.append(character)
        elif pending:
            found.append(DecodedWord("".join(c.character for c in pending), pending[0].start_frame,
                                     pending[-1].end_frame, _geometric_mean([c.confidence for c in pending])))
            pending = []
    return tuple(found)


def _geometric_mean(values: List[float]) -> float:
    return float(np.exp(np.mean(np.log(np.maximum(values, 1e-30))))) if values else 0.0
