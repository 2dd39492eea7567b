"""From how sure the network and the decoder are of a word to how often such words are right."""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Sequence, Tuple

import numpy as np
from rapidfuzz.distance import Levenshtein

from ocr.decoding.ctc.best_path import Decoded, DecodedWord, words

_CERTAINTY, _AGREEMENT = 1e-4, 1e-2     # how near to 0 and 1 these may come
_RIDGE, _STEPS = 1e-3, 50


@dataclass(frozen=True)
class Calibration:
    """Logistic regression of a word's being right.

    Parameters
    ----------
    bias, certainty, agreement : weights: of 1, of the log odds of the word's confidence as the network gives it, and of the
        log odds of the share of readings that have the word, the others of the line counted by their share.

    Source
    ------
    Platt, Probabilistic outputs for support vector machines, 1999.
    """

    bias: float
    certainty: float
    agreement: float = 0.0

    def words(self, decoded: Decoded) -> Tuple[DecodedWord, ...]:
        """Split a reading at its spaces; confidences are the probability that a word is right."""
        found = words(decoded)
        chances = self.chances(evidence(decoded))
        return tuple(replace(word, confidence=float(chance)) for word, chance in zip(found, chances))

    def chances(self, rows: np.ndarray) -> np.ndarray:
        """Probability that words with this evidence, (W, 3), are right, (W,)."""
        return 1 / (1 + np.exp(-rows @ np.array([self.bias, self.certainty, self.agreement])))


CALIBRATIONS = {"greedy": Calibration(-2.40, 0.89), "beam": Calibration(-2.59, 0.79, 0.18),
                "beam+lm": Calibration(-1.71, 0.40, 0.56), "lexicon": Calibration(0.46, 0.53, -0.16),
                "beam+lm+lexicon": Calibration(-0.84, 0.33, 0.47), "corrector": Calibration(-1.71, 0.40, 0.56)}
"""By decoder, for the registered recogniser; see `benchmarks/calibration.py`.

A corrector's readings are chosen by the scores of beam+lm, and have its weights."""


def evidence(decoded: Decoded) -> np.ndarray:
    """Give what tells of each word whether it is right, (W, 3): 1, log odds of its confidence and of its agreement."""
    found = words(decoded)
    texts = [word.text for word in found]
    for_it, total = np.ones(len(texts)), 1.0
    for other in decoded.others:
        for_it += other.share * np.array(shared(texts, other.text.split()))
        total += other.share
    certainty = np.array([word.confidence for word in found])
    return np.stack([np.ones(len(texts)), _log_odds(certainty, _CERTAINTY), _log_odds(for_it / total, _AGREEMENT)], axis=1)


def shared(some: Sequence[str], others: Sequence[str]) -> Tuple[bool, ...]:
    """Tell of each of some words whether it is among the others, in their order."""
    there = np.zeros(len(some), bool)
    for block in Levenshtein.opcodes(some, others):
        if block.tag == "equal":
            there[block.src_start:block.src_end] = True
    return tuple(there.tolist())


def fit_calibration(rows: np.ndarray, right: np.ndarray) -> Calibration:
    """Find the weights that make it likeliest that these words are right and those are not.

    Parameters
    ----------
    rows : (W, 3), what `evidence` gives.
    right : (W,) bool.
    """
    weights = np.zeros(rows.shape[1])
    for _ in range(_STEPS):                                                     # Newton's method
        chances = 1 / (1 + np.exp(-rows @ weights))
        curvature = (rows * (chances * (1 - chances))[:, None]).T @ rows + _RIDGE * np.eye(len(weights))
        weights += np.linalg.solve(curvature, rows.T @ (right - chances) - _RIDGE * weights)
    return Calibration(*(float(weight) for weight in weights))


def _log_odds(chances: np.ndarray, least: float) -> np.ndarray:
    kept = np.clip(chances, least, 1 - least)
    return np.log(kept / (1 - kept))
