#!/usr/bin/env python3
"""Stage 3: read the lines of pages.

reads   PAGE-XML with lines, from stage 2 or any other program, and the pictures that they name
writes  PAGE-XML with text, words and confidences, one file a page
next    scripts/evaluate_iam.py scores it; any PAGE-XML viewer shows it
"""
from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import List, Optional

HEIGHT = 48


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    from ocr.engine.options import add_engine_options
    from ocr.training.options import add_options

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    run = verbs.add_parser("run", help="read pages")
    run.add_argument("sources", nargs="+", metavar="IN", help="PAGE-XML files, or a folder of them")
    run.add_argument("out", type=Path, metavar="OUT", help="folder for the results")
    add_engine_options(run)
    train = verbs.add_parser("train", help="learn from lines with their text")
    add_options(train, epochs=30, learning_rate=2e-3)
    train.add_argument("--height", type=int, default=HEIGHT, help=f"pixels of a line strip (default: {HEIGHT})")
    train.add_argument("--columns", type=int, default=10240, help="pixels of strip width in a batch (default: 10240)")
    train.add_argument("--augment", type=float, default=1.0, help="strength of random changes, 0 to 1 (default: 1)")
    score = verbs.add_parser("score", help="CER and WER on true lines")
    score.add_argument("--data", action="append", required=True, metavar="KIND:DIR", help="iam:DIR, alto:DIR or page:DIR")
    score.add_argument("--split", default="validation", help="name or list file (default: validation)")
    score.add_argument("--json", action="store_true", help="one JSON object on the last line")
    add_engine_options(score)
    return parser.parse_args(argv)


def train(arguments: argparse.Namespace) -> int:
    """Train a recogniser, or go on with one."""
    from ocr.recognition.samples import covered, load_samples
    from ocr.recognition.training import RecognitionTask, trace_recogniser
    from ocr.text.alphabet import LATIN
    from ocr.training.loop import fit
    from ocr.training.options import make_learner, make_schedule, settings_of, traced_training
    from ocr.training.run_folder import finish

    traced = traced_training(arguments, lambda seed: trace_recogniser(LATIN, arguments.height, seed))
    if not arguments.epochs:
        return 0
    lines = {split: covered(load_samples(arguments.data, split, arguments.height, arguments.out / "lines"), LATIN)
             for split in ("train", "validation")}
    task = RecognitionTask(lines["train"], lines["validation"], LATIN, arguments.columns, arguments.augment)
    print(f"{len(task.train)} lines to learn from, {len(task.validation)} for validation", file=sys.stderr)
    fit(task, make_learner(arguments, traced), arguments.out, make_schedule(arguments), arguments.tensorboard)
    print(finish(arguments.out, task.name, traced, sys.argv, arguments.data, LATIN.characters,
                 {"channels": 1, "height": arguments.height}, settings_of(arguments)))
    return 0


def score(arguments: argparse.Namespace) -> int:
    """Read true lines and compare."""
    from ocr.models.store import cache_folder
    from ocr.recognition.samples import load_samples
    from ocr.recognition.stage import RecognitionStage
    from ocr.recognition.training import score_lines

    stage = RecognitionStage(arguments.model, arguments.engine, arguments.device, arguments.threads)
    samples = load_samples(arguments.data, arguments.split, stage.height, cache_folder() / "lines")
    rates = score_lines(samples, [decoded.text for decoded in stage.read([sample.strip for sample in samples])])
    print(rates)
    if arguments.json:
        print(json.dumps(rates.as_dict()))
    return 0


def run(arguments: argparse.Namespace) -> int:
    """Read pages, one PAGE-XML file each."""
    from ocr.recognition.stage import RecognitionStage
    from ocr.workflow import run_stage

    stage = RecognitionStage(arguments.model, arguments.engine, arguments.device, arguments.threads)
    summary = run_stage(stage, arguments.sources, arguments.out)
    print(summary, file=sys.stderr)
    return summary.exit_code


def main(argv: Optional[List[str]] = None) -> int:
    """Run one verb and return its exit code."""
    from ocr.errors import exit_code

    arguments = parse_args(argv)
    return exit_code(lambda: {"run": run, "train": train, "score": score}[arguments.verb](arguments))


if __name__ == "__main__":
    sys.exit(main())
