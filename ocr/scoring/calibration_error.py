"""How far confidences are from how often what they stand for is right."""
from __future__ import annotations

import numpy as np


def expected_calibration_error(confidences: np.ndarray, right: np.ndarray, bins: int = 15) -> float:
    """Mean distance between confidence and share of what is right, in bins of equal width.

    Parameters
    ----------
    confidences : (N,) from 0 to 1.
    right : (N,) bool.
    bins : that the range of confidences is cut into.

    Returns
    -------
    From 0 (perfect) to 1; 0 where there is nothing.

    Source
    ------
    Guo, Pleiss, Sun, Weinberger, On Calibration of Modern Neural Networks, https://arxiv.org/abs/1706.04599, section 2.
    """
    place = np.minimum((np.asarray(confidences) * bins).astype(int), bins - 1)
    surplus = np.bincount(place, confidences - np.asarray(right, np.float64), bins)
    return float(np.abs(surplus).sum() / max(len(place), 1))
