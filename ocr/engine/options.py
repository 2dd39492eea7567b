"""The command-line options that say with which network, engine and device to read."""
from __future__ import annotations

import argparse


def add_engine_options(parser: argparse.ArgumentParser, model: bool = True) -> None:
    """Add --engine, --device, --threads and, where one stage runs, --model."""
    if model:
        parser.add_argument("--model", metavar="NAME", help="registered model, or the folder of a training run "
                                                            "(default: the first registered one of this stage)")
    parser.add_argument("--engine", choices=("onnx", "gluon", "torch"), default="onnx",
                        help="what computes (default: onnx)")
    parser.add_argument("--device", default="cpu", metavar="cpu|gpu:N", help="where it computes (default: cpu)")
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="processor threads; 0 takes all (default: 0)")
