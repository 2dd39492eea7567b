"""Rescoring: the reading is taken that scores best with the weights given."""
from __future__ import annotations

import numpy as np
import pytest


@pytest.mark.parametrize("weights, taken", [((0, 0, 0), "cet"), ((1, 0, 0), "cat"), ((0, 2, 0), "cot"), ((0, 0, 3), "cart")])
def test_readings_are_chosen_by_weights(benchmark_named, weights, taken):
    rescoring = benchmark_named("rescoring")
    line = rescoring.Choice("p1", "cat", ("cet", "cat", "cot", "cart"), np.array(
        [[-1.0, -9.0, -9.0, 3], [-2.0, -4.0, -9.0, 3], [-3.0, -9.0, -4.0, 3], [-3.0, -9.0, -9.0, 4]]))
    (pair,) = rescoring.pairs([line], weights)
    assert (pair.reference, pair.hypothesis) == ("cat", taken)
