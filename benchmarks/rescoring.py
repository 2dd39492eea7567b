#!/usr/bin/env python3
"""Print what a language network would bring: the readings that beam search ends with, chosen again with its say.

reads   the folder of a run of scripts/train_language_model.py; a data set with transcripts
writes  nothing; a table on stdout
next    a network that lowers the error rates by more than chance belongs into ocr/decoding/opening.py
"""
from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

NGRAMS, NETWORK, BONUS = (0.0, 0.2, 0.35, 0.5, 0.7), (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9), (0.7, 1.3, 1.9, 2.5)


@dataclass(frozen=True)
class Choice:
    """One line: its page and transcript, and R readings with what the recogniser, the n-grams and the network say of them.

    Parameters
    ----------
    scores : (R, 4): logarithms of the probability by the three, and the number of characters.
    """

    page: str
    written: str
    readings: Sequence[str]
    scores: np.ndarray


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    from ocr.datasets.opening import DATA_SETS
    from ocr.engine.options import add_engine_options

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", type=Path, metavar="RUN", help="folder of the language network")
    parser.add_argument("--data", action="append", required=True, metavar="KIND:DIR", help=DATA_SETS)
    parser.add_argument("--split", default="validation", help="name or list file (default: validation)")
    parser.add_argument("--language-model", default="english-characters", metavar="NAME",
                        help="n-grams of the same language (default: english-characters)")
    add_engine_options(parser)
    return parser.parse_args(argv)


def collect(arguments: argparse.Namespace) -> List[Choice]:
    """Search, and score what was found; pages that the n-grams do not fit are left out."""
    from ocr.decoding.ctc.beam_search import search
    from ocr.decoding.ctc.best_path import Decoded, decode, log_softmax
    from ocr.decoding.opening import WEIGHED, open_decoder
    from ocr.decoding.ctc.ctc_score import forward_scores
    from ocr.decoding.lstm.rescoring import Rescorer
    from ocr.engine.network import open_network
    from ocr.decoding.lstm.characters import Characters
    from ocr.models.store import cache_folder, require
    from ocr.recognition.samples import load_samples, read_samples
    from ocr.recognition.stage import RecognitionStage

    stage = RecognitionStage(arguments.model, arguments.engine, arguments.device, arguments.threads, "greedy")
    samples = load_samples(arguments.data, arguments.split, stage.height, cache_folder() / "lines")
    beam = open_decoder("beam+lm", stage.alphabet, [arguments.language_model])[0]
    characters = Characters(require(str(arguments.network), "language-network").card.alphabet)
    judge = Rescorer(open_network(arguments.network, arguments.engine, arguments.device, arguments.threads), characters)
    (ngrams,) = beam.models.values()
    found: Dict[str, Tuple[List[str], np.ndarray]] = {}

    def look(strips: Sequence[np.ndarray]) -> List[Decoded]:
        lines = [log_softmax(logits) for logits in stage.logits_of_hand(strips)[0]]
        if beam.language([decode(line, stage.alphabet).text for line in lines])[1] < 1:
            return [Decoded("", 0.0)] * len(lines)
        labels = [[reading.labels for reading in readings] for readings in search(lines, ngrams, WEIGHED)]
        names = []
        for heard, readings in zip(forward_scores(lines, labels), labels):
            texts = [stage.alphabet.decode(reading) for reading in readings]
            likely = [-ngrams.bits_per_character([text]) * len(text) * np.log(2) for text in texts]
            names.append(str(len(found)))
            found[names[-1]] = texts, np.stack([heard, likely, judge(texts), list(map(len, texts))], axis=1)
        return [Decoded(name, 0.0) for name in names]

    return [Choice(f"{sample.source}/{sample.page}", sample.text, *found[decoded.text])
            for sample, decoded in zip(samples, read_samples(look, samples)) if decoded.text]


def pairs(choices: Sequence[Choice], weights: Tuple[float, float, float]):
    """Take of each line the reading that scores best with weights for n-grams, network and length."""
    from ocr.scoring.error_rates import TextPair

    return [TextPair(line.written, line.readings[int((line.scores @ np.array([1, *weights])).argmax())], line.page)
            for line in choices]


def main(argv: Optional[List[str]] = None) -> int:
    """Choose weights on every other page, measure on the pages between, both ways."""
    from ocr.decoding.opening import WEIGHED
    from ocr.errors import DatasetError
    from ocr.scoring.error_rates import paired_differences, score_texts
    from ocr.scoring.report import interval, markdown_table, percent

    arguments = parse_args(argv)
    choices = collect(arguments)
    pages = sorted({line.page for line in choices})
    if len(pages) < 2:
        raise DatasetError(f"{arguments.language_model} fits {len(pages)} pages; 2 are needed at least. Give other data.")
    before, after, chosen = [], [], []
    for half in (pages[::2], pages[1::2]):
        rest = [line for line in choices if line.page not in half]
        weights = min(product(NGRAMS, NETWORK, BONUS), key=lambda some: score_texts(pairs(rest, some), 1).cer)
        there = [line for line in choices if line.page in half]
        before += pairs(there, (WEIGHED.weight, 0.0, WEIGHED.bonus))
        after += pairs(there, weights)
        chosen.append(", ".join(map(str, weights)))
    cer_gain, wer_gain = paired_differences(before, after)
    rows = [["as beam search ends", score_texts(before), "", ""],
            ["with the network", score_texts(after), interval(cer_gain, 2), interval(wer_gain, 2)]]
    print(markdown_table(["reading", "CER", "WER", "CER below", "WER below"],
                         [[name, percent(rates.cer, 2), percent(rates.wer, 2), *gains] for name, rates, *gains in rows]))
    print(f"\n{len(choices)} lines; weights of n-grams, network and length, chosen on the other half: {'; '.join(chosen)}")
    return 0


if __name__ == "__main__":
    from ocr.errors import exit_code

    sys.exit(exit_code(main))
