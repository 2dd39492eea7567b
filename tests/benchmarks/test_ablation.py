"""Variants of the recogniser: those that are put together otherwise can be traced, and give a score for every column."""
from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("mxnet")


def test_every_variant_gives_the_scores_of_its_columns(benchmark_named, monkeypatch):
    from ocr.engine.gluon import GluonNetwork
    from ocr.text.alphabet import load_alphabet

    ablation = benchmark_named("ablation")
    some = {name: changes for name, changes in ablation.variants().items() if name in ("flattened", "residual")}
    monkeypatch.setattr(ablation, "variants", lambda: some)
    for name, traced in ablation.make(seed=0):
        (scores,) = GluonNetwork(traced.graph, traced.weights)(np.zeros((2, 1, 48, 64), np.float32))
        assert scores.shape == (2, 16, load_alphabet("latin").size), name
