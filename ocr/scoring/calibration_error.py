"""Expected calibration error: how far confidences are from the observed accuracy."""
from __future__ import annotations

import numpy as np


def expected_calibration_error(confidences: np.ndarray, correct: np.ndarray, bins: int = 15) -> float:
    """Return the mean gap between confidence and accuracy over bins of equal width.

    Parameters
    ----------
    confidences : (N,) from 0 to 1.
    correct : (N,) bool, whether each prediction is correct.
    bins : number of bins over the range of confidences.

    Returns
    -------
    From 0 (perfect) to 1; 0 without predictions.

    Source
    ------
    Guo, Pleiss, Sun, Weinberger, On Calibration of Modern Neural Networks, https://arxiv.org/abs/1706.04599, section 2.
    """
    bin_index = np.minimum((np.asarray(confidences) * bins).astype(int), bins - 1)
    surplus = np.bincount(bin_index, confidences - np.asarray(correct, np.float64), bins)
    return float(np.abs(surplus).sum() / max(len(bin_index), 1))
