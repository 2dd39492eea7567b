"""Save a network, and open it in one of the engines: the one way in which this project runs networks."""
from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, Dict, Mapping, Protocol, Tuple

import numpy as np

from ocr.engine.graph import read_graph
from ocr.engine.onnx_export import graph_to_onnx
from ocr.errors import EngineUnavailable, ModelError, ModelMismatch, ModelNotFound
from ocr.output import write_atomically
from ocr.engine.learner import TracedTraining

ONNX, GRAPH, WEIGHTS = "network.onnx", "network.json", "weights.npz"
ENGINES = ("onnx", "gluon", "torch")


class Network(Protocol):
    """A network ready for inference on any engine: arrays in, arrays out."""

    def __call__(self, *inputs: np.ndarray) -> Tuple[np.ndarray, ...]:
        """Run the network.

        Parameters
        ----------
        inputs : such as images, (N, C, H, W) float32; tokens, (N, T) float32, for a language model; two such arrays for a corrector.

        Returns
        -------
        One float32 array for each output.
        """


def open_network(folder: Path, engine: str = "onnx", device: str = "cpu", threads: int = 0) -> Network:
    """Open the network in a folder.

    Parameters
    ----------
    folder : written by `save_network`.
    engine : "onnx", "gluon" or "torch"; the results are the same.
    device : "cpu" or "gpu:N".
    threads : number of CPU threads; 0 takes all.

    Raises
    ------
    ModelNotFound : a file is missing.
    ModelMismatch : a file cannot be read.
    EngineUnavailable : the engine's package is not installed, or sees no such device.
    """
    folder = Path(folder)
    if engine not in ENGINES:
        raise EngineUnavailable(f"There is no engine {engine!r}; there are {', '.join(ENGINES)}.")
    check_device(device)
    if engine == "onnx":
        from ocr.engine.onnx_runtime import OnnxNetwork
        return OnnxNetwork(_present(folder / ONNX), device, threads)
    graph, weights = _present(folder / GRAPH).read_text(encoding="utf-8"), read_weights(folder / WEIGHTS)
    if engine == "gluon":
        from ocr.engine.gluon import GluonNetwork
        return GluonNetwork(graph, weights, device)
    try:
        from ocr.engine.torch_graph import TorchNetwork
    except ImportError as error:
        raise EngineUnavailable(f"The torch engine needs PyTorch, which cannot be imported ({error}).\n"
                                "Type: pip install .[torch]") from error
    return TorchNetwork(graph, weights, device, threads)


def check_device(device: str) -> None:
    """Check that a device name is "cpu" or "gpu:N".

    Raises
    ------
    EngineUnavailable : it is neither.
    """
    kind, _, number = device.partition(":")
    if device != "cpu" and not (kind == "gpu" and number.isdigit()):
        raise EngineUnavailable(f"{device!r} is not a device; use cpu, or gpu:0, gpu:1 and so on.")


def save_network(folder: Path, traced: TracedTraining, weights: Mapping[str, np.ndarray],
                 input_spec: Mapping[str, Any]) -> Dict[str, np.ndarray]:
    """Write a network so that every engine can open it: network.onnx, network.json and weights.npz.

    Matrices and filters are rounded to half precision, once, so that all engines compute with the same numbers;
    arrays with one axis (biases, scales, running statistics) are small and stay in float32.

    Parameters
    ----------
    folder : where to write; created if needed.
    traced : the network's graph and the names of its inputs, in the order of the graph.
    weights : float32 arrays by Gluon name; those that only the loss uses are left out.
    input_spec : "channels" of the images; batch size, height and width are dynamic. Without it the network reads
        tokens, (N, T) each.

    Returns
    -------
    The arrays as written.

    Raises
    ------
    ModelError : a weight is missing, or is not finite in half precision.
    OutputError : the disk is full or the folder cannot be written.
    """
    folder, graph = Path(folder), read_graph(traced.graph)
    missing = sorted(set(graph.variables) - set(weights) - set(traced.inputs))
    if missing:
        raise ModelError(f"The weights lack {missing[0]!r}, which the network needs. Are they those of another network?")
    kept = {variable: half(variable, weights[variable]) for variable in graph.variables
            if variable not in traced.inputs}
    assert graph.inputs(kept) == tuple(traced.inputs), "the engines take a network's inputs in the order of its graph"
    shape = (None, int(input_spec["channels"]), None, None) if "channels" in input_spec else (None, None)
    onnx = graph_to_onnx(graph, kept, dict.fromkeys(traced.inputs, shape))
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / ONNX, onnx)
    write_atomically(folder / GRAPH, traced.graph.encode())
    write_atomically(folder / WEIGHTS, lambda stream: np.savez_compressed(stream, **kept))
    return kept


def half(name: str, weight: np.ndarray) -> np.ndarray:
    """Round a weight to its storage type: float16 with two or more axes, else float32."""
    with np.errstate(over="ignore"):
        rounded = weight.astype(np.float16 if weight.ndim > 1 else np.float32)
    if not np.isfinite(rounded).all():
        raise ModelError(f"The weight {name!r} reaches {np.abs(weight).max():.4g}; it must be finite and under 65504. "
                         "The training has diverged: take an earlier checkpoint.")
    return rounded


def read_weights(file: Path) -> Dict[str, np.ndarray]:
    """Read weights by Gluon name, as float32.

    Raises
    ------
    ModelNotFound : there is no such file.
    ModelMismatch : it is not an .npz file of arrays.
    """
    try:
        with np.load(_present(Path(file)), allow_pickle=False) as arrays:
            return {name: array.astype(np.float32) for name, array in arrays.items()}
    except (ValueError, OSError, EOFError, AttributeError, TypeError, zipfile.BadZipFile) as error:
        raise ModelMismatch(f"{file}: not a file of weights ({error}). "
                            "Fetch the model again: python -m ocr models fetch") from error


def _present(file: Path) -> Path:
    if not file.is_file():
        raise ModelNotFound(f"{file}: no such file. Fetch the model with python -m ocr models fetch, "
                            "or give the folder of a training run.")
    return file
