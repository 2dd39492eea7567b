"""Small networks, losses, batches and single operators on which the engines are compared."""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Callable, Dict, Tuple

import numpy as np
import pytest

from ocr.engine.gluon import import_mxnet
from ocr.errors import EngineUnavailable
from ocr.engine.learner import TracedTraining

SYMBOLS = 12


@dataclass(frozen=True)
class Case:
    """A traced network with its loss, and a maker of batches of any size."""

    traced: TracedTraining
    batch: Callable[..., Dict[str, np.ndarray]]
    channels: int


def line_batch(rng: np.random.Generator, width: int = 64) -> Dict[str, np.ndarray]:
    """Make a batch of 3 line images: padded columns, a doubled letter, texts of several lengths."""
    columns, counts = width // 4, np.array([5, 3, 6])
    labels = np.full((3, 6), -1)
    for row, count in zip(labels, counts):
        row[:count] = rng.integers(0, SYMBOLS - 1, count)
    labels[0, 1], labels[2] = labels[0, 0], np.arange(6)
    return {"images": rng.normal(size=(3, 1, 16, width)).astype(np.float32), "labels": labels.astype(np.int32),
            "frames": np.array([columns, columns - 3, 7]), "lengths": counts.astype(np.float32)}


def box_batch(rng: np.random.Generator, size: int = 32) -> Dict[str, np.ndarray]:
    """Make a batch of 2 images with a class and four offsets for each of their anchors."""
    anchors = 2 * ((size // 4) ** 2 + (size // 8) ** 2)
    return {"images": rng.normal(size=(2, 3, size, size)).astype(np.float32),
            "classes": rng.integers(0, 3, (2, anchors)),
            "offsets": rng.normal(size=(2, anchors, 4)).astype(np.float32)}


@pytest.fixture(scope="session")
def mx():
    """MXNet, imported as the project imports it."""
    try:
        return import_mxnet()
    except EngineUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def lines(mx) -> Case:
    """A small CNN-BiLSTM-CTC with dropout."""
    nn, rnn = mx.gluon.nn, mx.gluon.rnn

    class Lines(mx.gluon.HybridBlock):
        def __init__(self):
            super().__init__(prefix="lines_")
            with self.name_scope():
                self.features, self.dropout = nn.HybridSequential(), nn.Dropout(0.2)
                self.features.add(nn.Conv2D(6, 5, 2, 2, use_bias=False), nn.BatchNorm(), nn.Activation("relu"),
                                  nn.Conv2D(8, 3, 1, 1, use_bias=False), nn.BatchNorm(), nn.Activation("relu"),
                                  nn.MaxPool2D(2))
                self.first = rnn.LSTM(10, bidirectional=True, layout="NTC")
                self.second = rnn.LSTM(10, num_layers=2, bidirectional=True, layout="TNC")
                self.classifier = nn.Dense(SYMBOLS, flatten=False)

        def hybrid_forward(self, F, images):
            columns = self.features(images).max(axis=2).transpose((0, 2, 1))            # (N, T, D)
            sequence = self.dropout(self.first(self.dropout(columns))).swapaxes(0, 1)     # (T, N, D)
            return self.classifier(self.second(sequence).swapaxes(0, 1))                 # (N, T, C)

    loss = mx.gluon.loss.CTCLoss(layout="NTC", label_layout="NT")
    return Case(_traced(mx, Lines(), loss, line_batch), line_batch, 1)


@pytest.fixture(scope="session")
def boxes(mx) -> Case:
    """A small SSD that chooses its hard negatives inside the loss."""
    nn = mx.gluon.nn

    class Boxes(mx.gluon.HybridBlock):
        def __init__(self):
            super().__init__(prefix="boxes_")
            with self.name_scope():
                self.stem, self.down = nn.HybridSequential(), nn.HybridSequential()
                self.stem.add(nn.Conv2D(8, 3, 2, 1, use_bias=False), nn.BatchNorm(), nn.LeakyReLU(0.1),
                              nn.MaxPool2D(2))
                self.down.add(nn.Conv2D(8, 3, 2, 1, use_bias=False), nn.BatchNorm(scale=False), nn.Activation("tanh"))
                self.kinds, self.places = nn.Conv2D(2 * 3, 3, 1, 1), nn.Conv2D(2 * 4, 3, 1, 1)

        def hybrid_forward(self, F, images):
            fine = self.stem(images)                                                     # (N, D, H/4, W/4)
            coarse = self.down(fine)                                                     # (N, D, H/8, W/8)
            mixed = F.concat(fine, F.UpSampling(coarse, scale=2, sample_type="nearest"), dim=1).slice_axis(1, 0, 8)
            return tuple(F.concat(*(head(maps).transpose((0, 2, 3, 1)).reshape((0, -1, size))
                                    for maps in (mixed, coarse)), dim=1)                 # (N, A, size)
                         for head, size in ((self.kinds, 3), (self.places, 4)))

    class BoxLoss(mx.gluon.HybridBlock):
        def hybrid_forward(self, F, kinds, places, classes, offsets):
            losses = -F.pick(F.log_softmax(kinds, axis=-1), classes)                     # (N, A)
            positive = classes > 0
            negative = F.BlockGrad(F.where(positive, F.zeros_like(losses), losses))
            ranks = F.argsort(F.argsort(negative, is_ascend=False))
            hard = F.broadcast_lesser(ranks, 3 * F.sum(positive, axis=1, keepdims=True))
            near = F.smooth_l1(places - offsets, scalar=2.0).sum(axis=-1) * positive     # (N, A)
            count = F.clip(positive.sum(axis=1), 1, 1e6)
            return (losses * F.broadcast_maximum(positive, hard) + near).sum(axis=1) / count     # (N,)

    return Case(_traced(mx, Boxes(), BoxLoss(), box_batch), box_batch, 3)


def _traced(mx, network, loss, batch) -> TracedTraining:
    """Trace with first weights in which no two statistics or biases are the same."""
    from ocr.engine.gluon import trace_training
    mx.random.seed(3)
    np.random.seed(3)
    network.initialize(mx.init.Xavier())
    rng = np.random.default_rng(0)
    traced = trace_training(network, loss, batch(rng))
    weights = {name: array + rng.uniform(0.1, 0.5, array.shape).astype(np.float32)
               if array.ndim == 1 and name != "boxes_batchnorm1_gamma" else array     # that one is fixed at 1
               for name, array in traced.weights.items()}
    return replace(traced, weights=weights)


@pytest.fixture(params=["lines", "boxes"])
def case(request) -> Case:
    """Each of the two networks."""
    return request.getfixturevalue(request.param)


DRAWING = (2, 4, 6, 8)
READING = {
    "arithmetic": lambda F, x, y: (x + y) * (x - y) / (y * y + 1.5) + 2 - (1 - x) * 3 + 1 / (y + 9) - x / 4,
    "powers": lambda F, x, y: (x ** 2) + F.sqrt(F.square(y) + 1) + F.exp(x / 3) + F.log(F.abs(y) + 1),
    "broadcasting": lambda F, x, y: F.broadcast_add(x, y.mean(axis=(2, 3), keepdims=True))
    + F.broadcast_mul(x, y.slice_axis(axis=1, begin=1, end=2)),
    "extremes": lambda F, x, y: F.broadcast_maximum(x, y) + F.broadcast_minimum(x, y) * 3 + F.maximum(x, 0.1)
    + F.minimum(y, 0.2),
    "comparisons": lambda F, x, y: F.where(x > y, x, y * 2) + (x >= 0.5) * y + (x < 0.1) + (y <= 0.3) * x,
    "activations": lambda F, x, y: F.relu(x) + F.sigmoid(y) + F.tanh(x) + F.Activation(y, act_type="softrelu")
    + F.LeakyReLU(x, act_type="elu", slope=0.3) + F.LeakyReLU(y, act_type="gelu"),
    "reductions": lambda F, x, y: F.broadcast_add(x.sum(axis=1), y.max(axis=1)) * y.min(axis=(1,))
    + F.mean(x, axis=2, exclude=True).reshape((1, 6, 1)),
    "whole_sum": lambda F, x, y: F.broadcast_mul(x.sum(), y.mean()),
    "softmaxes": lambda F, x, y: F.softmax(x, axis=1) + F.log_softmax(y),
    "max_pooling": lambda F, x, y: F.Pooling(x, kernel=(3, 2), stride=(2, 2), pad=(1, 0), pool_type="max"),
    "full_pooling": lambda F, x, y: F.Pooling(x, kernel=(2, 3), stride=(2, 2), pooling_convention="full"),
    "average_pooling": lambda F, x, y: F.Pooling(x, kernel=(3, 3), stride=(2, 2), pad=(1, 1), pool_type="avg"),
    "inner_average": lambda F, x, y: F.Pooling(x, kernel=(3, 3), stride=(2, 2), pad=(1, 1), pool_type="avg",
                                               count_include_pad=False),
    "global_pooling": lambda F, x, y: F.Pooling(x, kernel=(1, 1), global_pool=True, pool_type="avg")
    + F.Pooling(y, kernel=(1, 1), global_pool=True),
    "shapes": lambda F, x, y: F.Flatten(x).expand_dims(1).reshape((0, -1, 6)).swapaxes(1, 2).transpose((2, 0, 1)),
    "split": lambda F, x, y: F.concat(*F.split(x, num_outputs=2, axis=1), F.clip(y, -0.5, 0.7), dim=1)
    .slice_axis(axis=3, begin=-5, end=None),
    "squeezed": lambda F, x, y: F.split(x, num_outputs=4, axis=1, squeeze_axis=True)[1].expand_dims(1).squeeze(1),
    "padding": lambda F, x, y: F.pad(x, mode="edge", pad_width=(0, 0, 0, 0, 1, 2, 3, 0))
    + F.pad(y, mode="constant", constant_value=0.3, pad_width=(0, 0, 0, 0, 2, 1, 0, 3)),
    "upsampling": lambda F, x, y: F.UpSampling(x, scale=2, sample_type="nearest"),
    "stopped": lambda F, x, y: F.BlockGrad(x) * y,
    "best": lambda F, x, y: F.argmax(x, axis=1) + y.sum(axis=1) * 0.5,
    "reversed_shape": lambda F, x, y: x.reshape((-1, 0, 0), reverse=True).reshape((-1, 2, 0, 0), reverse=True)
    .reshape((2, 4, 0, -1), reverse=False),
    "copies": lambda F, x, y: F.broadcast_axis(x.sum(axis=1, keepdims=True), axis=1, size=4)
    + F.broadcast_like(y.slice_axis(axis=2, begin=1, end=2), x, lhs_axes=(2,), rhs_axes=(2,))
    + F.broadcast_like(y.mean(axis=(0, 1), keepdims=True), x) + F.ones_like(x) * y,
    "places": lambda F, x, y: F.broadcast_mul(F.contrib.arange_like(x, axis=3), x) + (F.sign(y) != 0),
    "attention": lambda F, x, y: F.batch_dot(F.softmax(F.batch_dot(F.contrib.div_sqrt_dim(
        x.reshape((8, 6, 8))), y.reshape((8, 6, 8)), transpose_b=True)), y.reshape((8, 6, 8))),
    "turned_products": lambda F, x, y: F.batch_dot(x.reshape((8, 8, 6)), y.reshape((8, 8, 6)), transpose_a=True),
    "masked": lambda F, x, y: F.SequenceMask(x, F.BlockGrad(F.floor(y.sum(axis=(1, 2, 3)) / 40)), use_sequence_length=True,
                                             axis=1) + y,
    "layer_norm": lambda F, x, y: F.LayerNorm(x, y.mean(axis=(0, 1, 2)), y.max(axis=(0, 1, 2)), axis=-1),
}
LEARNING = {
    "smooth_l1": lambda F, x, y: F.smooth_l1(x * 3, scalar=2.0) + F.smooth_l1(y),
    "pick": lambda F, x, y: F.pick(x, F.BlockGrad(F.floor(y.slice_axis(axis=1, begin=0, end=1) * 4)), axis=1),
    "ranks": lambda F, x, y: F.argsort(F.argsort(x, axis=3), axis=3, is_ascend=False) * y,
    "ties": lambda F, x, y: F.max(F.clip(x, -0.5, 0.5) * 0 + F.clip(y, 0.2, 0.3), axis=1) * x.sum(axis=1),
    "stacks": lambda F, x, y: F.stack(x, y, axis=1) * 2,
    "slices": lambda F, x, y: F.slice(x, begin=(None, 1), end=(None, 3)) + F.slice_like(y, x.slice_axis(
        axis=1, begin=0, end=2), axes=(1,)),
    "splitting_shape": lambda F, x, y: x.reshape((-4, 1, 2, -2)).reshape((-3, 0, -2)),
    "all_reduced": lambda F, x, y: F.broadcast_add(x.sum(axis=(0, 1), exclude=True), y.mean(axis=0).max(axis=(1, 2))),
    "cross_entropy": lambda F, x, y: F.relu(x) - x * (y > 0) + F.Activation(-F.abs(x), act_type="softrelu"),
    "unreached": lambda F, x, y: F.zeros_like(x) + F.ones_like(y) * x + F.reshape_like(y, x) + F.sign(x) * y
    + F.rsqrt(F.abs(y) + 1) + F.log1p(F.abs(x)) + (x == y) + (x != 2),
}


@dataclass(frozen=True)
class Expression:
    """An operator or a few, on images x and y, with MXNet's result and the gradients for a random pull on it."""

    graph: str
    fed: Dict[str, np.ndarray]
    output: np.ndarray
    pull: np.ndarray
    gradients: Tuple[np.ndarray, np.ndarray]


def _evaluate(mx, function) -> Expression:
    rng = np.random.default_rng(5)
    fed = {"x": rng.normal(size=DRAWING).astype(np.float32), "y": rng.uniform(0.05, 0.95, DRAWING).astype(np.float32)}
    x, y = (mx.nd.array(array) for array in fed.values())
    x.attach_grad(), y.attach_grad()
    with mx.autograd.record():
        output = function(mx.nd, x, y)
        pull = rng.normal(size=output.shape).astype(np.float32)
        (output * mx.nd.array(pull)).sum().backward()
    symbol = function(mx.sym, mx.sym.var("x"), mx.sym.var("y"))
    return Expression(symbol.tojson(), fed, output.asnumpy(), pull, (x.grad.asnumpy(), y.grad.asnumpy()))


@pytest.fixture(params=sorted(READING))
def reading_expression(request, mx) -> Expression:
    """Each expression that networks may hold."""
    return _evaluate(mx, READING[request.param])


@pytest.fixture(params=sorted({**READING, **LEARNING}))
def expression(request, mx) -> Expression:
    """Each expression that networks and losses may hold."""
    return _evaluate(mx, {**READING, **LEARNING}[request.param])
