#!/usr/bin/env python3
"""Estimate a character n-gram model of a language, for the decoder beam+lm.

reads   running text, .txt or .txt.xz, one paragraph or sentence per line; or the training transcripts of data sets
writes  OUT/ngrams.npz and OUT/run.json; one JSON object on stdout
next    scripts/3_recognise_text.py run ... --language-model OUT; scripts/register_model.py publishes it
"""
from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import List, Optional

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

ORDER, MIN_COUNTS = 8, (1, 1, 1, 2, 3, 3, 3, 3)


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    from ocr.datasets.opening import DATA_SETS

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", nargs="+", metavar="TEXT", help=f"text files, or data sets: {DATA_SETS}")
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for the model")
    parser.add_argument("--order", type=int, default=ORDER, metavar="N", help=f"longest n-grams (default: {ORDER})")
    parser.add_argument("--min-counts", "--least", type=int, nargs="+", default=list(MIN_COUNTS), metavar="COUNT",
                        help="for n = 1, 2, ...: n-grams that occur less often are left out; 1 for longer ones than given "
                             f"(default: {' '.join(map(str, MIN_COUNTS))})")
    parser.add_argument("--min-character-count", "--rarest", type=int, default=20, metavar="COUNT",
                        help="characters that occur less often count as unknown (default: 20)")
    parser.add_argument("--keep-out", action="append", default=[], metavar="KIND:DIR",
                        help="leave out lines that share four consecutive words with the validation pages of this data set, "
                             "three lines taken together; may be repeated")
    return parser.parse_args(argv)


def main(argv: Optional[List[str]] = None) -> int:
    """Build the model and return the exit code."""
    from ocr.errors import exit_code

    arguments = parse_args(argv)
    return exit_code(lambda: build(arguments))


def build(arguments: argparse.Namespace) -> int:
    """Read the texts, estimate the model, write it and measure it."""
    from ocr.datasets.language_texts import part, read_texts
    from ocr.decoding.ngrams.file import load_ngrams, save_ngrams
    from ocr.decoding.ngrams.training import bits_per_character, learn_language
    from ocr.models.tasks import TASKS
    from ocr.output import make_folder
    from ocr.training.run_folder import hardware

    started, problems = time.monotonic(), []                # type: float, List[str]
    lines = read_texts(arguments.texts, problems)
    learned, measured = part(lines, arguments.keep_out)
    shared = len(lines) - len(learned) - len(measured)
    print(*problems, f"{len(lines)} lines, {shared} of them left out for what they share, {len(measured)} to measure with",
          sep="\n", file=sys.stderr)
    make_folder(arguments.out)
    model = learn_language(learned, arguments.order, arguments.min_counts, arguments.min_character_count)
    path = arguments.out / TASKS["language"].architectures[0].files[0]
    save_ngrams(path, model)
    count = sum(len(grams.keys) for grams in model.ngrams.grams)
    description = {"task": "language", "command": sys.argv, "data": arguments.texts, "epochs": 1,
            "seconds": round(time.monotonic() - started, 1), "hardware": hardware(), "alphabet": None,
            "input": {"order": arguments.order, "characters": len(model.characters)}, "parameters": count}
    (arguments.out / "run.json").write_text(json.dumps(description, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps({"bits_per_character": bits_per_character(load_ngrams(path), measured), "lines": len(measured),
                      "learned_characters": sum(map(len, learned)), "ngrams": count, "bytes": path.stat().st_size}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
