"""ONNX Runtime's memory stays level over many widths, and what it cannot load or use is named."""
from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

runtime = pytest.importorskip("onnxruntime")

from ocr.engine.onnx_runtime import OnnxNetwork
from ocr.errors import EngineUnavailable, ModelMismatch


def resident() -> float:
    """Mebibytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2 ** 20


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_stays_level_over_many_widths(lines, tmp_path):
    pytest.importorskip("onnx")
    from ocr.engine.network import save_network
    save_network(tmp_path, lines.traced, lines.traced.weights, {"channels": 1})
    network, rng = OnnxNetwork(tmp_path / "network.onnx", threads=1), np.random.default_rng(0)
    network(np.zeros((4, 1, 16, 800), np.float32))
    before = resident()
    for _ in range(300):
        network(np.zeros((rng.integers(1, 5), 1, 16, rng.integers(32, 600)), np.float32))
    assert resident() - before < 4


def test_a_broken_file_is_named(tmp_path):
    (tmp_path / "network.onnx").write_bytes(b"not a network")
    with pytest.raises(ModelMismatch, match="network.onnx"):
        OnnxNetwork(tmp_path / "network.onnx")


def test_a_gpu_that_the_runtime_cannot_use_is_named(tmp_path):
    if "CUDAExecutionProvider" in runtime.get_available_providers():
        pytest.skip("this runtime can use a GPU")
    with pytest.raises(EngineUnavailable, match="gpu:0"):
        OnnxNetwork(tmp_path / "network.onnx", device="gpu:0")
