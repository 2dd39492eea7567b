"""Networks written as ONNX give MXNet's results at every size, from half precision weights, with little to run."""
from __future__ import annotations

import json

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

from ocr.engine.graph import read_graph
from ocr.engine.network import half
from ocr.engine.onnx_export import graph_to_onnx
from ocr.errors import UnsupportedOperator


def session(content: bytes, optimised: str = ""):
    """Open an ONNX file's content, and write the optimised graph where requested."""
    options = runtime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 3, 1
    options.optimized_model_filepath = optimised
    return runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def test_every_operator_gives_mxnets_values(reading_expression):
    content = graph_to_onnx(read_graph(reading_expression.graph), {}, {"x": (None,) * 4, "y": (None,) * 4})
    ran = session(content)
    names = {value.name for value in ran.get_inputs()}
    (output,) = ran.run(None, {name: array for name, array in reading_expression.fed.items() if name in names})
    assert output.shape == reading_expression.output.shape
    np.testing.assert_allclose(output, reading_expression.output, rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize("rounded", [False, True])
def test_networks_give_mxnets_results_at_any_size(case, rounded):
    from ocr.engine.gluon import GluonNetwork
    weights = {name: half(name, array) if rounded else array for name, array in case.traced.weights.items()}
    content = graph_to_onnx(read_graph(case.traced.graph), weights, {"images": (None, case.channels, None, None)})
    ran = session(content)
    reference = GluonNetwork(case.traced.graph, {name: array.astype(np.float32) for name, array in weights.items()})
    rng = np.random.default_rng(0)
    for count, height, width in ((1, 16, 32), (3, 32, 96), (2, 48, 64)):
        images = rng.normal(size=(count, case.channels, height, width)).astype(np.float32)
        for found, expected in zip(ran.run(None, {"images": images}), reference(images)):
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_batch_normalisation_is_folded_by_the_runtime(case, tmp_path):
    weights = {name: half(name, array) for name, array in case.traced.weights.items()}
    content = graph_to_onnx(read_graph(case.traced.graph), weights, {"images": (None, case.channels, None, None)})
    session(content, str(tmp_path / "optimised.onnx"))
    left = {node.op_type for node in onnx.load(str(tmp_path / "optimised.onnx")).graph.node}
    assert "BatchNormalization" not in left and "Cast" not in left


def test_matrices_are_stored_in_half_precision(lines):
    weights = {name: half(name, array) for name, array in lines.traced.weights.items()}
    content = graph_to_onnx(read_graph(lines.traced.graph), weights, {"images": (None, 1, None, None)})
    model = onnx.load_from_string(content)
    for stored in model.graph.initializer:
        if len(stored.dims) > 1 and "bias" not in stored.name:
            assert stored.data_type == onnx.TensorProto.FLOAT16, stored.name
    assert model.opset_import[0].version == 17


def test_an_unknown_operator_is_named_with_its_node():
    nodes = [{"op": "null", "name": "x", "inputs": []}, {"op": "Fourier", "name": "wave", "inputs": [[0, 0, 0]]}]
    with pytest.raises(UnsupportedOperator, match="Fourier.*'wave'"):
        graph_to_onnx(read_graph(json.dumps({"nodes": nodes, "heads": [[1, 0, 0]]})), {}, {"x": (None,)})
