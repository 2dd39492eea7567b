#!/usr/bin/env python3
"""Print on how many pages a recogniser says that it does not know their script or language, for pages that it knows and others.

reads   data sets with transcripts that the recogniser should know, and others that it should not
writes  nothing; a table on stdout, and the weights fitted to these pages
next    the weights belong on the recogniser's card: its settings legibility.NAME
"""
from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

LINES = 12                  # of a page at most; longer pages are several
FALSE_ALARMS = 0.01         # share of the known pages that may be warned about
RIDGE = 1.0                 # keeps the probability from jumping between pages of nearly the same kind


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    from ocr.datasets.opening import DATA_SETS
    from ocr.decoding.opening import DEFAULT
    from ocr.decoding.options import add_language_options, decoder_name
    from ocr.engine.options import add_engine_options

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", action="append", required=True, metavar="KIND:DIR", help=f"{DATA_SETS}, that it should know")
    parser.add_argument("--foreign", action="append", default=[], metavar="KIND:DIR",
                        help="and that it should not; all their splits")
    parser.add_argument("--split", default="validation", help="of --data: name or list file (default: validation)")
    parser.add_argument("--decoder", type=decoder_name, default=DEFAULT, metavar="NAME|DIR", help=f"(default: {DEFAULT})")
    parser.add_argument("--nonsense", action="store_true", help="lines of --data mirrored and upside down are foreign, too")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    add_language_options(parser)
    add_engine_options(parser)
    return parser.parse_args(argv)


def pages_of(samples: Sequence) -> List[List[np.ndarray]]:
    """Group the line images of each page, no more than LINES together; what is left of a page with less than three is dropped."""
    pages: Dict[Tuple[str, str], List[np.ndarray]] = {}
    for sample in samples:
        pages.setdefault((sample.source, sample.writer if sample.source.startswith("lines") else sample.page), []).append(sample.line_image)
    groups = [images[start:start + LINES] for images in pages.values() for start in range(0, len(images), LINES)]
    return [group for group in groups if len(group) >= 3]


def fit(known: np.ndarray, foreign: np.ndarray) -> Tuple[float, float, float]:
    """Fit the weights of `ocr.decoding.ctc.legibility.Legibility` to rows of confidence and bits, (P, 2) each."""
    from ocr.decoding.ctc.calibration import fit_calibration

    rows = np.concatenate([known, foreign])
    right = np.arange(len(rows)) < len(known)
    middle, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    found = fit_calibration(np.concatenate([np.ones((len(rows), 1)), (rows - middle) / scale], axis=1), right, RIDGE)
    weights = np.array([found.certainty, found.agreement]) / scale
    bias = -float(np.quantile(known @ weights, FALSE_ALARMS))
    return bias, float(weights[0]), float(weights[1])


def main(argv: Optional[List[str]] = None) -> int:
    """Judge the pages of all data sets and print what is said of them."""
    from ocr.decoding.ctc.legibility import Legibility, evidence_of
    from ocr.decoding.options import decoding_settings
    from ocr.engine.settings import EngineSettings
    from ocr.models.store import cache_folder
    from ocr.recognition.crnn.recogniser import open_crnn
    from ocr.recognition.samples import load_samples
    from ocr.scoring.report import markdown_table, percent

    arguments = parse_args(argv)
    recogniser = open_crnn(arguments.model, EngineSettings(arguments.engine, arguments.device, arguments.threads),
                           decoding_settings(arguments))
    found: Dict[str, List] = {}
    kinds: Dict[str, bool] = {}

    def judge(name: str, is_known: bool, pages: Sequence[Sequence[np.ndarray]]) -> None:
        kinds[name] = is_known
        found[name] = [evidence_of(recogniser.frames(page), recogniser.decoder) for page in pages]

    for spec in arguments.data:
        pages = pages_of(load_samples([spec], arguments.split, recogniser.height, cache_folder() / "lines"))
        judge(spec, True, pages)
        if arguments.nonsense:
            judge(f"{spec}, mirrored", False, [[np.ascontiguousarray(line[:, ::-1]) for line in page] for page in pages])
            judge(f"{spec}, upside down", False, [[np.rot90(line, 2).copy() for line in page] for page in pages])
    for spec in arguments.foreign:
        judge(spec, False, pages_of(load_samples([spec], "train", recogniser.height, cache_folder() / "lines")))
    known, foreign = (np.array([(one.confidence, one.bits) for name, pages in found.items() if kinds[name] == wanted for one in pages])
                      for wanted in (True, False))
    fitted = Legibility(*fit(known, foreign)) if len(foreign) else None
    rows = []
    for name, pages in found.items():
        warned = [None if judged is None else float(np.mean([judged.probability(page) < 0.5 for page in pages]))
                  for judged in (recogniser.legibility, fitted)]
        middle = np.median([(page.confidence, page.bits) for page in pages], axis=0)
        rows.append([name, "known" if kinds[name] else "foreign", len(pages), f"{middle[0]:.2f}", f"{middle[1]:.2f}",
                     *("-" if share is None else percent(share) for share in warned)])
    header = ["data", "is", "pages", "confidence", "bits", "warned by the card", "warned when fitted"]
    print(markdown_table(header, rows))
    weights = None if fitted is None else [round(weight, 3) for weight in (fitted.bias, fitted.confidence, fitted.bits)]
    if weights:
        print(f"\nlegibility.{arguments.decoder}: {tuple(weights)}")
    if arguments.json:
        print(json.dumps({"weights": weights, "rows": [dict(zip(header, row)) for row in rows]}))
    return 0


if __name__ == "__main__":
    from ocr.errors import exit_code

    sys.exit(exit_code(main))
