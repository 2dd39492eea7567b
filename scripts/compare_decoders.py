#!/usr/bin/env python3
"""Compare the decoders of stage 3 on the same ground-truth lines.

reads   data sets with transcripts
writes  a table and the best and worst changes on stdout; with --sclite DIR, its input and output
next    the decoder that is significantly best becomes the default: ocr/decoding/opening.py
"""
from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Dict, List, Optional

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    from ocr.datasets.opening import DATA_SETS
    from ocr.decoding.opening import DECODERS
    from ocr.decoding.options import add_language_options, decoder_name
    from ocr.engine.options import add_engine_options
    from ocr.scoring.line_kinds import LINE_KINDS

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", action="append", required=True, metavar="KIND:DIR", help=DATA_SETS)
    parser.add_argument("--split", default="validation", help="name or list file (default: validation)")
    parser.add_argument("--decoders", nargs="+", type=decoder_name, default=list(DECODERS), metavar="NAME|DIR",
                        help="the others are compared with the first; a corrector is given by its folder "
                             f"(default: {' '.join(DECODERS)})")
    add_language_options(parser)
    parser.add_argument("--lines", choices=LINE_KINDS, default="all", metavar="KIND",
                        help="which of the lines read are scored: all, numbers or names (default: all)")
    parser.add_argument("--sclite", nargs="?", const="", metavar="DIR",
                        help="check the counts with NIST's sclite; DIR keeps its input and output")
    parser.add_argument("--changes", type=int, default=10, metavar="N", help="best and worst lines shown (default: 10)")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    add_engine_options(parser)
    return parser.parse_args(argv)


def compare(arguments: argparse.Namespace) -> int:
    """Read the lines, compare the decoders, print the tables."""
    from ocr.decoding.options import decoding_settings
    from ocr.engine.settings import EngineSettings
    from ocr.models.store import cache_folder
    from ocr.recognition.crnn.comparison import compare_decoders
    from ocr.recognition.crnn.recogniser import open_crnn
    from ocr.recognition.samples import load_samples
    from ocr.scoring.error_rates import NORMALISATION, OLD_PROTOCOL
    from ocr.scoring.report import interval, markdown_table, percent
    from ocr.scoring.sclite import require_sclite

    if arguments.sclite is not None:
        require_sclite()
    engine = EngineSettings(arguments.engine, arguments.device, arguments.threads)
    recogniser = open_crnn(arguments.model, engine)
    samples = load_samples(arguments.data, arguments.split, recogniser.height, cache_folder() / "lines")
    found = compare_decoders(recogniser, samples, list(dict.fromkeys(arguments.decoders)), decoding_settings(arguments),
                             engine, arguments.lines)
    for one in found[1:]:
        last = max(len(one.changes) - arguments.changes, arguments.changes)
        shown = one.changes[:arguments.changes] + one.changes[last:]
        print(f"{one.name}: best and worst changes, by wrong characters saved", "",
              markdown_table(["saved", "written", found[0].name, one.name],
                             [[f"{line.saved:+d}", line.ground_truth, line.before, line.after] for line in shown]), "", sep="\n")
    print(markdown_table(
        ["decoder", "CER", "WER", f"CER below {found[0].name}", "WER below", "helped", "hurt", "CER, old protocol",
         "lines/s", "of decoding"],
        [[one.name, percent(one.rates.cer, 2), percent(one.rates.wer, 2), interval(one.cer_gain, 2),
          interval(one.wer_gain, 2), one.helped, one.hurt, percent(one.rates.old_protocol_cer, 2),
          *one.lines_per_second[::-1]] for one in found]))
    kind = "" if arguments.lines == "all" else f" ({arguments.lines})"
    print(f"\n{found[0].rates.lines} lines{kind} of {found[0].rates.pages} pages; {NORMALISATION}; 95 % intervals of "
          f"differences, pages resampled in pairs. Old protocol: {OLD_PROTOCOL}.")
    checked = {} if arguments.sclite is None else check_with_sclite(found, arguments.sclite)
    if arguments.json:
        print(json.dumps({"decoders": {one.name: {**one.as_dict(), **checked.get(one.name, {})} for one in found}}))
    return 0


def check_with_sclite(found, folder: str) -> Dict[str, Dict[str, object]]:
    """Print sclite's error counts beside ours and return them for JSON; a folder keeps its input and output."""
    from ocr.scoring.report import markdown_table, percent
    from ocr.scoring.sclite import cross_check

    checks = [(one.name, cross_check(one.pairs, unit, Path(folder) if folder else None, one.name))
              for one in found for unit in ("characters", "words")]
    print("", markdown_table(
        ["decoder", "tokens", "n", "sclite: errors", "Sum/Avg", "ours, sclite's weights: errors", "rate", "equal",
         "ours, minimum edits: errors", "rate"],
        [[name, check.unit, check.total.tokens, check.total.errors, f"{check.percent} %", check.errors,
          percent(check.errors / check.tokens), "yes" if check.equal else "NO", check.min_edits,
          percent(check.min_edits / check.tokens, 2)] for name, check in checks]), "",
          "sclite gives a substitution the weight 4, a deletion or insertion 3; CER and WER above count minimum edits.", sep="\n")
    return {one.name: {"sclite": {check.unit: check.as_dict() for name, check in checks if name == one.name}}
            for one in found}


def main(argv: Optional[List[str]] = None) -> int:
    """Run the comparison and return the exit code."""
    from ocr.errors import exit_code

    arguments = parse_args(argv)
    return exit_code(lambda: compare(arguments))


if __name__ == "__main__":
    sys.exit(main())
