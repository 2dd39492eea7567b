"""The ONNX (opset 17) equivalents of the shape operators of a Gluon graph: reshaping, slicing, tiling and masking.

Axes: N samples, T positions.
"""
from __future__ import annotations

from typing import Dict, List

import numpy as np

from ocr.engine.graph import Node
from ocr.engine.onnx_writer import Emit, OnnxWriter


def _reshape(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
    codes, x = node.integers("shape"), out.value(inputs[0])
    if min(codes) < -1:
        raise node.unsupported("only the reshape codes 0 and -1")
    if not node.flag("reverse"):
        return out.add("Reshape", x, out.integers(codes), rank=len(codes))
    sizes = [out.integers((code,)) if code else out.sizes(x, place - len(codes)) for place, code in enumerate(codes)]
    return out.add("Reshape", x, out.add("Concat", *sizes, axis=0), rank=len(codes))


def _transpose(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
    axes = node.integers("axes") or tuple(reversed(range(out.ranks[inputs[0]])))
    return out.add("Transpose", inputs[0], perm=axes)


def _swap(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
    axes = list(range(out.ranks[inputs[0]]))
    first, second = node.integer("dim1", 0), node.integer("dim2", 0)
    axes[first], axes[second] = axes[second], axes[first]
    return out.add("Transpose", inputs[0], perm=axes)


def _expand(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
    axes = out.integers((node.integer("axis", 0),))
    return out.add("Unsqueeze", inputs[0], axes, rank=out.ranks[inputs[0]] + 1)


def _squeeze(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
    axes = node.integers("axis")
    if not axes:
        raise node.unsupported("the axis must be given")
    return out.add("Squeeze", inputs[0], out.integers(axes), rank=out.ranks[inputs[0]] - len(axes))


def _slice_axis(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
    (end,) = node.optional_integers("end", 1)
    bounds = (node.integer("begin", 0), np.iinfo(np.int64).max if end is None else end, node.integer("axis", 0))
    return out.add("Slice", inputs[0], *(out.integers((number,)) for number in bounds))


def _split(node: Node, out: OnnxWriter, inputs: List[str]) -> List[str]:
    axis = node.integer("axis", 1)
    out.add("Split", inputs[0], axis=axis, outputs=node.integer("num_outputs", 1))
    parts = out.last_outputs()
    if not node.flag("squeeze_axis"):
        return parts
    return [out.add("Squeeze", part, out.integers((axis,)), rank=out.ranks[part] - 1) for part in parts]


def _concat(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
    return out.add("Concat", *map(out.value, inputs), axis=node.integer("dim", 1))


def _arange_like(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
    if not node.has("axis") or node.number("start", 0) != 0 or node.number("step", 1) != 1 or node.integer("repeat", 1) != 1:
        raise node.unsupported("only 0, 1, 2 and so on, up to the size of an axis")
    size = out.add("Squeeze", out.sizes(inputs[0], node.integer("axis", 0)), rank=0)
    zero, one = (out.store(f"n_{number}", np.array(number, np.int64)) for number in (0, 1))
    return out.cast(out.add("Range", zero, size, one, rank=1))


def _broadcast_axis(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
    sizes = [1] * out.ranks[inputs[0]]
    for axis, size in zip(node.integers("axis"), node.integers("size")):
        sizes[axis] = size
    return out.add("Expand", inputs[0], out.integers(sizes))


def _broadcast_like(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
    if not node.has("lhs_axes"):
        return out.add("Expand", inputs[0], out.add("Shape", inputs[1], rank=1))
    sizes = [out.integers((1,))] * out.ranks[inputs[0]]
    for axis, like in zip(node.integers("lhs_axes"), node.integers("rhs_axes")):
        sizes[axis] = out.sizes(inputs[1], like)
    return out.add("Expand", inputs[0], out.add("Concat", *sizes, axis=0))


def _ones_like(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
    shape = out.add("Shape", inputs[0], rank=1)
    return out.add("Expand", out.scalar(1.0), shape, rank=out.ranks[inputs[0]])


def _sequence_mask(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
    """Mask with zeros the positions, (N, T), after the end of each sample."""
    rank = out.ranks[inputs[0]]
    if node.integer("axis", 0) != 1 or node.number("value", 0.0) != 0 or not node.flag("use_sequence_length"):
        raise node.unsupported("only zeros after given lengths of axis 1")
    positions = _arange_like(node, out, inputs[:1])                                     # (T,)
    lengths = out.add("Unsqueeze", inputs[1], out.integers((1,)), rank=2)               # (N, 1)
    valid = out.cast(out.add("Less", positions, lengths, rank=2))                       # (N, T)
    if rank > 2:
        valid = out.add("Unsqueeze", valid, out.integers(range(2, rank)), rank=rank)
    return out.add("Mul", inputs[0], valid)


def _batch_dot(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
    transposed = (node.flag("transpose_a"), node.flag("transpose_b"))
    return out.add("MatMul", *(out.add("Transpose", value, perm=(0, 2, 1)) if flag else value
                               for value, flag in zip(inputs, transposed)))


def _div_sqrt_dim(node: Node, out: OnnxWriter, inputs: List[str]) -> str:
    return out.add("Div", inputs[0], out.add("Sqrt", out.cast(out.sizes(inputs[0], -1))))


SHAPES: Dict[str, Emit] = {
    "Flatten": lambda node, out, inputs: out.add("Flatten", inputs[0], axis=1, rank=2),
    "Reshape": _reshape, "transpose": _transpose, "SwapAxis": _swap, "expand_dims": _expand, "squeeze": _squeeze,
    "slice_axis": _slice_axis, "SliceChannel": _split, "Concat": _concat, "_contrib_arange_like": _arange_like,
    "broadcast_axis": _broadcast_axis, "broadcast_like": _broadcast_like, "ones_like": _ones_like,
    "SequenceMask": _sequence_mask, "batch_dot": _batch_dot, "_contrib_div_sqrt_dim": _div_sqrt_dim,
}
