"""The command-line options for model, engine, device and threads."""
from __future__ import annotations

import argparse
import os


def add_engine_options(parser: argparse.ArgumentParser, model: bool = True) -> None:
    """Add --engine, --device, --threads and, where one stage runs, --model."""
    if model:
        parser.add_argument("--model", metavar="NAME", help="registered model, or the folder of a training run "
                                                            "(default: the first registered one of this stage)")
    parser.add_argument("--engine", choices=("onnx", "gluon", "torch"), default="onnx",
                        help="inference engine (default: onnx)")
    parser.add_argument("--device", default="cpu", metavar="cpu|gpu:N", help="device to compute on (default: cpu)")
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="CPU threads; 0 takes all (default: 0)")


def add_jobs_option(parser: argparse.ArgumentParser) -> None:
    """Add --jobs, for programs that process many pages."""
    parser.add_argument("--jobs", type=_jobs, default=1, metavar="N",
                        help="pages processed in parallel; they share the CPU threads (default: 1)")


def threads_of_each(arguments: argparse.Namespace) -> int:
    """Return the CPU threads of each page: --threads, or an equal share for each of --jobs."""
    return arguments.threads or (0 if arguments.jobs == 1 else max(1, (os.cpu_count() or 1) // arguments.jobs))


def _jobs(word: str) -> int:
    if not word.isdecimal() or not int(word):
        raise argparse.ArgumentTypeError(f"{word!r} is not a number of pages, 1 or more")
    return int(word)
