"""One folder, three engines, the same results; and clear words where something is missing."""
from __future__ import annotations

import re
import sys

import numpy as np
import pytest

from ocr.engine.network import half, open_network, read_weights, save_network
from ocr.errors import EngineUnavailable, ModelError, ModelMismatch, ModelNotFound


@pytest.fixture
def folder(tmp_path, case):
    """A saved network."""
    pytest.importorskip("onnx")
    save_network(tmp_path, case.traced, case.traced.weights, {"channels": case.channels})
    return tmp_path


@pytest.mark.parametrize("engine", ["onnx", "torch"])
def test_engines_agree(folder, case, engine):
    pytest.importorskip({"onnx": "onnxruntime"}.get(engine, engine))
    reference, network = open_network(folder, "gluon"), open_network(folder, engine, threads=1)
    for width in (32, 80):
        images = case.batch(np.random.default_rng(0), width)["images"]
        for found, expected in zip(network(images), reference(images)):
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_the_folder_holds_what_was_returned(tmp_path, lines):
    kept = save_network(tmp_path, lines.traced, lines.traced.weights, {"channels": 1})
    assert {array.dtype for array in kept.values() if array.ndim > 1} == {np.dtype(np.float16)}
    assert {array.dtype for array in kept.values() if array.ndim == 1} == {np.dtype(np.float32)}
    read = read_weights(tmp_path / "weights.npz")
    assert set(read) == set(kept) == set(lines.traced.weights)
    for name, array in read.items():
        np.testing.assert_array_equal(array, kept[name])


@pytest.mark.parametrize("engine, package, line", [("torch", "torch", "pip install .[torch]"),
                                                   ("gluon", "mxnet", "pip install .[gluon]"),
                                                   ("onnx", "onnxruntime", "pip install .")])
def test_a_missing_package_says_what_to_type(tmp_path, monkeypatch, engine, package, line):
    (tmp_path / "network.json").write_text("{}")
    (tmp_path / "network.onnx").write_bytes(b"")
    np.savez(tmp_path / "weights.npz")
    monkeypatch.setitem(sys.modules, package, None)
    for module in ("ocr.engine.torch_graph", "ocr.engine.torch_layers", "ocr.engine.torch_operators"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    with pytest.raises(EngineUnavailable, match=re.escape(line)):
        open_network(tmp_path, engine)


@pytest.mark.parametrize("engine, device", [("onnx", "gpu"), ("onnx", "cuda:0"), ("onnx", "gpu:x"), ("mxnet", "cpu")])
def test_a_device_or_engine_that_does_not_exist_is_named(tmp_path, engine, device):
    with pytest.raises(EngineUnavailable, match=device if engine == "onnx" else engine):
        open_network(tmp_path, engine, device)


@pytest.mark.parametrize("engine", ["onnx", "torch", "gluon"])
def test_an_empty_folder_is_named(tmp_path, engine):
    with pytest.raises(ModelNotFound, match=re.escape(str(tmp_path))):
        open_network(tmp_path, engine)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut short", b"not a file of arrays"])
def test_broken_weights_are_named(tmp_path, content):
    (tmp_path / "weights.npz").write_bytes(content)
    with pytest.raises(ModelMismatch, match="weights.npz"):
        read_weights(tmp_path / "weights.npz")


def test_nothing_is_unpickled(tmp_path):
    np.savez(tmp_path / "weights.npz", w=np.array([{"any": "object"}], dtype=object))
    with pytest.raises(ModelMismatch, match="weights.npz"):
        read_weights(tmp_path / "weights.npz")


@pytest.mark.parametrize("value", [np.nan, 1e6])
def test_weights_that_half_precision_cannot_hold_are_refused(value):
    with pytest.raises(ModelError, match="'w'.*65504"):
        half("w", np.full((2, 2), value, np.float32))
    assert half("running_var", np.full(2, 1e6, np.float32)).dtype == np.float32


def test_weights_of_another_network_are_refused(tmp_path, lines, boxes):
    with pytest.raises(ModelError, match="lines_"):
        save_network(tmp_path, lines.traced, boxes.traced.weights, {"channels": 1})
    assert not any(tmp_path.iterdir())
