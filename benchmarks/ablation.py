#!/usr/bin/env python3
"""Write variants of the recogniser's network, each ready to be trained, to learn what every part of it brings.

reads   nothing
writes  OUT/NAME, one folder a variant, with its graph, its loss and its first weights; one line each on stdout, with the
        processor time of reading a batch of lines, of which the first is the measure
next    scripts/3_recognise_text.py train --graph OUT/NAME --height HEIGHT ...; what was measured so far is in docs/EXPERIMENTS.md
"""
from __future__ import annotations

import argparse
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional, Tuple

if TYPE_CHECKING:
    from ocr.engine.learner import TracedTraining

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def variants() -> Dict[str, Dict[str, Any]]:
    """Name the variants, and say what `trace_recogniser` shall do otherwise for each."""
    from ocr.recognition.crnn.network import Columns

    class Flattened(Columns):
        """All rows of a column side by side, in place of their maximum: for line images of 48 pixels."""

        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.width *= 6

        def hybrid_forward(self, F, images):
            maps = self.features(images)                                               # (N, D, 6, T)
            return F.reshape(F.transpose(maps, axes=(0, 3, 1, 2)), shape=(0, 0, -1))   # (N, T, 6 D)

    return {
        "as-it-is": {},
        "flattened": {"columns": Flattened},
        "no-shortcut": {"shortcut_weight": 0.0},
        "residual": {"columns": partial(Columns, residual_blocks=1)},
        "wider": {"columns": partial(Columns, (32, 64, 128, 256))},
        "more-units": {"hidden": 256},
        "no-dropout": {"dropout": 0.0},
        "more-dropout": {"dropout": 0.4},
        "height-64": {"height": 64},
        "height-80": {"height": 80},
    }


def make(seed: int) -> Iterator[Tuple[str, TracedTraining]]:
    """Make each variant with its loss and first weights."""
    from ocr.recognition.crnn.training import trace_recogniser
    from ocr.text.alphabet import load_alphabet

    for name, changes in variants().items():
        yield name, trace_recogniser(load_alphabet("latin"), seed=seed, **{"height": 48, **changes})


def seconds_to_read(traced: TracedTraining, height: int, lines: int = 12, repeats: int = 5) -> float:
    """Time one processor thread on lines 700 pixels long at a height of 48, with ONNX Runtime: the best of some times."""
    from tempfile import TemporaryDirectory

    import numpy as np

    from ocr.engine.network import open_network, save_network

    images = np.random.default_rng(0).normal(size=(lines, 1, height, 700 * height // 48 // 4 * 4)).astype(np.float32)
    with TemporaryDirectory() as folder:
        save_network(Path(folder), traced, traced.weights, {"channels": 1})
        network = open_network(Path(folder), threads=1)
        times = []
        for _ in range(repeats):
            start = time.process_time()
            network(images)
            times.append(time.process_time() - start)
    return min(times)


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, metavar="OUT", help="folder to write to")
    parser.add_argument("--seed", type=int, default=0, help="of the first weights (default: 0)")
    return parser.parse_args(argv)


def main(argv: Optional[List[str]] = None) -> int:
    """Write all variants."""
    arguments = parse_args(argv)
    first = None
    for name, traced in make(arguments.seed):
        traced.save(arguments.out / name)
        seconds = seconds_to_read(traced, variants()[name].get("height", 48))
        first = first or seconds
        size = sum(array.size for array in traced.weights.values())
        print(f"{arguments.out / name}: {size / 1e6:.2f} M weights with the shortcut's, reads in {seconds / first:.2f} times "
              f"the time", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
