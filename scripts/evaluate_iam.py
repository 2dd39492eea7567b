#!/usr/bin/env python3
"""Score the whole pipeline on pages with known text: IAM forms, or any PAGE or ALTO folder.

reads   a data set's images and transcripts
writes  OUT/report.json, OUT/report.md and OUT/worst_lines.png
next    read OUT/report.md
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
    from ocr.reading import add_pipeline_options

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, metavar="KIND:DIR", help=DATA_SETS)
    parser.add_argument("--split", default="validation", help="name or list file (default: validation)")
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="first N pages only; 0 takes all (default: 0)")
    parser.add_argument("--out", type=Path, default=Path("out/evaluation"), metavar="OUT",
                        help="folder of the report (default: out/evaluation)")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    add_pipeline_options(parser, models=True)
    return parser.parse_args(argv)


def evaluate_iam(arguments: argparse.Namespace) -> int:
    """Evaluate, write the report, print it."""
    from PIL import Image

    from ocr.datasets.opening import open_dataset, report
    from ocr.evaluation import evaluate
    from ocr.pipeline import Pipeline
    from ocr.reading import read_settings
    from ocr.recognition.drawing import draw_readings

    dataset = open_dataset(arguments.data)
    pages = dataset.pages(arguments.split)
    pages = pages[:arguments.limit] if arguments.limit else pages
    for message in report(dataset):
        print(message, file=sys.stderr)
    result = evaluate(pages, Pipeline(read_settings(arguments)))
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "report.json").write_text(json.dumps(result.as_dict(), indent=2) + "\n")
    (arguments.out / "report.md").write_text(result.markdown(), encoding="utf-8")
    if result.worst:
        drawing = draw_readings([reading.image for reading in result.worst],
                                [(reading.pair.reference, reading.pair.hypothesis) for reading in result.worst])
        Image.fromarray(drawing).save(arguments.out / "worst_lines.png")
    print(result.markdown())
    print(f"report: {arguments.out}", file=sys.stderr)
    if arguments.json:
        print(json.dumps(result.as_dict()))
    return 1 if result.failed else 0


def main(argv: Optional[List[str]] = None) -> int:
    """Run the evaluation and return the exit code."""
    from ocr.errors import exit_code

    arguments = parse_args(argv)
    return exit_code(lambda: evaluate_iam(arguments))


if __name__ == "__main__":
    sys.exit(main())
