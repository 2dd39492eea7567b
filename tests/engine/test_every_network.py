"""Each network of the project with its loss: PyTorch gives MXNet's loss and gradients, and ONNX MXNet's outputs."""
from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
runtime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")

from ocr.engine.gluon import GluonLearner
from ocr.engine.graph import read_graph
from ocr.engine.onnx_export import graph_to_onnx
from ocr.engine.torch_graph import TorchLearner


def recogniser(rng: np.random.Generator):
    """Trace the recogniser; two lines, one shorter."""
    from ocr.recognition.crnn.training import trace_recogniser
    from ocr.text.alphabet import Alphabet
    traced = trace_recogniser(Alphabet("abcdefgh "), 48, seed=0)
    return traced, {"images": rng.normal(size=(2, 1, 48, 128)), "labels": np.array([[0, 1, 1, 2], [3, 8, -1, -1]]),
                    "frames": np.array([32, 20]), "lengths": np.array([4, 2])}


def detector(rng: np.random.Generator):
    """Trace the detector of lines and words; some anchors are positive, some are ignored."""
    from ocr.lines.ssd.anchors import LINES, WORDS
    from ocr.lines.ssd.training import trace_detector
    batch = {"images": rng.normal(size=(2, 1, 64, 128))}
    for name, anchors in (("line", LINES), ("word", WORDS)):
        count = len(anchors.boxes((64, 128)))
        batch[f"{name}_match"] = rng.choice([-1, 0, 1], (2, count), p=[0.1, 0.8, 0.1])
        batch[f"{name}_offsets"] = rng.normal(size=(2, count, 5))
    return trace_detector(seed=0), batch


def page_network(rng: np.random.Generator):
    """Trace the page network."""
    from ocr.paragraphs.training import trace_page_network
    return trace_page_network(seed=0), {"images": rng.normal(size=(2, 1, 64, 64)), "area": rng.random((2, 1, 8, 8)),
                                        "ways": rng.random((2, 4, 4, 4))}


def language_model(rng: np.random.Generator):
    """Trace the language model; tokens and the next tokens."""
    pytest.importorskip("gluonnlp")
    from ocr.decoding.lstm.training import trace_language_model
    tokens = rng.integers(0, 30, (3, 41))
    return trace_language_model(30, seed=0, hidden=32), {"tokens": tokens[:, :-1], "targets": tokens[:, 1:]}


def corrector(rng: np.random.Generator):
    """Trace the corrector; two texts of different lengths."""
    pytest.importorskip("gluonnlp")
    from ocr.decoding.corrector.training import trace_corrector
    batch = {"source": np.array([[2, 3, 9, 7, 1], [4, 8, 1, 0, 0]]),
             "prefix": np.array([[1, 2, 3, 5, 9, 7], [1, 4, 8, 8, 0, 0]]),
             "targets": np.array([[2, 3, 5, 9, 7, 1], [4, 8, 8, 1, 0, 0]])}
    return trace_corrector(10, seed=int(rng.integers(100)), units=16, hidden=24, layers=2), batch


def difference(found, expected) -> float:
    """Return the largest difference of two arrays, relative to the largest absolute value where that exceeds 1."""
    return float(np.abs(found - expected).max() / max(1.0, np.abs(expected).max()))


@pytest.mark.parametrize("make", [recogniser, detector, page_network, language_model, corrector])
def test_torch_learns_as_mxnet_does(make, mx):
    """In a million ReLUs rounding now and then tips one over and with it a gradient, so the best of three batches."""
    apart = []
    for seed in range(3):
        traced, batch = make(np.random.default_rng(seed))
        traced = replace(traced, loss_graph=re.sub(r'"p": "0\.\d+"', '"p": "0.0"', traced.loss_graph))
        reference, learner = GluonLearner(traced), TorchLearner(traced)
        expected, found = reference.gradients(batch, 0), learner.gradients(batch, 0)
        apart.append(max(difference(found[name], gradient) for name, gradient in expected.items()))
        assert learner.step(batch, 1e-3, 0) == pytest.approx(reference.step(batch, 1e-3, 0), rel=1e-5)
        if apart[-1] < 2e-5:
            return
    pytest.fail(f"gradients differ by {apart}")


@pytest.mark.parametrize("make", [recogniser, detector, page_network, language_model, corrector])
def test_all_engines_read_the_same(make, mx):
    traced, batch = make(np.random.default_rng(0))
    expected = GluonLearner(traced).outputs(batch)
    graph = read_graph(traced.graph)
    shape = (None, 1, None, None) if "images" in traced.inputs else (None, None)
    content = graph_to_onnx(graph, {name: traced.weights[name] for name in graph.variables if name not in traced.inputs},
                            dict.fromkeys(traced.inputs, shape))
    session = runtime.InferenceSession(content, providers=["CPUExecutionProvider"])
    written = session.run(None, {name: batch[name].astype(np.float32) for name in traced.inputs})
    for outputs in (written, TorchLearner(traced).outputs(batch)):
        assert len(outputs) == len(expected)
        assert max(difference(found, right) for found, right in zip(outputs, expected)) < 1e-5
