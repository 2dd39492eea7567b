#!/usr/bin/env python3
"""Print how many lines a second the recogniser learns from, for each engine that is installed.

reads   nothing; it learns from noise, whose speed is that of writing
writes  nothing; one table on stdout
next    quote it together with the processor's name, which is printed, too
"""
from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import List, Optional

ROOT = Path(__file__).resolve().parent.parent
RUNS = {"gluon": ["--engine", "gluon"], "torch": ["--engine", "torch"], "torch-half": ["--engine", "torch", "--half"]}


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", action="append", choices=tuple(RUNS),
                        help="engine to measure, each in a process of its own; again for more (default: all)")
    parser.add_argument("--device", default="cpu", metavar="cpu|gpu:N", help="where it computes (default: cpu)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="processor threads (default: all)")
    parser.add_argument("--batches", type=int, default=40, help="batches to learn from, after 5 to warm up (default: 40)")
    parser.add_argument("--columns", type=int, default=10240, help="pixels of line image width in a batch (default: 10240)")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def measure(arguments: argparse.Namespace) -> str:
    """Learn for some batches in this process, and return one row of the table."""
    import numpy as np

    from ocr.recognition.samples import LineSample
    from ocr.recognition.crnn.training import RecognitionTask, trace_recogniser
    from ocr.text.alphabet import load_alphabet
    from ocr.training.options import add_options, make_learner
    from ocr.training.start import traced_training

    (engine,), parser, rng = arguments.engine, argparse.ArgumentParser(), np.random.default_rng(0)
    add_options(parser, 1, 1e-3)
    widths = np.clip(rng.normal(600, 200, 20 * (arguments.batches + 5)), 200, 1200).astype(int)
    lines = [LineSample(rng.integers(0, 256, (48, width), np.uint8), "n" * (width // 15), "page", "noise") for width in widths]
    task = RecognitionTask(lines, lines[:1], load_alphabet("latin"), arguments.columns)
    plan = task.plan(rng)[:arguments.batches + 5]
    start = time.perf_counter()
    batches = [task.batch(recipe, rng) for recipe in plan]
    prepared = sum(map(len, plan)) / (time.perf_counter() - start)
    with tempfile.TemporaryDirectory() as out:
        words = ["--data", "none", "--out", out, "--device", arguments.device, *RUNS[engine]]
        options = parser.parse_args(words)
        learner = make_learner(options, traced_training(options, partial(trace_recogniser, load_alphabet("latin"), 48), "recognition"))
    for index, batch in enumerate(batches):
        if index == 5:
            start = time.perf_counter()
        learner.step(batch, 1e-3, index)
    learned = sum(map(len, plan[5:])) / (time.perf_counter() - start)
    return f"{engine:<12}{learned:>12.1f}{prepared:>28.0f}"


def main(argv: Optional[List[str]] = None) -> int:
    """Measure each engine in a fresh process."""
    arguments = parse_args(argv)
    if arguments.here:
        print(measure(arguments), flush=True)
        return 0
    sys.path.insert(0, str(ROOT))
    from ocr.training.run_folder import hardware

    print(f"{hardware()}, {arguments.threads} threads, on {arguments.device}\n"
          f"{'engine':<12}{'lines/s':>12}{'prepared lines/s a thread':>28}", flush=True)
    codes = []
    for engine in arguments.engine or RUNS:
        command = [sys.executable, __file__, "--here", "--engine", engine, "--device", arguments.device,
                   "--batches", str(arguments.batches), "--columns", str(arguments.columns)]
        codes.append(subprocess.run(command, check=False, cwd=ROOT, env={
            **os.environ, "OMP_NUM_THREADS": str(arguments.threads), "PYTHONPATH": str(ROOT)}).returncode)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
