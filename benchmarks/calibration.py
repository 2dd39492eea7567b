#!/usr/bin/env python3
"""Print how well each decoder's word confidences say how often words are right.

reads   data sets with transcripts
writes  nothing; a table on stdout
next    the weights belong on the recogniser's card: its settings calibration.NAME
"""
from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    from ocr.datasets.opening import DATA_SETS
    from ocr.decoding.opening import DECODERS
    from ocr.decoding.options import add_language_options, decoder_name
    from ocr.engine.options import add_engine_options

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", action="append", required=True, metavar="KIND:DIR",
                        help=f"{DATA_SETS}; the weights are fitted to all of them together")
    parser.add_argument("--split", default="validation", help="name or list file (default: validation)")
    parser.add_argument("--decoders", nargs="+", type=decoder_name, default=list(DECODERS), metavar="NAME|DIR",
                        help=f"(default: {' '.join(DECODERS)})")
    add_language_options(parser)
    add_engine_options(parser)
    return parser.parse_args(argv)


def collect(samples: Sequence, readings: Sequence) -> Tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Give for each word that was read its raw confidence, its evidence, whether it is right, and its page's number."""
    from ocr.decoding.ctc.best_path import words
    from ocr.decoding.ctc.calibration import evidence, shared

    numbers: Dict[Tuple[str, str], int] = {}
    raw, rows, right, pages = [], [], [], []
    for sample, decoded in zip(samples, readings):
        found = words(decoded)
        raw += [word.confidence for word in found]
        rows.append(evidence(decoded))
        right += shared([word.text for word in found], sample.text.split())
        pages += [numbers.setdefault((sample.source, sample.page), len(numbers))] * len(found)
    return np.array(raw), np.concatenate(rows), np.array(right, bool), np.array(pages)


def main(argv: Optional[List[str]] = None) -> int:
    """Read with each decoder and compare confidence with ground truth."""
    from dataclasses import replace

    from ocr.decoding.ctc.calibration import fit_calibration
    from ocr.decoding.options import decoding_settings
    from ocr.engine.settings import EngineSettings
    from ocr.models.store import cache_folder
    from ocr.recognition.crnn.recogniser import open_crnn
    from ocr.recognition.samples import load_samples, read_samples
    from ocr.scoring.calibration_error import expected_calibration_error
    from ocr.scoring.report import markdown_table, percent

    arguments = parse_args(argv)
    table = []
    for name in arguments.decoders:
        recogniser = open_crnn(arguments.model, EngineSettings(arguments.engine, arguments.device, arguments.threads),
                               replace(decoding_settings(arguments), decoder=name))
        samples = load_samples(arguments.data, arguments.split, recogniser.height, cache_folder() / "lines")
        raw, rows, right, pages = collect(samples, read_samples(lambda lines, of=recogniser: of.decode(of.frames(lines)),
                                                                samples))
        crossed = np.zeros(len(raw))
        for there in (pages % 2 == 0, pages % 2 == 1):          # weights from every other page, for the pages between
            crossed[there] = fit_calibration(rows[~there], right[~there]).probabilities(rows[there])
        on_card = recogniser.calibration.probabilities(rows) if recogniser.calibration else raw
        errors = [expected_calibration_error(probabilities, right) for probabilities in (raw, on_card, crossed)]
        fitted = fit_calibration(rows, right)
        table.append([name, len(raw), percent(right.mean()), *(f"{error:.3f}" for error in errors),
                      f"{fitted.bias:.2f}, {fitted.certainty:.2f}, {fitted.agreement:.2f}"])
    print(markdown_table(["decoder", "words", "right", "error before", "by the card", "fitted to other pages",
                          "weights fitted to all"], table))
    return 0


if __name__ == "__main__":
    from ocr.errors import exit_code

    sys.exit(exit_code(main))
