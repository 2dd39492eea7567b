#!/usr/bin/env python3
"""Train a network that predicts the characters of a language.

reads   running text, .txt or .txt.xz, one paragraph or sentence per line; or the training transcripts of data sets
writes  OUT/network.onnx, network.json, weights.npz and run.json
next    benchmarks/rescoring.py measures what rescoring with it gains; no decoder uses it yet
"""
from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import List, Optional

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    from ocr.datasets.opening import DATA_SETS
    from ocr.training.options import add_options

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser, epochs=3, learning_rate=2e-3, data=DATA_SETS + ", text:FILE")
    parser.add_argument("--keep-out", action="append", default=[], metavar="KIND:DIR",
                        help="leave out lines that share four consecutive words with the validation pages of this data set, "
                             "three lines taken together; may be repeated")
    parser.add_argument("--min-character-count", "--rarest", type=int, default=20, metavar="COUNT",
                        help="characters that occur less often count as unknown (default: 20)")
    parser.add_argument("--hidden", type=int, default=384, metavar="N", help="LSTM units (default: 384)")
    return parser.parse_args(argv)


def train(arguments: argparse.Namespace) -> int:
    """Train a language model, or resume training."""
    from ocr.datasets.language_texts import part, read_texts
    from ocr.decoding.lstm.characters import Characters
    from ocr.decoding.lstm.training import LanguageTask, trace_language_model
    from ocr.training.loop import fit
    from ocr.training.options import make_learner, make_schedule, settings_of
    from ocr.training.run_folder import finish
    from ocr.training.start import traced_training

    problems = []                # type: List[str]
    lines = read_texts(arguments.data, problems)
    learned, measured = part(lines, arguments.keep_out)
    characters = Characters.of(learned, arguments.min_character_count)
    shared = len(lines) - len(learned) - len(measured)
    print(*problems, f"{len(lines)} lines, {shared} of them left out for what they share, {len(measured)} to measure with; "
          f"{characters.size} characters", sep="\n", file=sys.stderr)
    traced = traced_training(arguments, partial(trace_language_model, characters.size, hidden=arguments.hidden),
                             LanguageTask.name, characters.known)
    if not arguments.epochs:
        return 0
    task = LanguageTask(learned, measured, characters)
    fit(task, make_learner(arguments, traced), arguments.out, make_schedule(arguments), arguments.tensorboard)
    print(finish(arguments.out, task.name, traced, sys.argv, arguments.data, characters.known, {}, settings_of(arguments)))
    return 0


def main(argv: Optional[List[str]] = None) -> int:
    """Train and return the exit code."""
    from ocr.errors import exit_code

    arguments = parse_args(argv)
    return exit_code(lambda: train(arguments))


if __name__ == "__main__":
    sys.exit(main())
