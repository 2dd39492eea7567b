"""The PyTorch equivalent of each operator of a Gluon graph: one explicit table, with MXNet's defaults and gradients."""
from __future__ import annotations

from typing import Any, Callable, Dict, List, Tuple

import torch
from torch import Tensor
from torch.nn import functional

from ocr.engine.graph import Node
from ocr.engine.torch_layers import LAYERS, Mode, Run


class _Maximum(torch.autograd.Function):
    """Maximum over axes whose full gradient goes to every position of the maximum, as in MXNet."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, axes: Tuple[int, ...]) -> Tensor:
        highest = x.amax(axes, keepdim=True)
        ctx.save_for_backward(x, highest)
        return highest

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tuple[Tensor, None]:
        x, highest = ctx.saved_tensors
        return (x == highest) * gradient, None


def new_shape(shape: Tuple[int, ...], codes: Tuple[int, ...]) -> List[int]:
    """Compute the sizes that MXNet's reshape codes stand for: 0 keep, -1 infer, -2 rest, -3 merge two, -4 split."""
    sizes: List[int] = []
    source, remaining = 0, list(codes)
    while remaining:
        code = remaining.pop(0)
        if code == -2:
            sizes, source = sizes + list(shape[source:]), len(shape)
        elif code == -3:
            sizes, source = sizes + [shape[source] * shape[source + 1]], source + 2
        elif code == -4:
            first, second = remaining.pop(0), remaining.pop(0)
            first = shape[source] // second if first == -1 else first
            sizes, source = sizes + [first, shape[source] // first], source + 1
        else:
            sizes, source = sizes + [shape[source] if code == 0 else code], source + 1
    return sizes


def _reshape(node: Node, mode: Mode) -> Run:
    codes = node.integers("shape")
    if not node.flag("reverse"):
        return lambda x: x.reshape(new_shape(tuple(x.shape), codes))
    if min(codes) < -1:
        raise node.unsupported("only the reshape codes 0 and -1 in reverse")
    return lambda x: x.reshape(new_shape(tuple(x.shape[::-1]), codes[::-1])[::-1])


def _transpose(node: Node, mode: Mode) -> Run:
    axes = node.integers("axes")
    return lambda x: x.permute(axes or tuple(reversed(range(x.dim()))))


def _swap(node: Node, mode: Mode) -> Run:
    first, second = node.integer("dim1", 0), node.integer("dim2", 0)
    return lambda x: x.transpose(first, second)


def _squeeze(node: Node, mode: Mode) -> Run:
    axes = node.integers("axis")
    return lambda x: x.squeeze(axes) if axes else x.squeeze()


def _slice_axis(node: Node, mode: Mode) -> Run:
    axis, begin, (end,) = node.integer("axis", 0), node.integer("begin", 0), node.optional_integers("end", 1)
    piece = slice(begin, end)
    return lambda x: x[(slice(None),) * (axis % x.dim()) + (piece,)]


def _slice(node: Node, mode: Mode) -> Run:
    begin = node.optional_integers("begin", 0)
    ends, steps = node.optional_integers("end", len(begin)), node.optional_integers("step", len(begin))
    if any(step is not None and step < 0 for step in steps):
        raise node.unsupported("a negative step")
    pieces = tuple(map(slice, begin, ends, steps))
    return lambda x: x[pieces]


def _slice_like(node: Node, mode: Mode) -> Run:
    axes = node.integers("axes")

    def run(x: Tensor, like: Tensor) -> Tensor:
        for axis in axes or range(x.dim()):
            x = x.narrow(axis, 0, like.shape[axis])
        return x
    return run


def _split(node: Node, mode: Mode) -> Run:
    parts, axis, squeeze = node.integer("num_outputs", 1), node.integer("axis", 1), node.flag("squeeze_axis")
    return lambda x: tuple(part.squeeze(axis) if squeeze else part for part in x.chunk(parts, axis))


def _pad(node: Node, mode: Mode) -> Run:
    kinds = {"constant": "constant", "edge": "replicate", "reflect": "reflect"}
    kind, widths = kinds[node.string("mode", "constant")], node.integers("pad_width")
    fill = node.number("constant_value", 0.0) if kind == "constant" else None
    pairs = [widths[i:i + 2] for i in range(0, len(widths), 2)]
    reordered = [width for pair in reversed(pairs if kind == "constant" else pairs[2:]) for width in pair]
    return lambda x: functional.pad(x, reordered, kind, fill)


def _reduction(reduce: Callable[[Tensor, Tuple[int, ...]], Tensor]) -> Callable[[Node, Mode], Run]:
    """Make an operator from a reduction with keepdim."""
    def build(node: Node, mode: Mode) -> Run:
        axes, keep, exclude = node.integers("axis"), node.flag("keepdims"), node.flag("exclude")

        def run(x: Tensor) -> Tensor:
            named = {axis % x.dim() for axis in axes} if axes else set(range(x.dim()))
            gone = tuple(sorted(set(range(x.dim())) - named if exclude else named))
            y = reduce(x, gone) if gone else x
            return y if keep else y.squeeze(gone) if len(gone) < x.dim() else y.reshape(1)
        return run
    return build


def _pick(node: Node, mode: Mode) -> Run:
    axis, keep = node.integer("axis", -1), node.flag("keepdims")

    def run(x: Tensor, index: Tensor) -> Tensor:
        index = index if index.dim() == x.dim() else index.unsqueeze(axis)
        picked = x.gather(axis, index.long().clamp(0, x.shape[axis] - 1))
        return picked if keep else picked.squeeze(axis)
    return run


def _arange_like(node: Node, mode: Mode) -> Run:
    if not node.has("axis") or node.number("start", 0) != 0 or node.number("step", 1) != 1 or node.integer("repeat", 1) != 1:
        raise node.unsupported("only 0, 1, 2 and so on, up to the size of an axis")
    axis = node.integer("axis", 0)
    return lambda x: torch.arange(x.shape[axis], dtype=torch.float32, device=x.device)


def _broadcast_axis(node: Node, mode: Mode) -> Run:
    sizes = dict(zip(node.integers("axis"), node.integers("size")))
    return lambda x: x.expand([sizes.get(axis, -1) for axis in range(x.dim())])


def _broadcast_like(node: Node, mode: Mode) -> Run:
    axes = dict(zip(node.integers("lhs_axes"), node.integers("rhs_axes")))

    def run(x: Tensor, like: Tensor) -> Tensor:
        return x.expand([like.shape[axes[axis]] if axis in axes else -1 for axis in range(x.dim())]) if axes \
            else x.expand_as(like)
    return run


def _batch_dot(node: Node, mode: Mode) -> Run:
    first, second = node.flag("transpose_a"), node.flag("transpose_b")
    return lambda x, y: torch.bmm(x.transpose(1, 2) if first else x, y.transpose(1, 2) if second else y)


def _sequence_mask(node: Node, mode: Mode) -> Run:
    """Mask with zeros the positions after the end of each sample."""
    if node.integer("axis", 0) != 1 or node.number("value", 0.0) != 0 or not node.flag("use_sequence_length"):
        raise node.unsupported("only zeros after given lengths of axis 1")

    def run(x: Tensor, lengths: Tensor) -> Tensor:
        valid = torch.arange(x.shape[1], device=x.device) < lengths[:, None]            # (N, T)
        return x * valid.reshape(*valid.shape, *(1,) * (x.dim() - 2))
    return run


def _argsort(node: Node, mode: Mode) -> Run:
    axis, falling = node.integer("axis", -1), not node.flag("is_ascend", True)
    return lambda x: torch.argsort(x, dim=axis, descending=falling, stable=True).float()


def _argmax(node: Node, mode: Mode) -> Run:
    axis, keep = node.integer("axis", -1), node.flag("keepdims")
    return lambda x: x.argmax(axis, keepdim=keep).float()


def _upsampling(node: Node, mode: Mode) -> Run:
    if node.string("sample_type", "nearest") != "nearest" or node.integer("num_args", 1) != 1:
        raise node.unsupported("only nearest-neighbour sampling of one input")
    scale = node.integer("scale", 1)
    return lambda x: functional.interpolate(x, scale_factor=float(scale), mode="nearest")


def _smooth_l1(node: Node, mode: Mode) -> Run:
    threshold = 1.0 / node.number("scalar", 1.0) ** 2
    return lambda x: functional.smooth_l1_loss(x, torch.zeros_like(x), reduction="none", beta=threshold)


def _constant(value: float) -> Callable[[Node, Mode], Run]:
    def build(node: Node, mode: Mode) -> Run:
        shape = node.integers("shape")
        if 0 in shape:
            raise node.unsupported("a constant of unknown shape")
        return lambda: torch.full(shape, value, device=mode.device)
    return build


def _plain(function: Run) -> Callable[[Node, Mode], Run]:
    return lambda node, mode: function


def _compare(function: Run) -> Run:
    return lambda x, y: function(x, y).to(x.dtype)


def _with_scalar(function: Run) -> Callable[[Node, Mode], Run]:
    def build(node: Node, mode: Mode) -> Run:
        scalar = node.number("scalar", 0.0)
        return lambda x: function(x, scalar)
    return build


def _attribute(key: str, default: int, function: Run) -> Callable[[Node, Mode], Run]:
    """Make an operator from a function of its inputs and one integer."""
    return lambda node, mode: lambda *inputs: function(inputs, node.integer(key, default))


_COMPARISONS = {"equal": _compare(torch.eq), "not_equal": _compare(torch.ne), "greater": _compare(torch.gt),
                "greater_equal": _compare(torch.ge), "lesser": _compare(torch.lt), "lesser_equal": _compare(torch.le)}
_BINARY: Dict[str, Run] = {"add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div, "maximum": torch.maximum,
           "minimum": torch.minimum, "power": torch.pow, "logical_and": _compare(torch.logical_and),
           "logical_or": _compare(torch.logical_or), **_COMPARISONS}
_SCALAR: Dict[str, Run] = {"plus": torch.add, "minus": torch.sub, "rminus": lambda x, s: s - x, "mul": torch.mul, "div": torch.div,
           "rdiv": lambda x, s: s / x, "power": torch.pow, "rpower": lambda x, s: s ** x,
           "maximum": lambda x, s: x.clamp(min=s), "minimum": lambda x, s: x.clamp(max=s),
           **_COMPARISONS}
_UNARY: Dict[str, Run] = {"relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "exp": torch.exp, "log": torch.log,
          "log1p": torch.log1p, "expm1": torch.expm1, "sqrt": torch.sqrt, "rsqrt": torch.rsqrt, "square": torch.square,
          "abs": torch.abs, "negative": torch.neg, "sign": torch.sign, "floor": torch.floor, "ceil": torch.ceil,
          "BlockGrad": torch.detach, "_copy": lambda x: x, "make_loss": lambda x: x, "zeros_like": torch.zeros_like,
          "ones_like": torch.ones_like, "softsign": functional.softsign, "Flatten": lambda x: x.flatten(1),
          "reshape_like": lambda x, like: x.reshape(like.shape), "_contrib_div_sqrt_dim": lambda x: x / x.shape[-1] ** 0.5,
          "add_n": lambda *xs: sum(xs[1:], xs[0])}

OPERATORS: Dict[str, Callable[[Node, Mode], Run]] = {
    **{name: _plain(function) for name, function in _UNARY.items()},
    **{f"{prefix}_{name}": _plain(function) for name, function in _BINARY.items()
       for prefix in ("broadcast", "elemwise", "")},
    **{f"_{name}_scalar": _with_scalar(function) for name, function in _SCALAR.items()},
    **LAYERS,
    "Reshape": _reshape, "transpose": _transpose, "SwapAxis": _swap, "squeeze": _squeeze, "slice_axis": _slice_axis,
    "slice": _slice, "slice_like": _slice_like, "SliceChannel": _split, "Pad": _pad, "pick": _pick, "argsort": _argsort,
    "_contrib_arange_like": _arange_like, "broadcast_axis": _broadcast_axis, "broadcast_like": _broadcast_like,
    "batch_dot": _batch_dot, "SequenceMask": _sequence_mask, "argmax": _argmax, "UpSampling": _upsampling,
    "smooth_l1": _smooth_l1, "_zeros": _constant(0.0), "_ones": _constant(1.0),
    "softmax": _attribute("axis", -1, lambda xs, axis: xs[0].softmax(axis)),
    "log_softmax": _attribute("axis", -1, lambda xs, axis: xs[0].log_softmax(axis)),
    "expand_dims": _attribute("axis", 0, lambda xs, axis: xs[0].unsqueeze(axis)),
    "Concat": _attribute("dim", 1, torch.cat), "stack": _attribute("axis", 0, torch.stack),
    "where": _plain(lambda condition, x, y: torch.where(condition != 0, x, y)),
    "clip": lambda node, mode: lambda x: x.clamp(node.number("a_min", 0.0), node.number("a_max", 0.0)),
    "one_hot": _attribute("depth", 1, lambda xs, depth: functional.one_hot(xs[0].long(), depth).float()),
    "sum": _reduction(lambda x, axes: x.sum(axes, keepdim=True)),
    "mean": _reduction(lambda x, axes: x.mean(axes, keepdim=True)),
    "max": _reduction(_Maximum.apply),
    "min": _reduction(lambda x, axes: -_Maximum.apply(-x, axes)),
}
