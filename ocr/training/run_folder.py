"""The results of a finished training run: the network in the format of every engine, and a record of the run."""
from __future__ import annotations

import json
import platform
from pathlib import Path
from types import MappingProxyType
from typing import Mapping, Optional, Sequence

import numpy as np

from ocr.engine.network import save_network
from ocr.errors import TrainingError
from ocr.models.registration import RUN, read_json
from ocr.models.tasks import TASKS
from ocr.output import write_atomically
from ocr.training.checkpoint import START_AGAIN, read_arrays
from ocr.training.journal import Journal
from ocr.engine.learner import TracedTraining
from ocr.training.loop import BEST, JOURNAL


def finish(folder: Path, task_name: str, traced: TracedTraining, command: Sequence[str], data: Sequence[str],
           alphabet: Optional[str], input_spec: Mapping[str, object], settings: Mapping[str, object],
           architecture: str = "", model_settings: Mapping[str, object] = MappingProxyType({})) -> Path:
    """Write network.onnx, network.json, weights.npz and run.json from a run's best weights.

    Parameters
    ----------
    folder : where `ocr.training.loop.fit` wrote best.npz and journal.jsonl.
    traced : the trained graphs.
    command, data : command line of the run, and its data sets.
    alphabet : characters of a recogniser in class order, None for other tasks.
    input_spec : input of the network, such as {"channels": 1, "height": 48}.
    settings : the command's options.
    architecture : as on the card; empty takes the task's first, see `ocr.models.tasks`.
    model_settings : the settings of the card: settings of inference, such as thresholds.

    Returns
    -------
    Path of run.json.

    Raises
    ------
    TrainingError : no epoch was finished.
    """
    entries = Journal(folder / JOURNAL).read()
    if not entries or not (folder / BEST).exists():
        raise TrainingError(f"{folder}: no epoch was finished, so there is nothing to save. Train longer.")
    weights = read_arrays(folder / BEST)
    last = entries[-1]
    best = next(entry for entry in entries if entry["epoch"] == last["best_epoch"])
    kept = save_network(folder, traced, weights, input_spec)
    record = {"task": task_name, "command": list(command), "data": list(data), "epochs": last["epoch"] + 1,
            "best_epoch": best["epoch"], "seconds": last["seconds"], "hardware": hardware(),
            "scores": {name: value for name, value in best.items() if name not in _NOT_SCORES},
            "alphabet": alphabet, "input": dict(input_spec), "settings": dict(settings),
            "architecture": TASKS[task_name].architecture(architecture).name, "model_settings": dict(model_settings),
            "parameters": int(sum(np.prod(array.shape) for array in kept.values()))}
    return _write(folder / RUN, record)


def add_settings(path: Path, model_settings: Mapping[str, object]) -> Path:
    """Add settings of the card to a run.json; those of the same names are replaced. Returns its path."""
    record = dict(read_json(path))
    return _write(path, {**record, "model_settings": {**record["model_settings"], **model_settings}})


def _write(path: Path, record: Mapping[str, object]) -> Path:
    write_atomically(path, (json.dumps(record, indent=2, ensure_ascii=False) + "\n").encode(), START_AGAIN)
    return path


_NOT_SCORES = {"epoch", "loss", "learning_rate", "seconds", "best_epoch"}


def hardware() -> str:
    """Name the processor and, where PyTorch sees one, the GPU."""
    import os

    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        name = names[0] if names else name
    return f"{os.cpu_count()} x {name}"
