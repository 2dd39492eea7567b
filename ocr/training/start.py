"""What a run starts from: a network traced with MXNet or taken from a folder, with new weights or those of a model."""
from __future__ import annotations

import argparse
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Callable, Optional

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
    alphabet : characters of a recogniser in class order, which must be those of the model of --start-from.

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
        if model.card.alphabet != alphabet:
            raise ModelMismatch(f"{arguments.start_from} writes another alphabet ({_count(model.card.alphabet)} characters) "
                                f"than this training ({_count(alphabet)}). Start without --start-from.")
        traced = started(traced, model.folder)
    traced.save(arguments.out / GRAPH)
    return traced


def started(traced: TracedTraining, folder: Path) -> TracedTraining:
    """Put the weights of a model into a training that is about to start; those that only the loss uses stay new.

    Raises
    ------
    ModelMismatch : the model is another network.
    """
    known = read_weights(folder / WEIGHTS)
    for name, array in known.items():
        if name not in traced.weights or traced.weights[name].shape != array.shape:
            wanted = traced.weights[name].shape if name in traced.weights else "nothing"
            raise ModelMismatch(f"{folder} has {array.shape} for {name!r}, the network to train needs {wanted}. "
                                "Start from a model of the same network and alphabet, or without --start-from.")
    return replace(traced, weights={**traced.weights, **known})


def _count(alphabet: Optional[str]) -> int:
    return len(alphabet or "")


def _traced_here(trace: Callable[[int], TracedTraining], seed: int) -> TracedTraining:
    return trace(seed)


def _traced_apart(trace: Callable[[int], TracedTraining], seed: int) -> TracedTraining:
    """Trace in a process of its own: MXNet's threads, once loaded, take a third of PyTorch's speed on a CPU."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(trace, seed).result()
