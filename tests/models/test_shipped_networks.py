"""Every model that ships gives the same numbers in every engine, for any batch and width."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.engine.network import open_network
from ocr.models.registry import registry
from ocr.models.store import CLONE

SIZES = {"recognition": [(1, 48, 64), (3, 48, 352)], "lines": [(1, 256, 640), (2, 320, 640)],
         "paragraphs": [(1, 384, 512), (2, 512, 384)]}
NAMES = [card.name for card in registry() if card.task in SIZES]


@pytest.mark.parametrize("engine, package", [("gluon", "mxnet"), ("torch", "torch")])
@pytest.mark.parametrize("name", NAMES)
def test_engines_agree(name, engine, package):
    pytest.importorskip(package)
    card = next(card for card in registry() if card.name == name)
    folder = CLONE / "models" / name
    reference, other = open_network(folder, threads=1), open_network(folder, engine, threads=1)
    for count, height, width in SIZES[card.task]:
        images = np.random.default_rng(width).normal(size=(count, 1, height, width)).astype(np.float32)
        for expected, found in zip(reference(images), other(images)):
            assert found.shape == expected.shape
            np.testing.assert_allclose(found, expected, atol=2e-3 * max(1.0, np.abs(expected).max()))
