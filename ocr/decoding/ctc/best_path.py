"""Turn a line's CTC output into text with frames and confidences, by the best path.

Axis letters: T frames, C classes (the characters and the CTC blank), K characters read.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Tuple

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
    """What one line was read as.

    Parameters
    ----------
    text : NFC; empty where nothing was read.
    log_probability : natural logarithm of the probability of its best path.
    characters : where each of them stands.
    others : alternative readings, the most probable first.
    language : BCP 47 code of the language model or lexicon that fits the page, if one does.
    """

    text: str
    log_probability: float
    characters: Tuple[DecodedCharacter, ...] = ()
    others: Tuple[Alternative, ...] = ()
    language: Optional[str] = None

    @property
    def confidence(self) -> float:
        """Geometric mean of the characters' confidences, from 0 to 1; 0 where nothing was read."""
        return _geometric_mean([character.confidence for character in self.characters])


@dataclass(frozen=True)
class Frames:
    """The network's output for one line, and its best path: computed once and shared by decoders.

    Parameters
    ----------
    log_probs : (T, C) float32, natural logarithms, the CTC blank last.
    greedy : see `best_path`.
    """

    log_probs: np.ndarray
    greedy: Decoded

    @classmethod
    def of(cls, logits: np.ndarray, alphabet: Alphabet) -> Frames:
        """Make them from a line's logits, (T, C), T 0 or more, without frames of padding.

        Raises
        ------
        ValueError : C is not the number of the alphabet's classes.
        """
        if logits.ndim != 2 or logits.shape[1] != alphabet.size:
            raise ValueError(f"Logits have shape {logits.shape}, expected (frames, {alphabet.size}).")
        log_probs = log_softmax(logits.astype(np.float32))                 # (T, C)
        return cls(log_probs, best_path(log_probs, alphabet))


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Return log-probabilities over the last axis, (..., C) float32 to (..., C) float32."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def decode(logits: np.ndarray, alphabet: Alphabet) -> Decoded:
    """Decode a line's logits, (T, C), greedily; see `best_path`."""
    return Frames.of(logits, alphabet).greedy


def best_path(log_probs: np.ndarray, alphabet: Alphabet) -> Decoded:
    """Read a line by its most probable class in each frame: repeats are merged, then blanks dropped.

    Parameters
    ----------
    log_probs : (T, C) float32, C = alphabet.size, blank last; T may be 0.
    alphabet : the characters of the classes.

    Source
    ------
    Graves et al., Connectionist Temporal Classification, ICML 2006, section 3.2, best path decoding.
    """
    if len(log_probs) == 0:
        return Decoded("", 0.0)
    path = log_probs.argmax(axis=1)                                        # (T,)
    best = np.take_along_axis(log_probs, path[:, None], axis=1)[:, 0]      # (T,)
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
