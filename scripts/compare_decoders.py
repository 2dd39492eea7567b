#!/usr/bin/env python3
"""Compare the decoders of stage 3 on the same true lines.

reads   data sets with transcripts
writes  a table and the best and worst changes on stdout
next    the best decoder that is proven is the default: ocr/decoding/choice.py
"""
from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import List, Optional

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    from ocr.decoding.choice import DECODERS
    from ocr.engine.options import add_engine_options

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", action="append", required=True, metavar="KIND:DIR", help="iam:DIR, alto:DIR or page:DIR")
    parser.add_argument("--split", default="validation", help="name or list file (default: validation)")
    parser.add_argument("--decoders", nargs="+", choices=DECODERS, default=list(DECODERS), metavar="NAME",
                        help=f"the first is what the others are compared with (default: {' '.join(DECODERS)})")
    parser.add_argument("--language-model", action="append", dest="languages", metavar="NAME",
                        help="registered language model, or the folder of one; may be repeated (default: all registered)")
    parser.add_argument("--changes", type=int, default=10, metavar="N", help="best and worst lines shown (default: 10)")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    add_engine_options(parser)
    return parser.parse_args(argv)


def compare(arguments: argparse.Namespace) -> int:
    """Read, compare, print."""
    from ocr.models.store import cache_folder
    from ocr.recognition.comparison import compare_decoders
    from ocr.recognition.samples import load_samples
    from ocr.recognition.stage import RecognitionStage
    from ocr.scoring.report import interval, markdown_table, percent

    stage = RecognitionStage(arguments.model, arguments.engine, arguments.device, arguments.threads, "greedy")
    samples = load_samples(arguments.data, arguments.split, stage.height, cache_folder() / "lines")
    found = compare_decoders(stage, samples, arguments.decoders, arguments.languages)
    for one in found[1:]:
        last = max(len(one.changes) - arguments.changes, arguments.changes)
        shown = one.changes[:arguments.changes] + one.changes[last:]
        print(f"{one.name}: best and worst changes, by wrong characters saved", "",
              markdown_table(["saved", "written", found[0].name, one.name],
                             [[f"{line.saved:+d}", line.written, line.before, line.after] for line in shown]), "", sep="\n")
    print(markdown_table(
        ["decoder", "CER", "WER", f"CER below {found[0].name}", "WER below", "helped", "hurt", "lines/s", "of decoding"],
        [[one.name, percent(one.rates.cer, 2), percent(one.rates.wer, 2), interval(one.cer_gain, 2),
          interval(one.wer_gain, 2), one.helped, one.hurt, *one.lines_per_second[::-1]] for one in found]))
    print(f"\n{len(samples)} lines of {found[0].rates.pages} pages; {found[0].rates.as_dict()['normalisation']}; "
          "95 % intervals of differences, pages resampled in pairs.")
    if arguments.json:
        print(json.dumps({"decoders": {one.name: one.as_dict() for one in found}}))
    return 0


def main(argv: Optional[List[str]] = None) -> int:
    """Run the comparison and return the exit code."""
    from ocr.errors import exit_code

    arguments = parse_args(argv)
    return exit_code(lambda: compare(arguments))


if __name__ == "__main__":
    sys.exit(main())
