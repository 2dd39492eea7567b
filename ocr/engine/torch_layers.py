"""The PyTorch equivalents of the layers of a Gluon graph: operators with weights, statistics or randomness, and CTC loss.

Axes: N samples, C channels, H rows, W columns, T frames, L labels, D directions.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, Optional, Tuple

import torch
from torch import Tensor
from torch.nn import functional

from ocr.engine.graph import Node

Run = Callable[..., Any]


@dataclass
class Mode:
    """The mode of a graph run: training or inference, the device, and the generator for dropout."""

    training: bool = False
    device: torch.device = torch.device("cpu")
    generator: Optional[torch.Generator] = None


def _convolution(node: Node, mode: Mode) -> Run:
    kernel = node.integers("kernel")
    ones, zeros = (1,) * len(kernel), (0,) * len(kernel)
    convolve = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}[len(kernel)]
    stride, pad = node.integers("stride", ones), node.integers("pad", zeros)
    dilate, groups = node.integers("dilate", ones), node.integer("num_group", 1)

    def run(x: Tensor, weight: Tensor, bias: Optional[Tensor] = None) -> Tensor:
        if x.dim() == 4:                                            # C innermost in memory: faster on every device
            x = x.contiguous(memory_format=torch.channels_last)
        return convolve(x, weight, bias, stride, pad, dilate, groups)
    return run


def _deconvolution(node: Node, mode: Mode) -> Run:
    if node.has("target_shape") and any(node.integers("target_shape")):
        raise node.unsupported("target_shape")
    stride, pad = node.integers("stride", (1, 1)), node.integers("pad", (0, 0))
    dilate, adjust = node.integers("dilate", (1, 1)), node.integers("adj", (0, 0))
    groups = node.integer("num_group", 1)

    def run(x: Tensor, weight: Tensor, bias: Optional[Tensor] = None) -> Tensor:
        return functional.conv_transpose2d(x, weight, bias, stride, pad, adjust, groups, dilate)
    return run


def _dense(node: Node, mode: Mode) -> Run:
    flatten = node.flag("flatten", True)

    def run(x: Tensor, weight: Tensor, bias: Optional[Tensor] = None) -> Tensor:
        return functional.linear(x.flatten(1) if flatten else x, weight, bias)
    return run


def _batch_norm(node: Node, mode: Mode) -> Run:
    if node.integer("axis", 1) != 1:
        raise node.unsupported("it normalises an axis other than 1")
    epsilon, momentum = node.number("eps", 1e-3), node.number("momentum", 0.9)
    fixed_scale, frozen = node.flag("fix_gamma", True), node.flag("use_global_stats")

    def run(x: Tensor, scale: Optional[Tensor], shift: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
        scale = None if fixed_scale else scale
        if frozen or not mode.training:
            return functional.batch_norm(x, mean, variance, scale, shift, False, 0.0, epsilon)
        batch_mean, batch_variance = torch.zeros_like(mean), torch.zeros_like(variance)
        y = functional.batch_norm(x, batch_mean, batch_variance, scale, shift, True, 1.0, epsilon)
        count = x.numel() / x.shape[1]
        with torch.no_grad():                     # PyTorch reports n / (n - 1) times the variance that MXNet keeps
            mean.mul_(momentum).add_(batch_mean, alpha=1 - momentum)
            variance.mul_(momentum).add_(batch_variance, alpha=(1 - momentum) * (count - 1) / count)
        return y
    return run


def _layer_norm(node: Node, mode: Mode) -> Run:
    axis, epsilon = node.integer("axis", -1), node.number("eps", 1e-5)

    def run(x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        last = x.movedim(axis, -1)
        return functional.layer_norm(last, last.shape[-1:], scale, shift, epsilon).movedim(-1, axis)
    return run


def _activation(node: Node, mode: Mode) -> Run:
    kind = node.string("act_type", "relu")
    known: Dict[str, Run] = {"relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "softrelu": functional.softplus,
                             "softsign": functional.softsign}
    if kind not in known:
        raise node.unsupported(f"act_type {kind}")
    return known[kind]


def _leaky(node: Node, mode: Mode) -> Run:
    kind, slope = node.string("act_type", "leaky"), node.number("slope", 0.25)
    known: Dict[str, Run] = {"leaky": lambda x: functional.leaky_relu(x, slope), "elu": lambda x: functional.elu(x, slope),
                             "gelu": functional.gelu, "selu": functional.selu, "prelu": functional.prelu}
    if kind not in known:
        raise node.unsupported(f"act_type {kind}")
    return known[kind]


def _pooling(node: Node, mode: Mode) -> Run:
    kind = node.string("pool_type", "max")
    if kind not in ("max", "avg") or node.string("pooling_convention", "valid") == "same":
        raise node.unsupported("only max and avg pooling, conventions valid and full")
    if node.flag("global_pool"):
        return lambda x: x.amax((2, 3), keepdim=True) if kind == "max" else x.mean((2, 3), keepdim=True)
    kernel = node.integers("kernel")
    stride, pad = node.integers("stride", (1, 1)), node.integers("pad", (0, 0))
    ceil = node.string("pooling_convention", "valid") == "full"
    if kind == "max":
        return lambda x: functional.max_pool2d(x, kernel, stride, pad, ceil_mode=ceil)
    counted = node.flag("count_include_pad", True)
    return lambda x: functional.avg_pool2d(x, kernel, stride, pad, ceil, counted)


def _dropout(node: Node, mode: Mode) -> Run:
    rate, shared = node.number("p", 0.5), node.integers("axes")
    always = node.string("mode", "training") == "always"

    def run(x: Tensor) -> Tensor:
        if not (mode.training or always) or rate == 0:
            return x
        shape = [1 if axis in shared else size for axis, size in enumerate(x.shape)]
        kept = torch.empty(shape, dtype=x.dtype, device=x.device).bernoulli_(1 - rate, generator=mode.generator)
        return x * kept.div_(1 - rate)
    return run


def _recurrent(node: Node, mode: Mode) -> Run:
    if node.string("mode", "") != "lstm" or node.has("projection_size") or node.has("lstm_state_clip_max"):
        raise node.unsupported("only plain LSTMs")
    layers, size = node.integer("num_layers", 1), node.integer("state_size", 0)
    bidirectional, dropout = node.flag("bidirectional"), node.number("p", 0.0)
    if dropout > 0 and layers > 1:
        raise node.unsupported("dropout between its layers; stack single layers with Dropout instead")

    def run(x: Tensor, *weights: Tensor) -> Tuple[Tensor, ...]:                       # x (T, N, C)
        half = len(weights) // 2                                    # matrices first, then the biases
        ordered = [w for i in range(0, half, 2) for w in (*weights[i:i + 2], *weights[half + i:half + i + 2])]
        zeros = x.new_zeros(layers * (1 + bidirectional), x.shape[1], size)                    # (D, N, C)
        return torch.lstm(x, (zeros, zeros), ordered, True, layers, 0.0, mode.training, bidirectional, False)
    return run


def _ctc_loss(node: Node, mode: Mode) -> Run:
    """Make the CTC loss; a text too long for its frames has zero loss and gradient (MXNet's gradient there is noise)."""
    frames_given, lengths_given = node.flag("use_data_lengths"), node.flag("use_label_lengths")
    last = node.string("blank_label", "first") == "last"

    def run(x: Tensor, labels: Tensor, *lengths: Tensor) -> Tensor:                   # x (T, N, C), labels (N, L)
        remaining = list(lengths)
        frames = remaining.pop(0).long() if frames_given else torch.full((x.shape[1],), x.shape[0], device=x.device)
        counts = remaining.pop(0).long() if lengths_given else (labels > (-1 if last else 0)).cumprod(1).sum(1)
        return functional.ctc_loss(x.log_softmax(2), labels.clamp(min=0).long(), frames, counts,
                                   x.shape[2] - 1 if last else 0, "none", zero_infinity=True)     # (N,)
    return run


LAYERS: Dict[str, Callable[[Node, Mode], Run]] = {
    "Convolution": _convolution, "Deconvolution": _deconvolution, "FullyConnected": _dense, "BatchNorm": _batch_norm,
    "LayerNorm": _layer_norm, "Activation": _activation, "LeakyReLU": _leaky, "Pooling": _pooling,
    "Dropout": _dropout, "RNN": _recurrent, "CTCLoss": _ctc_loss,
    "Embedding": lambda node, mode: lambda index, weight: functional.embedding(index.long(), weight),
}
