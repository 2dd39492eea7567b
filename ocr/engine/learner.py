"""What learns: the protocol of every engine's learner, the update that all of them make, and what they start from."""
from __future__ import annotations

import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Mapping, Protocol, Tuple

import numpy as np

from ocr.errors import ModelMismatch, ModelNotFound, TrainingError

GRAPH, LOSS_GRAPH, WEIGHTS, INPUTS = "network.json", "loss.json", "initial_weights.npz", "inputs.json"
DAMAGE = (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What reading a damaged .npz or JSON file raises."""


@dataclass(frozen=True)
class AdamW:
    """Settings of the update.

    Parameters
    ----------
    weight_decay : share of a weight taken off at each step, times the learning rate. Matrices and filters only:
        biases and the scales of normalisations (one axis) do not decay.
    clip_norm : the gradient of all weights together is scaled down to this Euclidean length where it is longer.
    beta1, beta2 : how much of the running first and second moment is kept.
    epsilon : added to the root of the second moment.

    Source: Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2019, algorithm 2.
    """

    weight_decay: float = 1e-2
    clip_norm: float = 5.0
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    @staticmethod
    def decays(weight: np.ndarray) -> bool:
        """Whether a weight decays."""
        return weight.ndim > 1


@dataclass(frozen=True)
class TracedTraining:
    """A network and its loss as graphs, with the weights to start from: all that a learner needs.

    Parameters
    ----------
    loss_graph : JSON of the symbol from inputs and targets to the mean loss, traced for training.
    graph : JSON of the symbol from inputs to the network's outputs, traced for inference.
    weights : float32 arrays under their Gluon names, running statistics included.
    inputs, targets : names of what the network reads and of what only the loss reads.
    """

    loss_graph: str
    graph: str
    weights: Mapping[str, np.ndarray]
    inputs: Tuple[str, ...]
    targets: Tuple[str, ...]

    def save(self, folder: Path) -> None:
        """Write it into a folder, from which a machine without MXNet can train."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / GRAPH).write_text(self.graph, encoding="utf-8")
        (folder / LOSS_GRAPH).write_text(self.loss_graph, encoding="utf-8")
        (folder / INPUTS).write_text(json.dumps({"inputs": self.inputs, "targets": self.targets}), encoding="utf-8")
        np.savez(folder / WEIGHTS, **self.weights)

    @classmethod
    def load(cls, folder: Path) -> TracedTraining:
        """Read what `save` wrote.

        Raises
        ------
        ModelNotFound : a file is missing.
        ModelMismatch : a file is damaged, or the files are not of one network.
        """
        folder = Path(folder)
        missing = [name for name in (GRAPH, LOSS_GRAPH, INPUTS, WEIGHTS) if not (folder / name).is_file()]
        if missing:
            raise ModelNotFound(f"{folder}: {', '.join(missing)} missing. A folder is needed that "
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
                fed = {node["name"] for node in json.loads(graphs[-1]).get("nodes", ()) if node["op"] == "null"}
                surplus = sorted(fed - {*weights, *inputs, *targets})
                if surplus:
                    raise ValueError(f"it needs {surplus[0]!r}, which is neither in {WEIGHTS} nor in {INPUTS}")
        except DAMAGE as error:
            raise ModelMismatch(f"{folder / name}: is damaged, or not of the same network as the files beside it "
                                f"({type(error).__name__}: {error}). Write the folder anew.") from error
        return cls(graphs[0], graphs[1], weights, inputs, targets)


class Learner(Protocol):
    """Holds the weights of one network and improves them, a batch at a time."""

    def step(self, batch: Mapping[str, np.ndarray], learning_rate: float, seed: int) -> float:
        """Learn from one batch: forward, backward, clip, update.

        Parameters
        ----------
        batch : arrays under the names of the inputs and targets; sizes may differ from step to step.
        learning_rate : of this step.
        seed : makes dropout repeatable.

        Returns
        -------
        The mean loss before the update.

        Raises
        ------
        TrainingError : the loss or the gradient is not finite; the weights are then as they were.
        """

    def gradients(self, batch: Mapping[str, np.ndarray], seed: int) -> Dict[str, np.ndarray]:
        """Compute the gradient of the mean loss by weight name, and learn nothing."""

    def outputs(self, batch: Mapping[str, np.ndarray]) -> Tuple[np.ndarray, ...]:
        """Run the network alone, in float32, as for reading: no dropout, running statistics."""

    def weights(self) -> Dict[str, np.ndarray]:
        """Copy out the weights and running statistics under their Gluon names, float32."""

    def state(self) -> Dict[str, np.ndarray]:
        """Copy out everything that a run needs to go on as if it had not stopped."""

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go back to a state.

        Raises
        ------
        TrainingError : it is the state of another network.
        """


def check_finite(loss: float, norm: float) -> None:
    """Stop training before a value that is not finite gets into the weights."""
    if not (np.isfinite(loss) and np.isfinite(norm)):
        raise TrainingError(f"The loss is {loss:.4g} and the length of the gradient {norm:.4g}; both must be finite. "
                            "The weights were left as they were. Look at the batch for empty or broken samples, "
                            "or lower the learning rate.")


def check_state(state: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> None:
    """Make sure that a state has the names and shapes of this network's own."""
    for name, array in expected.items():
        found = np.shape(state[name]) if name in state else "nothing"
        if found != np.shape(array):
            raise TrainingError(f"The checkpoint has {found} for {name!r}, this network needs {np.shape(array)}. "
                                "It was made by another network: start a new run, or give its own checkpoint.")
    surplus = sorted(set(state) - set(expected))
    if surplus:
        raise TrainingError(f"The checkpoint holds {surplus[0]!r}, which this network does not have. "
                            "It was made by another network: start a new run, or give its own checkpoint.")
