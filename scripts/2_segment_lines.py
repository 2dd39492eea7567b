#!/usr/bin/env python3
"""Stage 2: find the lines and words in the regions of pages.

reads   PAGE-XML with regions, from stage 1 or any other program, and the images that they name
writes  PAGE-XML with lines, baselines and words, one file per page
next    scripts/3_recognise_text.py reads the lines
"""
from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import List, Optional

SCENE_WIDTH = 800


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    from ocr.datasets.opening import DATA_SETS
    from ocr.engine.options import add_engine_options, add_jobs_option
    from ocr.training.options import add_options

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    run = verbs.add_parser("run", help="find lines and words in the regions of pages")
    run.add_argument("sources", nargs="+", metavar="IN", help="PAGE-XML files, or a folder of them")
    run.add_argument("out", type=Path, metavar="OUT", help="folder for the results")
    add_engine_options(run)
    add_jobs_option(run)
    train = verbs.add_parser("train", help="train on pages with outlines of their lines, and of words where there are any")
    add_options(train, epochs=12, learning_rate=2e-3, data=DATA_SETS)
    train.add_argument("--batch-size", type=int, default=8, help="training crops in a batch (default: 8)")
    train.add_argument("--views", type=int, default=2, help="training crops of each page in an epoch (default: 2)")
    score = verbs.add_parser("score", help="lines and words in the ground-truth regions of pages")
    score.add_argument("--data", action="append", required=True, metavar="KIND:DIR", help=DATA_SETS)
    score.add_argument("--split", default="validation", help="name or list file (default: validation)")
    score.add_argument("--json", action="store_true", help="one JSON object on the last line")
    score.add_argument("--image", "--picture", type=Path, metavar="PNG", help="draw the first pages with what was found")
    add_engine_options(score)
    return parser.parse_args(argv)


def train(arguments: argparse.Namespace) -> int:
    """Train a detector, or resume training."""
    from ocr.lines.ground_truth import load_ground_truth_lines
    from ocr.lines.ssd.ground_truth import load_scenes
    from ocr.lines.ssd.training import LineTask, trace_detector
    from ocr.models.settings import as_pairs
    from ocr.training.loop import fit
    from ocr.training.options import make_learner, make_schedule, settings_of
    from ocr.training.run_folder import finish
    from ocr.training.start import traced_training

    traced = traced_training(arguments, trace_detector, "lines")
    if not arguments.epochs:
        return 0
    task = LineTask(load_scenes(arguments.data, "train", SCENE_WIDTH), load_ground_truth_lines(arguments.data, "validation"),
                    arguments.batch_size, arguments.views)
    print(f"{len(task.scenes)} pages for training, {len(task.validation)} for validation", file=sys.stderr)
    fit(task, make_learner(arguments, traced), arguments.out, make_schedule(arguments), arguments.tensorboard)
    print(finish(arguments.out, task.name, traced, sys.argv, arguments.data, None,
                 {"channels": 1, "width": task.settings.width}, settings_of(arguments),
                 model_settings=dict(as_pairs(task.settings, without=("width",)))))
    return 0


def score(arguments: argparse.Namespace) -> int:
    """Find lines in ground-truth regions and compare."""
    from ocr.engine.settings import EngineSettings
    from ocr.lines.ground_truth import load_ground_truth_lines
    from ocr.lines.scoring import find_on_pages, score_results
    from ocr.lines.stage import open_lines

    stage = open_lines(arguments.model, EngineSettings(arguments.engine, arguments.device, arguments.threads))
    results = find_on_pages(load_ground_truth_lines(arguments.data, arguments.split), stage.detector)
    scores = score_results(results)
    print(scores)
    if arguments.image:
        from PIL import Image

        from ocr.lines.drawing import draw_results

        Image.fromarray(draw_results(results[:8])).save(arguments.image)
    if arguments.json:
        print(json.dumps(scores.as_dict()))
    return 0


def run(arguments: argparse.Namespace) -> int:
    """Find the lines of pages, one PAGE-XML file each."""
    from ocr.engine.options import threads_of_each
    from ocr.batch.local import run_stage
    from ocr.engine.settings import EngineSettings
    from ocr.errors import report
    from ocr.lines.stage import open_lines

    stage = open_lines(arguments.model, EngineSettings(arguments.engine, arguments.device, threads_of_each(arguments)))
    summary = run_stage(stage, arguments.sources, arguments.out, arguments.jobs, "documents")
    report(str(summary))
    return summary.exit_code


def main(argv: Optional[List[str]] = None) -> int:
    """Run one verb and return its exit code."""
    from ocr.errors import exit_code

    def start() -> int:
        arguments = parse_args(argv)
        return {"run": run, "train": train, "score": score}[arguments.verb](arguments)

    return exit_code(start)


if __name__ == "__main__":
    sys.exit(main())
