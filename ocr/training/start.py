"""The initial network of a run: traced with MXNet or loaded from a folder, with new or pretrained weights."""
from __future__ import annotations

import argparse
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Callable, Optional, Tuple

import numpy as np

from ocr.engine.learner import TracedTraining
from ocr.engine.network import WEIGHTS, read_weights
from ocr.errors import ModelMismatch
from ocr.models.registration import RUN, read_json
from ocr.models.store import require

GRAPH = "graph"


def traced_training(arguments: argparse.Namespace, trace: Callable[[int], TracedTraining], task: str,
                    alphabet: Optional[str] = None) -> TracedTraining:
    """Trace the network and its loss with MXNet, or load those of --graph, and write them to OUT/graph.

    Parameters
    ----------
    arguments : of a train verb, see `ocr.training.options.add_options`.
    trace : traces them, from the seed of the initial weights; must be picklable.
    task : "paragraphs", "lines" or "recognition", the task that the model of --start-from must have.
    alphabet : characters of a recogniser in class order, None for other tasks.

    Raises
    ------
    ModelNotFound, ModelMismatch : what --graph or --start-from names does not exist, or is another network.
    """
    if arguments.graph:
        traced = TracedTraining.load(arguments.graph)
    else:
        traced = (_trace_in_subprocess if arguments.engine == "torch" else _trace)(trace, arguments.seed)
    if arguments.start_from:
        folder, known = _find_start(arguments.start_from, task)
        if (known is None) != (alphabet is None):
            raise ModelMismatch(f"{arguments.start_from} writes no text. Start from a model of this task, or without --start-from.")
        traced = initialise_from(traced, folder, known, alphabet)
    traced.save(arguments.out / GRAPH)
    return traced


def _find_start(name: str, task: str) -> Tuple[Path, Optional[str]]:
    """Find the folder and the alphabet of a registered model, or of a training run, of which run.json and the weights suffice."""
    run = Path(name) / RUN
    if not run.is_file():
        model = require(name, task)
        return model.folder, model.card.alphabet
    found = read_json(run)
    if found.get("task") != task:
        raise ModelMismatch(f"{name} is a model for {found.get('task')}, not for {task}. Start from a model of this task.")
    alphabet = found.get("alphabet")
    return run.parent, None if alphabet is None else str(alphabet)


def initialise_from(traced: TracedTraining, folder: Path, old: Optional[str] = None, new: Optional[str] = None) -> TracedTraining:
    """Initialise a training with the weights of a model, where their shapes fit; the rest is reported on stderr.

    The rows of the output layer for characters that are in both alphabets move to their places in the new one.

    Parameters
    ----------
    old, new : the alphabets of the model and of the training, for recognisers; the blank comes after the last character.

    Raises
    ------
    ModelMismatch : none of the model's weights fits.
    """
    known = read_weights(folder / WEIGHTS)
    fitting = {}
    for name, array in traced.weights.items():
        found = known.get(name)
        if found is None:
            continue
        if old and new and found.shape[0] == len(old) + 1 and array.shape == (len(new) + 1, *found.shape[1:]):
            found = _moved(found, array, old, new)
        if found.shape == array.shape:
            fitting[name] = found
    if not fitting:
        raise ModelMismatch(f"{folder} shares no weights with the network to train. "
                            "Start from a model of a similar network, or without --start-from.")
    fresh = [name for name in traced.weights if name not in fitting]
    print(f"{len(fitting)} weight arrays are initialised from {folder.name}; {len(fresh)} are new"
          + (f", such as {', '.join(fresh[:3])}" if fresh else ""), file=sys.stderr)
    return replace(traced, weights={**traced.weights, **fitting})


def _moved(found: np.ndarray, fresh: np.ndarray, old: str, new: str) -> np.ndarray:
    """Move the rows of characters and the blank to their places in another alphabet; rows of new characters stay."""
    moved = fresh.copy()
    places = {character: place for place, character in enumerate(old)}
    for place, character in enumerate(new):
        if character in places:
            moved[place] = found[places[character]]
    moved[-1] = found[-1]
    return moved


def _trace(trace: Callable[[int], TracedTraining], seed: int) -> TracedTraining:
    return trace(seed)


def _trace_in_subprocess(trace: Callable[[int], TracedTraining], seed: int) -> TracedTraining:
    """Trace in a subprocess: once loaded, MXNet's threads slow PyTorch down by a third on a CPU."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(trace, seed).result()
