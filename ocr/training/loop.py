"""The epoch loop: the same for every task and every engine, and exact when it is resumed.

Every random choice is drawing from a generator seeded by (seed, epoch, batch), so a run that is stopped at any
moment and started again resumes from its last checkpoint and ends with exactly the weights of an uninterrupted run.
"""
from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Iterator, Mapping, Sequence, Tuple

import numpy as np

from ocr.errors import TrainingError, report
from ocr.output import locked, sweep, write_atomically
from ocr.training import checkpoint
from ocr.training.checkpoint import Progress
from ocr.training.journal import Journal
from ocr.engine.learner import Learner
from ocr.training.schedule import Schedule
from ocr.training.task import Task

CHECKPOINT, BEST, JOURNAL, DRAWING, LOCK = "checkpoint.npz", "best.npz", "journal.jsonl", "picture.png", "lock"


def fit(task: Task, learner: Learner, folder: Path, schedule: Schedule, tensorboard: bool = False) -> Progress:
    """Train until the schedule ends, or until the validation score has stopped improving.

    Parameters
    ----------
    task : what to learn.
    learner : the network with its loss and optimiser, on one engine.
    folder : where checkpoint.npz, best.npz, journal.jsonl and picture.png go; a checkpoint found there is resumed.
    tensorboard : whether to write the journal for TensorBoard, too.

    Returns
    -------
    Progress : the best epoch is in `best_epoch` and `best_score`; its weights are in best.npz.

    Raises
    ------
    TrainingError : there are no training data, the loss or the validation score is not finite, the checkpoint is
        damaged or belongs to another network, or another process is training in this folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        sweep(folder)
        try:
            return _fit(task, learner, folder, schedule, Journal(folder / JOURNAL, tensorboard))
        except KeyboardInterrupt:
            report("the same command resumes from the last checkpoint")
            raise


def _fit(task: Task, learner: Learner, folder: Path, schedule: Schedule, journal: Journal) -> Progress:
    """Train from the checkpoint, or from the start, to the end."""
    progress = Progress()
    if (folder / CHECKPOINT).exists():
        state, progress = checkpoint.load(folder / CHECKPOINT)
        learner.restore(state)
        _log(f"resuming from epoch {progress.epoch}, batch {progress.batch}")
    while progress.epoch < schedule.epochs and not _out_of_patience(progress, schedule):
        progress = _train_epoch(task, learner, folder, schedule, progress)
        progress = _close_epoch(task, learner, folder, schedule, progress, journal)
    return progress


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep other processes from training in the same folder."""
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(folder / LOCK, wait=False))
        except BlockingIOError as error:
            raise TrainingError(f"{folder}: another process is training there ({error.strerror}). "
                                "Wait for it, or give another folder.") from error
        yield


def _train_epoch(task: Task, learner: Learner, folder: Path, schedule: Schedule, progress: Progress) -> Progress:
    """Train from the next batch to the end of the epoch; checkpoint on the way when the last one is old."""
    plan = task.plan(np.random.default_rng([schedule.seed, progress.epoch]))
    if not len(plan):
        raise TrainingError(f"There are no training data for {task.name}. Check the data and its train split.")
    last_checkpoint = last_step = time.monotonic()
    for index, batch in _batches(task, plan, schedule, progress):
        rate = schedule.rate((progress.epoch + index / len(plan)) / schedule.epochs)
        loss = learner.step(batch, rate, schedule.seed + progress.epoch * len(plan) + index)
        now = time.monotonic()
        progress = replace(progress, batch=index + 1, loss_sum=progress.loss_sum + loss,
                           seconds=progress.seconds + now - last_step)
        last_step = now
        if now - last_checkpoint > schedule.checkpoint_seconds:
            checkpoint.save(folder / CHECKPOINT, learner.state(), progress)
            _log(f"epoch {progress.epoch}, batch {index + 1}/{len(plan)}, mean loss {progress.loss_sum / (index + 1):.4f}")
            last_checkpoint = last_step = time.monotonic()
    return progress


def _close_epoch(task: Task, learner: Learner, folder: Path, schedule: Schedule, progress: Progress,
                 journal: Journal) -> Progress:
    """Validate, keep the weights if they are the best so far, write the journal, the drawing and a checkpoint."""
    start = time.monotonic()

    def network(*arrays: np.ndarray) -> Tuple[np.ndarray, ...]:
        return learner.outputs(dict(zip(task.reads.split(), arrays)))

    scores = task.evaluate(network)
    score = scores[task.key]
    if score is None or not np.isfinite(score):
        raise TrainingError(f"After epoch {progress.epoch} the validation score {task.key} is {score}; it must be a finite "
                            "number. Nothing was kept of this epoch. Check the validation data for pages without ground truth, "
                            "or lower the learning rate.")
    better = progress.best_score is None or (score < progress.best_score) == task.smaller_is_better
    if better and score != progress.best_score:
        checkpoint.write_arrays(folder / BEST, learner.weights())
        drawing = task.drawing(network)
        if drawing is not None:
            _write_image(folder / DRAWING, drawing)
        progress = replace(progress, best_epoch=progress.epoch, best_score=score)
    progress = replace(progress, seconds=progress.seconds + time.monotonic() - start)
    entry = {"epoch": progress.epoch, "loss": progress.loss_sum / max(progress.batch, 1), **scores,
             "learning_rate": schedule.rate((progress.epoch + 1) / schedule.epochs),
             "seconds": round(progress.seconds, 1), "best_epoch": progress.best_epoch}
    journal.write(entry)
    _log(", ".join(f"{name} {_short(value)}" for name, value in entry.items()))
    progress = replace(progress, epoch=progress.epoch + 1, batch=0, loss_sum=0.0)
    checkpoint.save(folder / CHECKPOINT, learner.state(), progress)
    return progress


def _batches(task: Task, plan: Sequence[Any], schedule: Schedule, progress: Progress) -> Iterator:
    """Yield (index, batch) in order; threads prepare a few batches ahead."""
    def prepare(index: int) -> Mapping[str, np.ndarray]:
        return task.batch(plan[index], np.random.default_rng([schedule.seed, progress.epoch, index]))

    ahead = 2 * schedule.workers
    with ThreadPoolExecutor(max_workers=schedule.workers) as pool:
        pending = {index: pool.submit(prepare, index)
                   for index in range(progress.batch, min(progress.batch + ahead, len(plan)))}
        for index in range(progress.batch, len(plan)):
            batch = pending.pop(index).result()
            if index + ahead < len(plan):
                pending[index + ahead] = pool.submit(prepare, index + ahead)
            yield index, batch


def _out_of_patience(progress: Progress, schedule: Schedule) -> bool:
    return bool(schedule.patience) and progress.epoch - 1 - progress.best_epoch >= schedule.patience


def _write_image(path: Path, pixels: np.ndarray) -> None:
    from PIL import Image

    write_atomically(path, lambda stream: Image.fromarray(pixels).save(stream, "PNG"), checkpoint.START_AGAIN)


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
