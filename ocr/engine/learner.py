"""The learner interface of every engine, the settings of its optimiser, and the traced network that it trains."""
from __future__ import annotations

import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Mapping, Protocol, Tuple

import numpy as np

from ocr.errors import ModelMismatch, ModelNotFound, TrainingError

GRAPH, LOSS_GRAPH, WEIGHTS, INPUTS = "network.json", "loss.json", "initial_weights.npz", "inputs.json"
DAMAGE = (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""Exceptions that reading a damaged .npz or JSON file raises."""


@dataclass(frozen=True)
class AdamW:
    """Settings of the AdamW optimiser.

    Parameters
    ----------
    weight_decay : decoupled weight decay, multiplied by the learning rate. It applies to matrices and filters only, not to
        biases and the scales of normalisation layers (one axis).
    clip_norm : maximum global norm of the gradient, to which it is clipped.
    beta1, beta2 : decay rates of the running first and second moments.
    epsilon : added to the root of the second moment.

    Source: Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2019, algorithm 2.
    """

    weight_decay: float = 1e-2
    clip_norm: float = 5.0
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    @staticmethod
    def decays(weight: Any) -> bool:
        """Tell whether weight decay applies to a weight, an array of any engine."""
        return weight.ndim > 1


@dataclass(frozen=True)
class TracedTraining:
    """A network and its loss as graphs, with the initial weights: all that a learner needs.

    Parameters
    ----------
    loss_graph : JSON of the symbol from inputs and targets to the mean loss, traced for training.
    graph : JSON of the symbol from inputs to the network's outputs, traced for inference.
    weights : float32 arrays under their Gluon names, running statistics included.
    inputs, targets : names of the inputs of the network, and of the further inputs of the loss.
    """

    loss_graph: str
    graph: str
    weights: Mapping[str, np.ndarray]
    inputs: Tuple[str, ...]
    targets: Tuple[str, ...]

    def save(self, folder: Path) -> None:
        """Save it to a folder, from which a machine without MXNet can train."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / GRAPH).write_text(self.graph, encoding="utf-8")
        (folder / LOSS_GRAPH).write_text(self.loss_graph, encoding="utf-8")
        (folder / INPUTS).write_text(json.dumps({"inputs": self.inputs, "targets": self.targets}), encoding="utf-8")
        np.savez(folder / WEIGHTS, **self.weights)

    @classmethod
    def load(cls, folder: Path) -> TracedTraining:
        """Load what `save` wrote.

        Raises
        ------
        ModelNotFound : a file is missing.
        ModelMismatch : a file is damaged, or the files are not of one network.
        """
        folder = Path(folder)
        missing = [name for name in (GRAPH, LOSS_GRAPH, INPUTS, WEIGHTS) if not (folder / name).is_file()]
        if missing:
            raise ModelNotFound(f"{folder}: {', '.join(missing)} missing. Give a folder that "
                                "TracedTraining.save has written, on a machine with MXNet.")
        name = INPUTS
        try:
            names = json.loads((folder / INPUTS).read_text(encoding="utf-8"))
            inputs, targets = tuple(names["inputs"]), tuple(names["targets"])
            name = WEIGHTS
            with np.load(folder / WEIGHTS, allow_pickle=False) as archive:
                weights = dict(archive)
            graphs = []
            for name in (LOSS_GRAPH, GRAPH):
                graphs.append((folder / name).read_text(encoding="utf-8"))
                variables = {node["name"] for node in json.loads(graphs[-1]).get("nodes", ()) if node["op"] == "null"}
                surplus = sorted(variables - {*weights, *inputs, *targets})
                if surplus:
                    raise ValueError(f"it needs {surplus[0]!r}, which is neither in {WEIGHTS} nor in {INPUTS}")
        except DAMAGE as error:
            raise ModelMismatch(f"{folder / name}: is damaged, or not of the same network as the files beside it "
                                f"({type(error).__name__}: {error}). Write the folder again.") from error
        return cls(graphs[0], graphs[1], weights, inputs, targets)


class Learner(Protocol):
    """Trains the weights of one network, a batch at a time."""

    def step(self, batch: Mapping[str, np.ndarray], learning_rate: float, seed: int) -> float:
        """Train on one batch: forward, backward, clip, update.

        Parameters
        ----------
        batch : arrays under the names of the inputs and targets; sizes may differ from step to step.
        learning_rate : of this step.
        seed : of dropout.

        Returns
        -------
        The mean loss before the update.

        Raises
        ------
        TrainingError : the loss or the gradient is not finite; the weights are then unchanged.
        """

    def gradients(self, batch: Mapping[str, np.ndarray], seed: int) -> Dict[str, np.ndarray]:
        """Compute the gradient of the mean loss by weight name, without an update."""

    def outputs(self, batch: Mapping[str, np.ndarray]) -> Tuple[np.ndarray, ...]:
        """Run the network in float32, in inference mode: no dropout, running statistics."""

    def weights(self) -> Dict[str, np.ndarray]:
        """Return copies of the weights and running statistics under their Gluon names, float32."""

    def state(self) -> Dict[str, np.ndarray]:
        """Return copies of everything that a run needs to resume exactly."""

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Restore a state.

        Raises
        ------
        TrainingError : it is the state of another network.
        """


def check_finite(loss: float, norm: float) -> None:
    """Raise an error before a value that is not finite gets into the weights."""
    if not (np.isfinite(loss) and np.isfinite(norm)):
        raise TrainingError(f"The loss is {loss:.4g} and the norm of the gradient {norm:.4g}; both must be finite. "
                            "The weights are unchanged. Check the batch for empty or broken samples, "
                            "or lower the learning rate.")


def check_state(state: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> None:
    """Check that a state has the names and shapes of this network."""
    for name, array in expected.items():
        found = np.shape(state[name]) if name in state else "nothing"
        if found != np.shape(array):
            raise TrainingError(f"The checkpoint has {found} for {name!r}, this network needs {np.shape(array)}. "
                                "It is of another network: start a new run, or give its own checkpoint.")
    surplus = sorted(set(state) - set(expected))
    if surplus:
        raise TrainingError(f"The checkpoint holds {surplus[0]!r}, which this network does not have. "
                            "It is of another network: start a new run, or give its own checkpoint.")
