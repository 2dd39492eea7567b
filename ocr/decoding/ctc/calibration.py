"""From how sure the network and the decoder are of a word to how often such words are right."""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Optional, Sequence, Tuple

import numpy as np
from rapidfuzz.distance import Levenshtein

from ocr.decoding.ctc.best_path import Decoded, DecodedWord, words
from ocr.errors import ModelMismatch
from ocr.models.registry import ModelCard

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
        probabilities = self.probabilities(evidence(decoded))
        return tuple(replace(word, confidence=float(probability)) for word, probability in zip(found, probabilities))

    def probabilities(self, rows: np.ndarray) -> np.ndarray:
        """Probability that words with this evidence, (W, 3), are right, (W,)."""
        return 1 / (1 + np.exp(-rows @ np.array([self.bias, self.certainty, self.agreement])))


def calibration_of(card: ModelCard, decoder: str) -> Optional[Calibration]:
    """Give what a recogniser's card says of the confidences of its readings by a decoder, or None where it says nothing.

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
        probabilities = 1 / (1 + np.exp(-rows @ weights))
        curvature = (rows * (probabilities * (1 - probabilities))[:, None]).T @ rows + _RIDGE * np.eye(len(weights))
        weights += np.linalg.solve(curvature, rows.T @ (right - probabilities) - _RIDGE * weights)
    return Calibration(*(float(weight) for weight in weights))


def _log_odds(probabilities: np.ndarray, least: float) -> np.ndarray:
    kept = np.clip(probabilities, least, 1 - least)
    return np.log(kept / (1 - kept))
