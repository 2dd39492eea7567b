"""Export a Gluon graph and its weights to ONNX (opset 17). Needs onnx, but not MXNet."""
from __future__ import annotations

from typing import Dict, List, Mapping, Sequence, Union

import numpy as np

from ocr.engine.graph import Graph, Value
from ocr.engine.onnx_operators import OPERATORS
from ocr.engine.onnx_writer import OnnxWriter, import_onnx

OPSET = 17
IR_VERSION = 8

Shape = Sequence[Union[int, str, None]]
"""Sizes of an input: a number is fixed, a name or None is a dynamic axis."""


def graph_to_onnx(graph: Graph, weights: Mapping[str, np.ndarray], inputs: Mapping[str, Shape]) -> bytes:
    """Export a graph to ONNX.

    Parameters
    ----------
    graph : traced for inference.
    weights : by Gluon name; float16 arrays are stored as float16 and computed with in float32.
    inputs : the shape of each input, by name, in the order of the network's arguments.

    Returns
    -------
    The file's content. Outputs are named output0, output1 and so on.

    Raises
    ------
    UnsupportedOperator : an operator, or a setting of one, has no counterpart in the table.
    """
    onnx = import_onnx()
    out = OnnxWriter(weights)
    out.ranks.update({name: len(shape) for name, shape in inputs.items()})
    values = _emit(graph, out)
    names = [f"output{i}" for i in range(len(graph.outputs))]
    for name, value in zip(names, graph.outputs):
        out.nodes.append(onnx.helper.make_node("Identity", [out.value(values[value])], [name]))
    float32 = onnx.TensorProto.FLOAT
    body = onnx.helper.make_graph(
        out.nodes, "network", [onnx.helper.make_tensor_value_info(name, float32, _sizes(name, shape))
                               for name, shape in inputs.items()],
        [onnx.helper.make_tensor_value_info(name, float32, _sizes(name, [None] * out.ranks[values[value]]))
         for name, value in zip(names, graph.outputs)], out.initialisers)
    model = onnx.helper.make_model(body, opset_imports=[onnx.helper.make_opsetid("", OPSET)], ir_version=IR_VERSION,
                                   producer_name="ocr")
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)


def _emit(graph: Graph, out: OnnxWriter) -> Dict[Value, str]:
    """Write all nodes, and return the name of every value."""
    values: Dict[Value, str] = {}
    for index, node in enumerate(graph.nodes):
        if node.is_variable:
            values[index, 0] = node.name
            continue
        if node.operator not in OPERATORS:
            raise node.unsupported("the ONNX export does not support it")
        if any(value not in values for value in node.inputs):
            raise node.unsupported("it uses a result, such as an LSTM's last state, that the ONNX export does not provide")
        made = OPERATORS[node.operator](node, out, [values[value] for value in node.inputs])
        for output, name in enumerate([made] if isinstance(made, str) else made):
            values[index, output] = name
    return values


def _sizes(name: str, shape: Shape) -> List[Union[int, str]]:
    return [size if size is not None else f"{name}_{axis}" for axis, size in enumerate(shape)]
