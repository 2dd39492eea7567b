"""Variants of the recogniser: each can be traced and run, and a residual block starts as nothing."""
from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("mxnet")


@pytest.mark.parametrize("name", ["flattened", "residual"])
def test_a_variant_gives_the_scores_of_its_columns(benchmark_named, name):
    from ocr.engine.gluon import GluonNetwork
    from ocr.text.alphabet import LATIN

    traced = benchmark_named("ablation").make(name, seed=0)
    (scores,) = GluonNetwork(traced.graph, traced.weights)(np.zeros((2, 1, 48, 64), np.float32))
    assert scores.shape == (2, 16, LATIN.size)


def test_a_residual_block_adds_nothing_at_the_start(benchmark_named):
    ablation = benchmark_named("ablation")
    block, maps = ablation.Residual(3), ablation.mx.nd.random.normal(shape=(2, 3, 4, 5))
    block.initialize()
    assert np.array_equal(block(maps).asnumpy(), maps.asnumpy())
