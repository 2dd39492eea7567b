#!/usr/bin/env python3
"""Train a corrector, a network that rewrites misread lines, on running text corrupted with a recogniser's confusions.

reads   running text, .txt or .txt.xz, one paragraph or sentence per line; a data set, whose training lines a recogniser reads
writes  OUT/network.onnx, network.json, weights.npz, run.json and confusions.npz
next    benchmarks/corrector.py shows whether it lowers the error rate; --decoder OUT uses it
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
    add_options(parser, epochs=10, learning_rate=1e-3, data=DATA_SETS + ", text:FILE")
    parser.add_argument("--keep-out", action="append", default=[], metavar="KIND:DIR",
                        help="leave out lines that share four consecutive words with the validation pages of this data set, "
                             "three lines taken together; may be repeated")
    parser.add_argument("--min-character-count", "--rarest", type=int, default=20, metavar="COUNT",
                        help="characters that occur less often count as unknown (default: 20)")
    parser.add_argument("--confusions", metavar="KIND:DIR",
                        help="data set whose training lines are read to see how characters are misread; without it "
                             "OUT/confusions.npz must exist")
    parser.add_argument("--model", metavar="NAME", help="recogniser that reads them (default: the newest registered one)")
    parser.add_argument("--batches", type=int, default=500, help="batches per epoch (default: 500)")
    parser.add_argument("--units", type=int, default=192, help="embedding size; the feed-forward size is twice as large (default: 192)")
    parser.add_argument("--layers", type=int, default=3, help="layers of the encoder and of the decoder each (default: 3)")
    return parser.parse_args(argv)


def train(arguments: argparse.Namespace) -> int:
    """Train a corrector, or resume training."""
    from ocr.decoding.corrector.training import CorrectorTask, trace_corrector
    from ocr.datasets.language_texts import part, read_texts
    from ocr.training.loop import fit
    from ocr.training.options import make_learner, make_schedule, settings_of
    from ocr.training.run_folder import finish
    from ocr.training.start import traced_training

    problems = []                # type: List[str]
    learned, measured = part(read_texts(arguments.data, problems), arguments.keep_out)
    print(*problems, f"{len(learned)} lines for training, {len(measured)} for validation", sep="\n", file=sys.stderr)
    confusions = find_confusions(arguments, learned)
    characters = confusions.characters.known
    task = CorrectorTask(learned, measured, confusions, arguments.batches)
    traced = traced_training(arguments, partial(trace_corrector, task.tokens.size, units=arguments.units,
                                                hidden=2 * arguments.units, layers=arguments.layers),
                             CorrectorTask.name, characters)
    if not arguments.epochs:
        return 0
    fit(task, make_learner(arguments, traced), arguments.out, make_schedule(arguments), arguments.tensorboard)
    print(finish(arguments.out, task.name, traced, sys.argv, arguments.data, characters, {}, settings_of(arguments)))
    return 0


def find_confusions(arguments: argparse.Namespace, learned: List[str]):
    """Load the confusions from the run folder, or measure them."""
    from ocr.decoding.corrector.confusions import Confusions, measure_confusions
    from ocr.errors import InputError
    from ocr.decoding.lstm.characters import Characters

    file = arguments.out / "confusions.npz"
    if file.exists():
        return Confusions.load(file)
    if not arguments.confusions:
        raise InputError(f"{file} does not exist. Give --confusions KIND:DIR to have it measured.")
    confusions = measure_confusions(read_pairs(arguments), Characters.of(learned, arguments.min_character_count))
    arguments.out.mkdir(parents=True, exist_ok=True)
    confusions.save(file)
    return confusions


def read_pairs(arguments: argparse.Namespace):
    """Read the training lines of a data set as they are read before they are corrected: (read, written) pairs."""
    from ocr.decoding.corrector.decoder import CORRECTED
    from ocr.decoding.settings import DecodingSettings
    from ocr.engine.settings import EngineSettings
    from ocr.models.store import cache_folder
    from ocr.recognition.opening import open_recognition
    from ocr.recognition.samples import load_samples, read_samples

    recogniser = open_recognition(arguments.model, EngineSettings(threads=1), DecodingSettings(CORRECTED)).recogniser
    samples = load_samples([arguments.confusions], "train", recogniser.height, cache_folder() / "lines")
    return [(read.text, sample.text) for read, sample in zip(read_samples(recogniser, samples), samples)]


def main(argv: Optional[List[str]] = None) -> int:
    """Train and return the exit code."""
    from ocr.errors import exit_code

    arguments = parse_args(argv)
    return exit_code(lambda: train(arguments))


if __name__ == "__main__":
    sys.exit(main())
