"""What a run starts from: a network traced with MXNet or taken from a folder, with new weights or those of a model."""
from __future__ import annotations

import argparse
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Callable, Optional

import numpy as np

from ocr.engine.learner import TracedTraining
from ocr.engine.network import WEIGHTS, read_weights
from ocr.errors import ModelMismatch
from ocr.models.store import require

GRAPH = "graph"


def traced_training(arguments: argparse.Namespace, trace: Callable[[int], TracedTraining], task: str,
                    alphabet: Optional[str] = None) -> TracedTraining:
    """Make the network and its loss with MXNet, or take those of --graph, and write them to OUT/graph.

    Parameters
    ----------
    arguments : of a train verb, see `ocr.training.options.add_options`.
    trace : makes them anew, from the seed of their first weights; a function that can be pickled.
    task : "paragraphs", "lines" or "recognition", which the model of --start-from must be for.
    alphabet : characters of a recogniser in class order, None for other tasks.

    Raises
    ------
    ModelNotFound, ModelMismatch : --graph or --start-from names nothing, or another network.
    """
    if arguments.graph:
        traced = TracedTraining.load(arguments.graph)
    else:
        traced = (_traced_apart if arguments.engine == "torch" else _traced_here)(trace, arguments.seed)
    if arguments.start_from:
        model = require(arguments.start_from, task)
        if (model.card.alphabet is None) != (alphabet is None):
            raise ModelMismatch(f"{arguments.start_from} writes no text. Start from a model of this task, or without --start-from.")
        traced = started(traced, model.folder, model.card.alphabet, alphabet)
    traced.save(arguments.out / GRAPH)
    return traced


def started(traced: TracedTraining, folder: Path, old: Optional[str] = None, new: Optional[str] = None) -> TracedTraining:
    """Put the weights of a model into a training that is about to start, where they fit; what stays new is reported on stderr.

    Scores of characters that both alphabets have go to those characters' places in the new one.

    Parameters
    ----------
    old, new : the alphabets of the model and of the training, for recognisers; the blank comes after the last character.

    Raises
    ------
    ModelMismatch : not one of the model's weights fits.
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
                            "Start from a model of a like network, or without --start-from.")
    fresh = [name for name in traced.weights if name not in fitting]
    print(f"{len(fitting)} arrays of weights are those of {folder.name}; {len(fresh)} are new"
          + (f", such as {', '.join(fresh[:3])}" if fresh else ""), file=sys.stderr)
    return replace(traced, weights={**traced.weights, **fitting})


def _moved(found: np.ndarray, fresh: np.ndarray, old: str, new: str) -> np.ndarray:
    """Put the rows of characters, and of the blank, at their places in another alphabet; rows of new characters stay."""
    moved = fresh.copy()
    places = {character: place for place, character in enumerate(old)}
    for place, character in enumerate(new):
        if character in places:
            moved[place] = found[places[character]]
    moved[-1] = found[-1]
    return moved


def _traced_here(trace: Callable[[int], TracedTraining], seed: int) -> TracedTraining:
    return trace(seed)


def _traced_apart(trace: Callable[[int], TracedTraining], seed: int) -> TracedTraining:
    """Trace in a process of its own: MXNet's threads, once loaded, take a third of PyTorch's speed on a CPU."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(trace, seed).result()
