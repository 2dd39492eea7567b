"""The command-line options that every train verb has, and the schedule and learner made from them."""
from __future__ import annotations

import argparse
from pathlib import Path
from typing import Dict

from ocr.errors import EngineUnavailable
from ocr.engine.learner import AdamW, Learner, TracedTraining
from ocr.training.schedule import Schedule


def add_options(parser: argparse.ArgumentParser, epochs: int, learning_rate: float, data: str = "KIND:DIR") -> None:
    """Add the options of a train verb to its parser; `data` names the kinds of data that it takes."""
    parser.add_argument("--data", action="append", required=True, metavar="KIND:DIR",
                        help=f"data set: {data}; give it again for a mixture")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR",
                        help="run folder; a run that is found there resumes from its checkpoint")
    parser.add_argument("--engine", choices=("gluon", "torch"), default="gluon", help="engine to train with (default: gluon)")
    parser.add_argument("--device", default="cpu", metavar="cpu|gpu:N", help="device to train on (default: cpu)")
    parser.add_argument("--half", action="store_true", help="mixed precision: half precision where that is safe (torch only)")
    parser.add_argument("--graph", type=Path, metavar="DIR",
                        help="load the network and its loss from a folder, without MXNet; OUT/graph of another run is "
                             "such a folder")
    parser.add_argument("--start-from", metavar="MODEL",
                        help="initialise the weights from a registered model or the folder of a finished run")
    parser.add_argument("--epochs", type=int, default=epochs,
                        help=f"passes over the data; 0 writes OUT/graph and nothing else (default: {epochs})")
    parser.add_argument("--learning-rate", type=float, default=learning_rate,
                        help=f"peak learning rate of the schedule (default: {learning_rate})")
    parser.add_argument("--weight-decay", type=float, default=1e-2, help="of AdamW (default: 0.01)")
    parser.add_argument("--patience", type=int, default=0,
                        help="early stopping: epochs without a better validation score; 0 turns it off (default: 0)")
    parser.add_argument("--workers", type=int, default=2, help="threads that prepare batches (default: 2)")
    parser.add_argument("--tensorboard", action="store_true", help="write the journal for TensorBoard, too")
    parser.add_argument("--seed", type=int, default=0, help="random seed (default: 0)")


def make_schedule(arguments: argparse.Namespace) -> Schedule:
    """Make the schedule from the options."""
    return Schedule(arguments.epochs, arguments.learning_rate, patience=arguments.patience, seed=arguments.seed,
                    workers=arguments.workers)


def make_learner(arguments: argparse.Namespace, traced: TracedTraining) -> Learner:
    """Make the learner of the chosen engine from the options.

    Raises
    ------
    EngineUnavailable : its package or the GPU is not available, or it cannot compute in half precision.
    """
    from ocr.engine.network import check_device

    check_device(arguments.device)
    if arguments.half and arguments.engine != "torch":
        raise EngineUnavailable(f"--half works with --engine torch only, and --engine is {arguments.engine}.")
    update = AdamW(weight_decay=arguments.weight_decay)
    if arguments.engine == "gluon":
        from ocr.engine.gluon import GluonLearner

        return GluonLearner(traced, update, arguments.device)
    try:
        from ocr.engine.torch_graph import TorchLearner
    except ImportError as error:
        raise EngineUnavailable(f"The torch engine needs PyTorch, which cannot be imported ({error}).\n"
                                "Type: pip install .[torch]") from error
    return TorchLearner(traced, update, arguments.device, arguments.half)


def settings_of(arguments: argparse.Namespace) -> Dict[str, object]:
    """Return the options as plain values for run.json."""
    return {name: str(value) if isinstance(value, Path) else value for name, value in sorted(vars(arguments).items())
            if isinstance(value, (str, int, float, bool, Path))}
