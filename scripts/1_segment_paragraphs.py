#!/usr/bin/env python3
"""Stage 1: find the handwriting on pages, and their orientation.

reads   images of pages: PNG, JPEG, TIFF, WebP, PDF
writes  PAGE-XML with regions and orientation, one file per page
next    scripts/2_segment_lines.py finds the lines in the regions
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
    from ocr.engine.options import add_engine_options, add_jobs_option
    from ocr.paragraphs.options import add_training_options
    from ocr.training.options import add_options

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    run = verbs.add_parser("run", help="find regions on pages")
    run.add_argument("sources", nargs="+", metavar="PAGES", help="images, PDF files, folders of them, or globs")
    run.add_argument("out", type=Path, metavar="OUT", help="folder for the results")
    add_engine_options(run)
    add_jobs_option(run)
    run.add_argument("--keep-doubtful", action="store_true", help="keep regions that may be a stain or a drawing, too")
    run.add_argument("--text", choices=("handwriting", "print", "all"), default="handwriting",
                     help="which text to find; typewriting belongs to both (default: handwriting)")
    train = verbs.add_parser("train", help="train on pages with outlines of their lines")
    add_options(train, epochs=8, learning_rate=2e-3, data=DATA_SETS)
    add_training_options(train)
    score = verbs.add_parser("score", help="score area, regions and orientation against ground truth")
    score.add_argument("--data", action="append", required=True, metavar="KIND:DIR",
                       help=DATA_SETS)
    score.add_argument("--split", default="validation", help="name or list file (default: validation)")
    score.add_argument("--json", action="store_true", help="one JSON object on the last line")
    score.add_argument("--image", "--picture", type=Path, metavar="PNG", help="draw the first pages with what was found")
    add_engine_options(score)
    return parser.parse_args(argv)


def train(arguments: argparse.Namespace) -> int:
    """Train a page network, or resume training."""
    from ocr.models.settings import as_pairs
    from ocr.paragraphs.kinds import KINDS
    from ocr.paragraphs.options import make_task
    from ocr.paragraphs.settings import ParagraphSettings
    from ocr.paragraphs.training import trace_page_network
    from ocr.training.loop import fit
    from ocr.training.options import make_learner, make_schedule, settings_of
    from ocr.training.run_folder import finish
    from ocr.training.start import traced_training

    traced = traced_training(arguments, trace_page_network, "paragraphs")
    if not arguments.epochs:
        return 0
    task = make_task(arguments)
    print(f"{len(task.train)} pages for training, {len(task.validation)} for validation", file=sys.stderr)
    fit(task, make_learner(arguments, traced), arguments.out, make_schedule(arguments), arguments.tensorboard)
    print(finish(arguments.out, task.name, traced, sys.argv, arguments.data, None,
                 {"channels": 1, "longest": ParagraphSettings().longest}, settings_of(arguments),
                 model_settings=dict(as_pairs(ParagraphSettings(kinds=len(KINDS)), without=("longest",)))))
    return 0


def score(arguments: argparse.Namespace) -> int:
    """Find regions on pages with ground truth and compare."""
    from ocr.engine.settings import EngineSettings
    from ocr.paragraphs.ground_truth import load_labelled_pages
    from ocr.paragraphs.scoring import score_pages
    from ocr.paragraphs.stage import open_paragraphs

    stage = open_paragraphs(arguments.model, EngineSettings(arguments.engine, arguments.device, arguments.threads))
    pages = load_labelled_pages(arguments.data, arguments.split)
    scores = score_pages(pages, stage.network, stage.settings)
    print(scores)
    if arguments.image:
        from PIL import Image

        from ocr.paragraphs.drawing import draw_pages

        image = draw_pages([page.pixels for page in pages[:16]], stage.network, stage.settings)
        Image.fromarray(image).save(arguments.image)
    if arguments.json:
        print(json.dumps(scores.as_dict()))
    return 0


def run(arguments: argparse.Namespace) -> int:
    """Find the regions of pages, one PAGE-XML file each."""
    from ocr.engine.options import threads_of_each
    from ocr.batch.local import run_stage
    from ocr.engine.settings import EngineSettings
    from ocr.errors import report
    from ocr.paragraphs.stage import open_paragraphs

    engine = EngineSettings(arguments.engine, arguments.device, threads_of_each(arguments))
    stage = open_paragraphs(arguments.model, engine, arguments.keep_doubtful, arguments.text)
    summary = run_stage(stage, arguments.sources, arguments.out, arguments.jobs)
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
