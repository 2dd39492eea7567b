"""Without MXNet at hand: what MXNet 1.9.1 computed for a small CNN-BiLSTM-CTC, to which the other engines are held.

The files are the `lines` network of conftest.py without its dropout, as `TracedTraining.save` writes it, and a batch
with the loss, the outputs and the gradients that `GluonLearner` gives for it.
"""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ocr.engine.graph import read_graph
from ocr.engine.learner import TracedTraining

FOLDER = Path(__file__).resolve().parents[1] / "data" / "traced_lines"


@pytest.fixture(scope="module")
def golden() -> dict:
    """The batch, and MXNet's loss, outputs and gradients for it."""
    with np.load(FOLDER / "golden.npz", allow_pickle=False) as arrays:
        return dict(arrays)


def batch_of(golden: dict) -> dict:
    """Pick the batch out of the file."""
    return {name.split("/")[1]: array for name, array in golden.items() if name.startswith("batch/")}


def test_torch_computes_mxnets_loss_and_gradients(golden):
    pytest.importorskip("torch")
    from ocr.engine.torch_graph import TorchLearner
    learner = TorchLearner(TracedTraining.load(FOLDER))
    gradients = learner.gradients(batch_of(golden), 0)
    names = [name for name in golden if name.startswith("gradient/")]
    assert len(names) == len(gradients) == 32
    for name in names:
        np.testing.assert_allclose(gradients[name.split("/")[1]], golden[name], rtol=1e-4, atol=2e-5, err_msg=name)
    np.testing.assert_allclose(learner.outputs(batch_of(golden))[0], golden["output"], rtol=1e-5, atol=1e-5)
    assert learner.step(batch_of(golden), 1e-3, 0) == pytest.approx(float(golden["loss"]), rel=2e-6)


def test_onnx_computes_mxnets_outputs(golden):
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    from ocr.engine.onnx_export import graph_to_onnx
    traced = TracedTraining.load(FOLDER)
    content = graph_to_onnx(read_graph(traced.graph), traced.weights, {"images": (None, 1, None, None)})
    session = runtime.InferenceSession(content, providers=["CPUExecutionProvider"])
    (output,) = session.run(None, {"images": golden["batch/images"]})
    np.testing.assert_allclose(output, golden["output"], rtol=1e-5, atol=1e-5)
