"""Checkpoints of a training run: arrays and counters in one file, written atomically."""
from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Dict, Optional, Tuple

import numpy as np

from ocr.engine.learner import DAMAGE
from ocr.errors import TrainingError
from ocr.output import write_atomically

_PROGRESS = "__progress__"
START_AGAIN = "Free some space, then start the same command again: it resumes from the last checkpoint."


@dataclass(frozen=True)
class Progress:
    """The progress of a run: the next batch and its epoch, and the best epoch so far."""

    epoch: int = 0
    batch: int = 0
    loss_sum: float = 0.0
    best_epoch: int = -1
    best_score: Optional[float] = None
    seconds: float = 0.0


def write_arrays(path: Path, arrays: Dict[str, np.ndarray]) -> None:
    """Write named arrays to an .npz file.

    Raises
    ------
    OutputError : the disk is full or the folder cannot be written.
    """
    write_atomically(path, lambda stream: np.savez(stream, **arrays), START_AGAIN)


def read_arrays(path: Path) -> Dict[str, np.ndarray]:
    """Read an .npz file of plain arrays; nothing in it is unpickled.

    Raises
    ------
    TrainingError : the file is damaged or not an .npz file.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except DAMAGE as error:
        raise TrainingError(f"{path}: cannot be read as saved weights ({error}). Delete it to start again from the beginning.") from error


def save(path: Path, state: Dict[str, np.ndarray], progress: Progress) -> None:
    """Write a learner's state and the run's progress."""
    encoded = np.frombuffer(json.dumps(asdict(progress)).encode(), dtype=np.uint8)
    write_arrays(path, {**state, _PROGRESS: encoded})


def load(path: Path) -> Tuple[Dict[str, np.ndarray], Progress]:
    """Return the learner's state and the run's progress that `save` wrote.

    Raises
    ------
    TrainingError : the file is damaged, or has no progress of a run.
    """
    state = read_arrays(path)
    try:
        return state, Progress(**json.loads(state.pop(_PROGRESS).tobytes()))
    except (KeyError, ValueError, TypeError) as error:
        raise TrainingError(f"{path}: has weights but not the progress of a run ({error}), so it cannot be resumed. "
                            "Delete it to start again from the beginning.") from error
