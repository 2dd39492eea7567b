"""The ONNX (opset 17) equivalent of each operator of a Gluon graph: one explicit table, for inference.

Axes: N samples, C channels, H rows, W columns, T frames, D directions.
"""
from __future__ import annotations

from typing import Any, Dict, List

import numpy as np

from ocr.engine.graph import Node
from ocr.engine.onnx_shapes import SHAPES
from ocr.engine.onnx_writer import Emit, OnnxWriter


def _window(node: Node) -> Dict[str, Any]:
    kernel = node.integers("kernel")
    pads = node.integers("pad", (0,) * len(kernel))
    return {"kernel_shape": kernel, "strides": node.integers("stride", (1,) * len(kernel)), "pads": pads + pads}


def _convolution(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
    dilate = node.integers("dilate", (1,) * len(node.integers("kernel")))
    groups = node.integer("num_group", 1)
    return out.add("Conv", *map(out.value, inputs), dilations=dilate, group=groups, **_window(node))


def _deconvolution(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
    if node.has("target_shape") and any(node.integers("target_shape")):
        raise node.unsupported("target_shape")
    return out.add("ConvTranspose", *map(out.value, inputs), dilations=node.integers("dilate", (1, 1)),
                   group=node.integer("num_group", 1), output_padding=node.integers("adj", (0, 0)), **_window(node))


def _dense(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
    x, weight = out.value(inputs[0]), out.array(inputs[1], node)
    if node.flag("flatten", True):
        x = out.add("Flatten", x, axis=1, rank=2)
    y = out.add("MatMul", x, out.store(f"{inputs[1]}_transposed", weight.T))
    return out.add("Add", y, out.value(inputs[2])) if len(inputs) > 2 else y


def _batch_norm(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
    if node.integer("axis", 1) != 1:
        raise node.unsupported("it normalises an axis other than 1")
    scale = out.value(inputs[1])
    if node.flag("fix_gamma", True):
        scale = out.store(f"{inputs[1]}_ones", np.ones_like(out.array(inputs[1], node)))
    return out.add("BatchNormalization", out.value(inputs[0]), scale, *map(out.value, inputs[2:]),
                   epsilon=node.number("eps", 1e-3))


def _layer_norm(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
    axis, rank = node.integer("axis", -1), out.ranks[inputs[0]]
    if axis not in (-1, rank - 1):
        raise node.unsupported("it normalises an axis other than the last")
    return out.add("LayerNormalization", *map(out.value, inputs), axis=-1, epsilon=node.number("eps", 1e-5))


def _activation(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
    known = {"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "softrelu": "Softplus", "softsign": "Softsign"}
    kind = node.string("act_type", "relu")
    if kind not in known:
        raise node.unsupported(f"act_type {kind}")
    return out.add(known[kind], inputs[0])


def _leaky(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
    kind, slope = node.string("act_type", "leaky"), node.number("slope", 0.25)
    if kind in ("leaky", "elu"):
        return out.add("LeakyRelu" if kind == "leaky" else "Elu", inputs[0], alpha=slope)
    if kind == "prelu":
        weight = out.array(inputs[1], node)
        shaped = weight.reshape((-1,) + (1,) * (out.ranks[inputs[0]] - 2))
        return out.add("PRelu", inputs[0], out.store(f"{inputs[1]}_shaped", shaped))
    if kind == "gelu":
        error = out.add("Erf", out.add("Mul", inputs[0], out.scalar(0.5 ** 0.5)))
        return out.add("Mul", out.add("Mul", inputs[0], out.scalar(0.5)), out.add("Add", error, out.scalar(1.0)))
    raise node.unsupported(f"act_type {kind}")


def _pooling(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
    kind, convention = node.string("pool_type", "max"), node.string("pooling_convention", "valid")
    if kind not in ("max", "avg") or convention not in ("valid", "full"):
        raise node.unsupported("only max and avg pooling, conventions valid and full")
    if node.flag("global_pool"):
        return out.add("GlobalMaxPool" if kind == "max" else "GlobalAveragePool", inputs[0])
    settings = {**_window(node), "ceil_mode": int(convention == "full")}
    if kind == "max":
        return out.add("MaxPool", inputs[0], **settings)
    return out.add("AveragePool", inputs[0], count_include_pad=int(node.flag("count_include_pad", True)), **settings)


def _recurrent(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
    """Write one LSTM per layer; MXNet orders its gates i f c o, ONNX i o f c."""
    if node.string("mode", "") != "lstm" or node.has("projection_size") or node.has("lstm_state_clip_max"):
        raise node.unsupported("only plain LSTMs")
    size, directions = node.integer("state_size", 0), 1 + node.flag("bidirectional")
    arrays = [out.array(name, node) for name in inputs[1:]]
    order = np.concatenate([np.arange(size) + size * gate for gate in (0, 3, 1, 2)])
    x, half = out.value(inputs[0]), len(arrays) // 2
    for layer in range(node.integer("num_layers", 1)):
        first = layer * directions * 2
        matrices, biases = (arrays[start + first:start + first + 2 * directions] for start in (0, half))
        names = [f"{node.name}_{layer}_{part}" for part in ("input", "recurrent", "bias")]
        packed = [np.stack([m[order] for m in matrices[0::2]]), np.stack([m[order] for m in matrices[1::2]]),
                  np.stack([np.concatenate((i[order], r[order])) for i, r in zip(biases[0::2], biases[1::2])])]
        y = out.add("LSTM", x, *map(out.store, names, packed), hidden_size=size, rank=4,
                    direction="bidirectional" if directions == 2 else "forward")        # (T, D, N, C)
        y = out.add("Transpose", y, perm=(0, 2, 1, 3))                                  # (T, N, D, C)
        x = out.add("Reshape", y, out.integers((0, 0, -1)), rank=3)                     # (T, N, D*C)
    return x


def _embedding(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
    return out.add("Gather", out.value(inputs[1]), out.cast(inputs[0], "INT64"), rank=out.ranks[inputs[0]] + 1)


def _pad(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
    widths = node.integers("pad_width")
    return out.add("Pad", inputs[0], out.integers(widths[0::2] + widths[1::2]),
                   out.scalar(node.number("constant_value", 0.0)), mode=node.string("mode", "constant"))


def _upsampling(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
    if node.string("sample_type", "nearest") != "nearest" or node.integer("num_args", 1) != 1:
        raise node.unsupported("only nearest-neighbour sampling of one input")
    scale = node.integer("scale", 1)
    factors = out.store(f"scales_{scale}", np.array([1, 1, scale, scale], np.float32))
    return out.add("Resize", inputs[0], "", factors, mode="nearest", nearest_mode="floor",
                   coordinate_transformation_mode="asymmetric")


def _reduction(operator: str) -> Emit:
    """Make a reduction; over all axes it gives shape (1,), as in MXNet."""
    def emit(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
        rank = out.ranks[inputs[0]]
        named = {axis % rank for axis in node.integers("axis")} or set(range(rank))
        axes = sorted(set(range(rank)) - named if node.flag("exclude") else named)
        keep = node.flag("keepdims") or len(axes) == rank
        settings = {"keepdims": int(keep), "rank": rank if keep else rank - len(axes)}
        if operator == "ReduceSum":                       # the only one whose axes are an input in opset 17
            y = out.add(operator, inputs[0], out.integers(axes), **settings)
        else:
            y = out.add(operator, inputs[0], axes=axes, **settings)
        return y if node.flag("keepdims") or not keep else out.add("Reshape", y, out.integers((1,)), rank=1)
    return emit


def _argmax(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
    keep = node.flag("keepdims")
    rank = out.ranks[inputs[0]] - (not keep)
    return out.cast(out.add("ArgMax", inputs[0], axis=node.integer("axis", -1), keepdims=int(keep), rank=rank))


def _plain(operator: str) -> Emit:
    def emit(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
        rank = max(out.ranks[name] for name in map(out.value, inputs))
        return out.add(operator, *map(out.value, inputs), rank=rank)
    return emit


def _compare(operator: str) -> Emit:
    return lambda node, out, inputs: out.cast(_plain(operator)(node, out, inputs))


def _scalar(operator: str, reversed_operands: bool = False, compares: bool = False) -> Emit:
    def emit(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
        x, number = out.value(inputs[0]), out.scalar(node.number("scalar", 0.0))
        y = out.add(operator, *((number, x) if reversed_operands else (x, number)), rank=out.ranks[x])
        return out.cast(y) if compares else y
    return emit


def _not_equal_scalar(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
    equal = out.add("Equal", out.value(inputs[0]), out.scalar(node.number("scalar", 0.0)))
    return out.cast(out.add("Not", equal))


def _axis(operator: str) -> Emit:
    return lambda node, out, inputs: out.add(operator, inputs[0], axis=node.integer("axis", -1))


def _where(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
    return out.add("Where", out.cast(inputs[0], "BOOL"), *map(out.value, inputs[1:]))


def _clip(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
    return out.add("Clip", inputs[0], *(out.scalar(node.number(key, 0.0)) for key in ("a_min", "a_max")))


_BINARY = {"add": "Add", "sub": "Sub", "mul": "Mul", "div": "Div", "maximum": "Max", "minimum": "Min", "power": "Pow"}
_COMPARISONS = {"greater": "Greater", "greater_equal": "GreaterOrEqual", "lesser": "Less",
                "lesser_equal": "LessOrEqual", "equal": "Equal"}
_SCALARS = {"plus": "Add", "minus": "Sub", "mul": "Mul", "div": "Div", "power": "Pow", "maximum": "Max",
            "minimum": "Min"}
_UNARY = {"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "exp": "Exp", "log": "Log", "sqrt": "Sqrt",
          "abs": "Abs", "negative": "Neg", "sign": "Sign", "floor": "Floor", "ceil": "Ceil", "softsign": "Softsign",
          "BlockGrad": "Identity", "_copy": "Identity", "Dropout": "Identity"}

OPERATORS: Dict[str, Emit] = {
    **{name: _plain(operator) for name, operator in _UNARY.items()},
    **{f"{prefix}_{name}": _plain(operator) for name, operator in _BINARY.items()
       for prefix in ("broadcast", "elemwise", "")},
    **{f"{prefix}_{name}": _compare(operator) for name, operator in _COMPARISONS.items()
       for prefix in ("broadcast", "")},
    **{f"_{name}_scalar": _scalar(operator) for name, operator in _SCALARS.items()},
    **{f"_{name}_scalar": _scalar(operator, compares=True) for name, operator in _COMPARISONS.items()},
    "_rminus_scalar": _scalar("Sub", reversed_operands=True), "_rdiv_scalar": _scalar("Div", reversed_operands=True),
    "square": lambda node, out, inputs: out.add("Mul", inputs[0], inputs[0]),
    "Convolution": _convolution, "Deconvolution": _deconvolution, "FullyConnected": _dense, "BatchNorm": _batch_norm,
    "LayerNorm": _layer_norm, "Activation": _activation, "LeakyReLU": _leaky, "Pooling": _pooling, "RNN": _recurrent,
    "Embedding": _embedding, "Pad": _pad, "UpSampling": _upsampling,
    "_not_equal_scalar": _not_equal_scalar, **SHAPES,
    "softmax": _axis("Softmax"), "log_softmax": _axis("LogSoftmax"), "argmax": _argmax, "where": _where, "clip": _clip,
    "sum": _reduction("ReduceSum"), "mean": _reduction("ReduceMean"), "max": _reduction("ReduceMax"),
    "min": _reduction("ReduceMin"),
}
