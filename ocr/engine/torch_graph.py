"""The torch engine: run and train a Gluon graph in PyTorch, operator by operator. Needs no MXNet."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Mapping, Optional, Tuple

import numpy as np
import torch
from torch import Tensor

from ocr.engine.graph import Graph, Node, read_graph
from ocr.engine.torch_layers import Mode, Run
from ocr.engine.torch_operators import OPERATORS
from ocr.errors import EngineUnavailable, TrainingError
from ocr.engine.learner import AdamW, TracedTraining, check_finite, check_state

HALF = frozenset({"Convolution", "Deconvolution", "FullyConnected", "RNN", "batch_dot"})
"""Operators that run in half precision in mixed-precision training."""
SINGLE = frozenset({"softmax", "log_softmax", "CTCLoss", "sum", "mean", "exp", "log", "smooth_l1", "square",
                    "LayerNorm"})
"""Operators that need float32 in mixed-precision training."""


class TorchGraph:
    """An executable graph.

    Parameters
    ----------
    graph : the graph to run.
    device : of its constants.
    half : type that the operators in HALF compute in, bfloat16 or float16; None computes all in float32.
    """

    def __init__(self, graph: Graph, device: torch.device = torch.device("cpu"),
                 half: Optional[torch.dtype] = None):
        self.mode = Mode(device=device)
        self._size, self._outputs = len(graph.nodes), graph.outputs
        self._variables = [(i, node.name) for i, node in enumerate(graph.nodes) if node.is_variable]
        unused = graph.last_uses()
        self._steps = [(i, self._function(node, half), node.inputs, unused[i])
                       for i, node in enumerate(graph.nodes) if not node.is_variable]

    def _function(self, node: Node, half: Optional[torch.dtype]) -> Run:
        if node.operator not in OPERATORS:
            raise node.unsupported("the torch engine does not support it")
        function = OPERATORS[node.operator](node, self.mode)
        if half and node.operator in HALF | SINGLE:
            dtype = half if node.operator in HALF else torch.float32
            return lambda *inputs: function(*(x.to(dtype) for x in inputs))
        return function

    def __call__(self, feeds: Mapping[str, Tensor]) -> Tuple[Tensor, ...]:
        """Run the graph on inputs and weights by name."""
        values: List[Tuple[Tensor, ...]] = [()] * self._size
        for index, name in self._variables:
            values[index] = (feeds[name],)
        for index, function, inputs, unused in self._steps:
            result = function(*[values[i][o] for i, o in inputs])
            values[index] = result if type(result) is tuple else (result,)
            for i in unused:
                values[i] = ()
        return tuple(values[i][o] for i, o in self._outputs)


def torch_device(device: str) -> torch.device:
    """Return the PyTorch device for "cpu" or "gpu:N".

    Raises
    ------
    EngineUnavailable : PyTorch sees no such GPU.
    """
    kind, _, number = device.partition(":")
    if kind == "cpu":
        return torch.device("cpu")
    if int(number or 0) >= torch.cuda.device_count():
        raise EngineUnavailable(f"PyTorch sees {torch.cuda.device_count()} GPUs, so {device} cannot be used.\n"
                                "Use --device cpu, or install a PyTorch with CUDA: https://pytorch.org/get-started")
    return torch.device("cuda", int(number or 0))


def half_dtype(device: torch.device) -> torch.dtype:
    """Return the half-precision type of a device: bfloat16, or float16 on GPUs older than Ampere, which have no bfloat16."""
    old = device.type == "cuda" and torch.cuda.get_device_capability(device) < (8, 0)
    return torch.float16 if old else torch.bfloat16


class TorchNetwork:
    """A network in PyTorch; see `ocr.engine.network.Network`."""

    def __init__(self, graph: str, weights: Mapping[str, np.ndarray], device: str = "cpu", threads: int = 0):
        parsed = read_graph(graph)
        if threads:
            torch.set_num_threads(threads)
        self._device = torch_device(device)
        self._graph = TorchGraph(parsed, self._device)
        self._weights = {name: _tensor(array, self._device) for name, array in weights.items()}
        self._inputs = parsed.inputs(weights)

    def __call__(self, *inputs: np.ndarray) -> Tuple[np.ndarray, ...]:
        """Run the network; see `ocr.engine.network.Network`."""
        feeds = {name: _tensor(array, self._device) for name, array in zip(self._inputs, inputs)}
        with torch.inference_mode():
            outputs = self._graph({**self._weights, **feeds})
        return tuple(array.cpu().numpy() for array in outputs)


class TorchLearner:
    """The fast learner: PyTorch, on a CPU or a current GPU, in float32 or mixed precision.

    Parameters
    ----------
    traced : the network, its loss and its initial weights.
    settings : of the optimiser.
    device : "cpu" or "gpu:N".
    half : whether convolutions, matrix products and LSTMs compute in half precision, in training and validation. Where that
        is float16, the loss is scaled so that small gradients do not vanish; a step whose gradient overflows is skipped,
        and the scale halved (Micikevicius et al., Mixed Precision Training, https://arxiv.org/abs/1710.03740).
    """

    def __init__(self, traced: TracedTraining, settings: AdamW = AdamW(), device: str = "cpu", half: bool = False):
        loss_graph = read_graph(traced.loss_graph)
        self._device, self._settings = torch_device(device), settings
        self._names, self._inputs = (*traced.inputs, *traced.targets), traced.inputs
        kind = half_dtype(self._device) if half else None
        self._loss = TorchGraph(loss_graph, self._device, kind)
        self._scale = _LossScale() if kind == torch.float16 else None
        self._network = TorchGraph(read_graph(traced.graph), self._device, kind)
        self._loss.mode.training = True
        self._generator = self._loss.mode.generator = torch.Generator(self._device)
        self._weights = {name: _tensor(array, self._device, copy=True) for name, array in traced.weights.items()}
        statistics = set(loss_graph.statistics)
        self._learned = {name: w.requires_grad_() for name, w in self._weights.items() if name not in statistics}
        self._statistics = [self._weights[name] for name in self._weights if name in statistics]
        self._optimizer = self._adamw()

    def _adamw(self) -> torch.optim.AdamW:
        settings, weights = self._settings, list(self._learned.values())
        groups = [{"params": [w for w in weights if settings.decays(w)], "weight_decay": settings.weight_decay},
                  {"params": [w for w in weights if not settings.decays(w)], "weight_decay": 0.0}]
        optimizer = torch.optim.AdamW([group for group in groups if group["params"]], lr=0.0, fused=True,
                                      betas=(settings.beta1, settings.beta2), eps=settings.epsilon)
        for weight in weights:
            optimizer.state[weight] = {"step": torch.zeros((), device=self._device),
                                       "exp_avg": torch.zeros_like(weight), "exp_avg_sq": torch.zeros_like(weight)}
        return optimizer

    def step(self, batch: Mapping[str, np.ndarray], learning_rate: float, seed: int) -> float:
        """Train on one batch; see Learner."""
        before = [array.clone() for array in self._statistics]
        loss = self._backward(batch, seed)
        norm = torch.nn.utils.clip_grad_norm_(self._learned.values(), self._settings.clip_norm)
        loss, norm = torch.stack((loss, norm)).tolist()
        if self._scale and np.isfinite(loss) and not self._scale.update(np.isfinite(norm)):
            self._restore_statistics(before)
            return loss
        try:
            check_finite(loss, norm)
        except TrainingError:
            self._restore_statistics(before)
            raise
        for group in self._optimizer.param_groups:
            group["lr"] = learning_rate
        self._optimizer.step()
        return loss

    def _restore_statistics(self, statistics: List[Tensor]) -> None:
        for array, old in zip(self._statistics, statistics):
            array.copy_(old)

    def _backward(self, batch: Mapping[str, np.ndarray], seed: int) -> Tensor:
        """Compute the loss; the gradients are left in the weights."""
        self._generator.manual_seed(seed)
        self._optimizer.zero_grad(set_to_none=True)
        (loss,) = self._loss({**self._weights, **self._tensors(batch, self._names)})
        loss = loss.float().reshape(())
        scale = self._scale.value if self._scale else 1.0
        (loss * scale).backward()
        for weight in self._learned.values():
            if scale != 1.0 and weight.grad is not None:
                weight.grad.div_(scale)
        return loss.detach()

    def gradients(self, batch: Mapping[str, np.ndarray], seed: int) -> Dict[str, np.ndarray]:
        """Compute the gradient without an update; see Learner."""
        before = [array.clone() for array in self._statistics]
        self._backward(batch, seed)
        self._restore_statistics(before)
        return {name: np.zeros(weight.shape, np.float32) if weight.grad is None else _array(weight.grad)
                for name, weight in self._learned.items()}

    def outputs(self, batch: Mapping[str, np.ndarray]) -> Tuple[np.ndarray, ...]:
        """Run the network; see Learner."""
        with torch.no_grad():
            outputs = self._network({**self._weights, **self._tensors(batch, self._inputs)})
        return tuple(array.float().cpu().numpy() for array in outputs)

    def weights(self) -> Dict[str, np.ndarray]:
        """Return copies of the weights; see Learner."""
        return {name: _array(weight) for name, weight in self._weights.items()}

    def state(self) -> Dict[str, np.ndarray]:
        """Return copies of everything that a run needs to resume; see Learner."""
        moments = self._optimizer.state
        state = {f"weights/{name}": array for name, array in self.weights().items()}
        for name, weight in self._learned.items():
            state[f"first/{name}"] = _array(moments[weight]["exp_avg"])
            state[f"second/{name}"] = _array(moments[weight]["exp_avg_sq"])
        first = next(iter(self._learned.values()))
        scale = {"scale": np.array([self._scale.value, self._scale.good])} if self._scale else {}
        return {**state, **scale, "steps": np.array(int(moments[first]["step"]))}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Restore a state; see Learner."""
        check_state(state, self.state())
        with torch.no_grad():
            for name, weight in self._weights.items():
                weight.copy_(torch.from_numpy(state[f"weights/{name}"]))
            for name, weight in self._learned.items():
                moments = self._optimizer.state[weight]
                moments["exp_avg"].copy_(torch.from_numpy(state[f"first/{name}"]))
                moments["exp_avg_sq"].copy_(torch.from_numpy(state[f"second/{name}"]))
                moments["step"].fill_(float(state["steps"]))
        if self._scale:
            self._scale = _LossScale(float(state["scale"][0]), int(state["scale"][1]))

    def _tensors(self, batch: Mapping[str, np.ndarray], names: Tuple[str, ...]) -> Dict[str, Tensor]:
        return {name: _tensor(batch[name], self._device) for name in names}


@dataclass
class _LossScale:
    """The loss scale for float16, and the number of steps since the last overflow."""

    value: float = 2.0 ** 16
    good: int = 0

    def update(self, finite: bool) -> bool:
        """Update the scale after a step; False where the step must be skipped because its gradient overflowed."""
        if not finite:
            self.value, self.good = self.value / 2, 0
            return self.value < 1.0                          # no scale helps: leave it to the caller's check
        self.good += 1
        if self.good % 2000 == 0:
            self.value = min(2 * self.value, 2.0 ** 24)
        return True


def _tensor(array: np.ndarray, device: torch.device, copy: bool = False) -> Tensor:
    """Move an array of any number type to a device, and cast it there to float32."""
    return torch.from_numpy(np.ascontiguousarray(array)).to(device).to(torch.float32, copy=copy)


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().cpu().numpy().copy()
