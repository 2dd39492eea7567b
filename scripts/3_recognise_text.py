#!/usr/bin/env python3
"""Stage 3: read the lines of pages.

reads   PAGE-XML with lines, from stage 2 or any other program, and the images that they name (read: images of one line)
writes  PAGE-XML with text, words and confidences, one file per page
next    scripts/evaluate_iam.py scores it; any PAGE-XML viewer shows it
"""
from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import List, Optional


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    from ocr.datasets.opening import DATA_SETS
    from ocr.decoding.options import add_decoder_options
    from ocr.engine.options import add_engine_options, add_jobs_option
    from ocr.recognition.crnn.options import add_training_options
    from ocr.training.options import add_options

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    run = verbs.add_parser("run", help="read pages")
    run.add_argument("sources", nargs="+", metavar="IN", help="PAGE-XML files, or a folder of them")
    run.add_argument("out", type=Path, metavar="OUT", help="folder for the results")
    train = verbs.add_parser("train", help="train on lines with transcripts")
    add_options(train, epochs=30, learning_rate=2e-3, data=DATA_SETS + ", strokes:DIR, text:FILE")
    add_training_options(train)
    score = verbs.add_parser("score", help="score CER and WER on ground-truth lines")
    score.add_argument("--data", action="append", required=True, metavar="KIND:DIR", help=DATA_SETS)
    score.add_argument("--split", default="validation", help="name or list file (default: validation)")
    score.add_argument("--json", action="store_true", help="one JSON object on the last line")
    for verb in (train, score):
        verb.add_argument("--unit", choices=("line", "word"), default="line", help="what a line image shows (default: line)")
    read = verbs.add_parser("read", help="print file, text and confidence of images of single lines or words")
    read.add_argument("images", nargs="+", metavar="IMAGE", help="images, folders of them, or globs")
    for verb in (run, score, read):
        add_engine_options(verb)
        add_decoder_options(verb)
    add_jobs_option(run)
    return parser.parse_args(argv)


def train(arguments: argparse.Namespace) -> int:
    """Train a recogniser, or resume training."""
    from ocr.recognition.crnn.options import make_task, make_trace, save_run
    from ocr.text.alphabet import load_alphabet
    from ocr.training.loop import fit
    from ocr.training.options import make_learner, make_schedule
    from ocr.training.start import traced_training

    alphabet = load_alphabet(arguments.alphabet)
    traced = traced_training(arguments, make_trace(arguments, alphabet), "recognition", alphabet.characters)
    if not arguments.epochs:
        return 0
    task = make_task(arguments, alphabet)
    print(f"{len(task.train)} lines for training, {len(task.validation)} for validation", file=sys.stderr)
    fit(task, make_learner(arguments, traced), arguments.out, make_schedule(arguments), arguments.tensorboard)
    print(save_run(arguments, traced, task))
    return 0


def open_stage(arguments: argparse.Namespace):
    """Open stage 3 as the options say."""
    from ocr.decoding.options import decoding_settings
    from ocr.engine.settings import EngineSettings
    from ocr.recognition.opening import open_recognition

    engine = EngineSettings(arguments.engine, arguments.device, arguments.threads)
    return open_recognition(arguments.model, engine, decoding_settings(arguments))


def score(arguments: argparse.Namespace) -> int:
    """Read ground-truth lines or words and compare."""
    from ocr.recognition.scoring import score_data

    text, rates = score_data(open_stage(arguments).recogniser, arguments.data, arguments.split, arguments.unit)
    print(text, *([json.dumps(rates)] if arguments.json else []), sep="\n")
    return 0


def read(arguments: argparse.Namespace) -> int:
    """Print the text of images of single lines or words."""
    from ocr.recognition.single_lines import print_single_lines

    return print_single_lines(open_stage(arguments).recogniser, arguments.images)


def run(arguments: argparse.Namespace) -> int:
    """Read pages, one PAGE-XML file each."""
    from ocr.engine.options import threads_of_each
    from ocr.batch.local import run_stage
    from ocr.errors import report

    arguments.threads = threads_of_each(arguments)
    summary = run_stage(open_stage(arguments), arguments.sources, arguments.out, arguments.jobs, "documents")
    report(str(summary))
    return summary.exit_code


def main(argv: Optional[List[str]] = None) -> int:
    """Run one verb and return its exit code."""
    from ocr.errors import exit_code

    def start() -> int:
        arguments = parse_args(argv)
        return {"run": run, "read": read, "train": train, "score": score}[arguments.verb](arguments)

    return exit_code(start)


if __name__ == "__main__":
    sys.exit(main())
