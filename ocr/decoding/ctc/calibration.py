"""Calibrate the confidences of words: from the scores of network and decoder to the probability of being right."""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Optional, Sequence, Tuple

import numpy as np
from rapidfuzz.distance import Levenshtein

from ocr.decoding.ctc.best_path import Decoded, DecodedWord, words
from ocr.errors import ModelMismatch
from ocr.models.registry import ModelCard

_CERTAINTY, _AGREEMENT = 1e-4, 1e-2     # distance that these keep from 0 and 1
_RIDGE, _STEPS = 1e-3, 50


@dataclass(frozen=True)
class Calibration:
    """Logistic regression of whether a word is right.

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
        probabilities = self.probabilities(evidence(decoded))
        return tuple(replace(word, confidence=float(probability)) for word, probability in zip(found, probabilities))

    def probabilities(self, rows: np.ndarray) -> np.ndarray:
        """Probability that words with this evidence, (W, 3), are right, (W,)."""
        return 1 / (1 + np.exp(-rows @ np.array([self.bias, self.certainty, self.agreement])))


def calibration_of(card: ModelCard, decoder: str) -> Optional[Calibration]:
    """Return the calibration on a recogniser's card for a decoder, or None where there is none.

    Parameters
    ----------
    card : of the recogniser; its setting `calibration.NAME` holds the three weights, see `benchmarks/calibration.py`.
    decoder : name of the decoder, or the task of a model that is one.

    Raises
    ------
    ModelMismatch : the setting holds no three numbers.
    """
    weights = card.setting(f"calibration.{decoder}", None)
    if weights is None:
        return None
    try:
        bias, certainty, agreement = map(float, weights)
    except (TypeError, ValueError) as error:
        raise ModelMismatch(f"{card.name}: its setting calibration.{decoder} is {weights!r}; three numbers are accepted "
                            "(benchmarks/calibration.py prints them). Correct it on its card.") from error
    return Calibration(bias, certainty, agreement)


def evidence(decoded: Decoded) -> np.ndarray:
    """Return the features of each word, (W, 3): 1, log odds of its confidence and of its agreement."""
    found = words(decoded)
    texts = [word.text for word in found]
    support, total = np.ones(len(texts)), 1.0
    for other in decoded.others:
        support += other.share * np.array(shared(texts, other.text.split()))
        total += other.share
    certainty = np.array([word.confidence for word in found])
    return np.stack([np.ones(len(texts)), _log_odds(certainty, _CERTAINTY), _log_odds(support / total, _AGREEMENT)], axis=1)


def shared(some: Sequence[str], others: Sequence[str]) -> Tuple[bool, ...]:
    """Return for each word whether it is among the others, aligned in order."""
    there = np.zeros(len(some), bool)
    for block in Levenshtein.opcodes(some, others):
        if block.tag == "equal":
            there[block.src_start:block.src_end] = True
    return tuple(there.tolist())


def fit_calibration(rows: np.ndarray, right: np.ndarray, ridge: float = _RIDGE) -> Calibration:
    """Fit the weights by maximum likelihood, with a ridge penalty.

    Parameters
    ----------
    rows : (W, 3), what `evidence` gives.
    right : (W,) bool.
    ridge : weight of the penalty, the sum of the squared weights.
    """
    weights = np.zeros(rows.shape[1])
    for _ in range(_STEPS):                                                     # Newton's method
        probabilities = 1 / (1 + np.exp(-rows @ weights))
        curvature = (rows * (probabilities * (1 - probabilities))[:, None]).T @ rows + ridge * np.eye(len(weights))
        weights += np.linalg.solve(curvature, rows.T @ (right - probabilities) - ridge * weights)
    return Calibration(*(float(weight) for weight in weights))


def _log_odds(probabilities: np.ndarray, margin: float) -> np.ndarray:
    kept = np.clip(probabilities, margin, 1 - margin)
    return np.log(kept / (1 - kept))
