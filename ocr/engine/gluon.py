"""The gluon engine: trace, run and train networks with MXNet, which is imported only here.

Axes: N samples, and those of the network.
"""
from __future__ import annotations

import sys
import warnings
from threading import Lock
from types import ModuleType
from typing import Any, Dict, Mapping, Sequence, Tuple

import numpy as np

from ocr.engine.graph import read_graph
from ocr.engine.learner import AdamW, TracedTraining, check_finite, check_state
from ocr.engine.numpy_names import removed_numpy_names
from ocr.errors import EngineUnavailable, TrainingError

INSTALL = "pip install .[gluon]" + ("" if sys.version_info < (3, 13) else " && pip install --no-deps mxnet==1.9.1")


def import_mxnet() -> ModuleType:
    """Import MXNet, which still uses names that NumPy has removed.

    Raises
    ------
    EngineUnavailable : it is not installed, or cannot be loaded on this machine.
    """
    try:
        with removed_numpy_names(), warnings.catch_warnings():
            warnings.simplefilter("ignore")                 # deprecation warnings of MXNet itself
            import mxnet
    except (ImportError, OSError) as error:
        raise EngineUnavailable(f"The gluon engine needs MXNet, which cannot be imported ({error}).\n"
                                f"Type: {INSTALL}") from error
    return mxnet


def import_gluonnlp() -> ModuleType:
    """Import gluonnlp, whose blocks the language networks use.

    Raises
    ------
    EngineUnavailable : it is not installed, or MXNet is not.
    """
    import_mxnet()
    try:
        with removed_numpy_names():
            import gluonnlp
    except ImportError as error:
        raise EngineUnavailable(f"This network uses gluonnlp, and gluonnlp cannot be imported ({error}).\n"
                                f"Type: {INSTALL}") from error
    return gluonnlp


def device_context(device: str) -> Any:
    """Return the MXNet context for "cpu" or "gpu:N".

    Raises
    ------
    EngineUnavailable : this MXNet sees no such GPU.
    """
    mxnet = import_mxnet()
    kind, _, number = device.partition(":")
    if kind == "cpu":
        return mxnet.cpu()
    if int(number or 0) >= mxnet.context.num_gpus():
        raise EngineUnavailable(f"MXNet sees {mxnet.context.num_gpus()} GPUs, so {device} cannot be used.\n"
                                "Use --device cpu, or type: pip install .[cu112] (CUDA 11.2, cards up to 2020), "
                                "or use --engine torch.")
    return mxnet.gpu(int(number or 0))


def trace(network: Any, sample: Mapping[str, np.ndarray]) -> Tuple[str, Dict[str, np.ndarray]]:
    """Trace a network to its graph and weights.

    Parameters
    ----------
    network : HybridBlock, initialised.
    sample : one small batch by names of the graph's inputs, in the order of the network's
        arguments; it settles the shapes that the layers have left open.

    Returns
    -------
    The symbol's JSON, and float32 weights by Gluon name.
    """
    mxnet = import_mxnet()
    network(*(mxnet.nd.array(array, dtype="float32") for array in sample.values()))
    symbol = _grouped(mxnet, network(*(mxnet.sym.var(name, dtype="float32") for name in sample)))
    return symbol.tojson(), _arrays(network.collect_params())


def trace_training(network: Any, loss: Any, sample: Mapping[str, np.ndarray],
                   inputs: Sequence[str] = ("images",)) -> TracedTraining:
    """Trace a network and its loss for a learner.

    Parameters
    ----------
    network : HybridBlock of the inputs, initialised.
    loss : HybridBlock called as loss(*outputs of the network, *targets); its result is averaged.
    sample : one small batch: the arrays of all inputs and targets by name, in the order of the arguments.
    inputs : names of those that the network reads; the loss reads the rest.
    """
    mxnet = import_mxnet()
    targets = tuple(name for name in sample if name not in inputs)
    graph, weights = trace(network, {name: sample[name] for name in inputs})
    with mxnet.autograd.train_mode():
        outputs = _tuple(network(*(mxnet.sym.var(name, dtype="float32") for name in inputs)))
        mean_loss = mxnet.sym.mean(loss(*outputs, *(mxnet.sym.var(name, dtype="float32") for name in targets)))
    return TracedTraining(mean_loss.tojson(), graph, {**weights, **_arrays(loss.collect_params())},
                          tuple(inputs), targets)


class GluonNetwork:
    """A network in MXNet; see `ocr.engine.network.Network`."""

    def __init__(self, graph: str, weights: Mapping[str, np.ndarray], device: str = "cpu"):
        self._context = device_context(device)
        self._mxnet = import_mxnet()
        self._block = _block(self._mxnet, graph, read_graph(graph).inputs(weights))
        _set(self._mxnet, self._block.collect_params(), weights, self._context)
        self._lock = Lock()                # blocks are not thread-safe

    def __call__(self, *inputs: np.ndarray) -> Tuple[np.ndarray, ...]:
        """Run the network; see `ocr.engine.network.Network`."""
        with self._lock:
            outputs = self._block(*(self._mxnet.nd.array(array, ctx=self._context, dtype="float32") for array in inputs))
        return tuple(array.asnumpy() for array in _tuple(outputs))


