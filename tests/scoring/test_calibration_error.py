"""Expected calibration error against figures that can be worked out by hand."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.scoring.calibration_error import expected_calibration_error


def test_bins_are_weighted_by_their_counts():
    confidences = np.array([0.9, 0.9, 0.9, 0.9, 0.2, 0.2])
    right = np.array([True, True, True, False, False, False])
    assert expected_calibration_error(confidences, right) == pytest.approx(4 / 6 * 0.15 + 2 / 6 * 0.2)


def test_overconfidence_and_underconfidence_do_not_cancel_across_bins():
    assert expected_calibration_error(np.array([0.3, 0.7]), np.array([True, False])) == pytest.approx(0.7)


def test_confident_and_correct_predictions_have_no_error():
    assert expected_calibration_error(np.array([1.0, 1.0, 0.0]), np.array([True, True, False])) == 0
    assert expected_calibration_error(np.array([]), np.array([])) == 0


def test_a_calibrated_forecast_comes_near_to_none():
    rng = np.random.default_rng(0)
    confidences = rng.random(50_000)
    assert expected_calibration_error(confidences, rng.random(50_000) < confidences) < 0.01