class GluonLearner:
    """The reference learner: MXNet, float32.

    Parameters
    ----------
    traced : the network, its loss and its initial weights.
    settings : of the optimiser.
    device : "cpu" or "gpu:N".
    """

    def __init__(self, traced: TracedTraining, settings: AdamW = AdamW(), device: str = "cpu"):
        self._mxnet = import_mxnet()
        self._context, self._settings, self._inputs = device_context(device), settings, traced.inputs
        self._names = (*traced.inputs, *traced.targets)
        self._loss = _block(self._mxnet, traced.loss_graph, self._names)
        self._params = self._loss.collect_params()
        _set(self._mxnet, self._params, traced.weights, self._context)
        self._network = _block(self._mxnet, traced.graph, traced.inputs, self._params)
        self._weights = {name: p.data() for name, p in self._params.items()}
        self._learned = {name: p.list_grad()[0] for name, p in self._params.items() if p.grad_req != "null"}
        self._first, self._second = ({name: self._mxnet.nd.zeros_like(grad) for name, grad in self._learned.items()}
                                     for _ in range(2))
        self._steps = 0

    def step(self, batch: Mapping[str, np.ndarray], learning_rate: float, seed: int) -> float:
        """Train on one batch; see Learner."""
        before = {name: array.copy() for name, array in self._weights.items() if name not in self._learned}
        loss = self._backward(batch, seed)
        norm = float(self._mxnet.nd.sqrt(self._mxnet.nd.add_n(
            *((grad * grad).sum() for grad in self._learned.values()))).asscalar())
        try:
            check_finite(loss, norm)
        except TrainingError:
            for name, array in before.items():
                array.copyto(self._weights[name])
            raise
        self._update(learning_rate, min(1.0, self._settings.clip_norm / (norm + 1e-6)))
        return loss

    def _backward(self, batch: Mapping[str, np.ndarray], seed: int) -> float:
        """Compute the loss; the gradients are left in the parameters."""
        self._mxnet.random.seed(seed)
        with self._mxnet.autograd.record():
            loss = self._loss(*(self._to_mxnet(batch[name]) for name in self._names))
        loss.backward()
        return float(loss.asscalar())

    def _update(self, learning_rate: float, scale: float) -> None:
        """Make one AdamW step; the operator has no bias correction, so it is applied to the rate and epsilon."""
        self._steps += 1
        settings, root = self._settings, (1 - self._settings.beta2 ** self._steps) ** 0.5
        rate = learning_rate * root / (1 - settings.beta1 ** self._steps)
        scale = self._mxnet.nd.array([scale], ctx=self._context)
        for name, grad in self._learned.items():
            weight = self._weights[name]
            decay = settings.weight_decay * learning_rate if settings.decays(weight) else 0.0
            self._mxnet.nd.contrib.adamw_update(
                weight, grad, self._first[name], self._second[name], scale, out=weight, lr=rate, eta=1.0, wd=decay,
                beta1=settings.beta1, beta2=settings.beta2, epsilon=settings.epsilon * root)

    def gradients(self, batch: Mapping[str, np.ndarray], seed: int) -> Dict[str, np.ndarray]:
        """Compute the gradient without an update; see Learner."""
        before = self.state()
        self._backward(batch, seed)
        gradients = {name: grad.asnumpy() for name, grad in self._learned.items()}
        self.restore(before)
        return gradients

    def outputs(self, batch: Mapping[str, np.ndarray]) -> Tuple[np.ndarray, ...]:
        """Run the network; see Learner."""
        outputs = self._network(*(self._to_mxnet(batch[name]) for name in self._inputs))
        return tuple(array.asnumpy() for array in _tuple(outputs))

    def weights(self) -> Dict[str, np.ndarray]:
        """Return copies of the weights; see Learner."""
        return {name: array.asnumpy() for name, array in self._weights.items()}

    def state(self) -> Dict[str, np.ndarray]:
        """Return copies of everything that a run needs to resume; see Learner."""
        groups = {"weights": self._weights, "first": self._first, "second": self._second}
        state = {f"{group}/{name}": array.asnumpy() for group, arrays in groups.items()
                 for name, array in arrays.items()}
        return {**state, "steps": np.array(self._steps)}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Restore a state; see Learner."""
        check_state(state, self.state())
        for group, arrays in (("weights", self._weights), ("first", self._first), ("second", self._second)):
            for name, array in arrays.items():
                array[:] = self._mxnet.nd.array(state[f"{group}/{name}"], ctx=self._context)
        self._steps = int(state["steps"])

    def _to_mxnet(self, array: np.ndarray) -> Any:
        return self._mxnet.nd.array(array, ctx=self._context, dtype="float32")


def _block(mxnet: ModuleType, graph: str, inputs: Sequence[str], params: Any = None) -> Any:
    """Make a block of a graph, whose parameters keep their names."""
    variables = [mxnet.sym.var(name, dtype="float32") for name in inputs]
    block = mxnet.gluon.SymbolBlock(mxnet.sym.load_json(graph), variables, params)
    block.hybridize(static_alloc=False)
    return block


def _set(mxnet: ModuleType, params: Any, weights: Mapping[str, np.ndarray], context: Any) -> None:
    """Set the value of every parameter."""
    for name, parameter in params.items():
        parameter.shape = weights[name].shape
        parameter.initialize(mxnet.init.Zero(), ctx=context, force_reinit=True)
        parameter.set_data(mxnet.nd.array(weights[name], dtype="float32"))


def _arrays(params: Any) -> Dict[str, np.ndarray]:
    return {name: parameter.data().asnumpy() for name, parameter in params.items()}


def _tuple(outputs: Any) -> tuple:
    return tuple(outputs) if isinstance(outputs, (list, tuple)) else (outputs,)


def _grouped(mxnet: ModuleType, outputs: Any) -> Any:
    return mxnet.sym.Group(list(outputs)) if isinstance(outputs, (list, tuple)) else outputs
