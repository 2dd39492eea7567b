#!/usr/bin/env python3
"""Print what a language network would bring: the readings that beam search ends with, chosen again with its say.

reads   the folder of a run of scripts/train_language_model.py; a data set with transcripts
writes  nothing; a table on stdout
next    a network that lowers the error rates by more than chance belongs into ocr/decoding/ctc/decoders.py
"""
from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import List, Optional, Sequence, Tuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

NGRAMS, NETWORK, BONUS = (0.0, 0.2, 0.35, 0.5, 0.7), (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9), (0.7, 1.3, 1.9, 2.5)
Weights = Tuple[float, float, float]     # of n-grams, network and length


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


def collect(arguments: argparse.Namespace) -> Tuple[List[Choice], Weights]:
    """Search, and score what was found; pages that the n-grams do not fit are left out. Give the search's weights, too."""
    from ocr.decoding.ctc.beam_search import search
    from ocr.decoding.ctc.ctc_score import forward_scores
    from ocr.decoding.opening import open_decoder
    from ocr.decoding.settings import DecodingSettings
    from ocr.engine.settings import EngineSettings
    from ocr.models.store import cache_folder, require
    from ocr.recognition.crnn.recogniser import open_crnn
    from ocr.recognition.samples import load_samples, read_samples

    engine = EngineSettings(arguments.engine, arguments.device, arguments.threads)
    recogniser = open_crnn(arguments.model, engine)
    samples = load_samples(arguments.data, arguments.split, recogniser.height, cache_folder() / "lines")
    beam, _ = open_decoder(recogniser.alphabet, DecodingSettings("beam+lm", language_models=(arguments.language_model,)))
    network = require(str(arguments.network), "language-network")
    rescore = network.card.kind.open()(network, engine)
    ((name, entry),) = beam.models.items()

    def look(lines: Sequence[np.ndarray]) -> List[Optional[Tuple[List[str], np.ndarray]]]:
        frames = recogniser.frames(lines)
        if beam.language([line.greedy.text for line in frames])[1] < 1:
            return [None] * len(frames)
        log_probs = [line.log_probs for line in frames]
        labels = [[reading.labels for reading in readings]
                  for readings in search(log_probs, entry.model, beam.settings_of(name, 1.0))]
        found = []
        for ctc_scores, readings in zip(forward_scores(log_probs, labels), labels):
            texts = [recogniser.alphabet.decode(reading) for reading in readings]
            likely = [-entry.model.bits_per_character([text]) * len(text) * np.log(2) for text in texts]
            found.append((texts, np.stack([ctc_scores, likely, rescore(texts), list(map(len, texts))], axis=1)))
        return found

    choices = [Choice(f"{sample.source}/{sample.page}", sample.text, *found)
               for sample, found in zip(samples, read_samples(look, samples)) if found]
    return choices, (entry.weight, 0.0, entry.bonus)


def pairs(choices: Sequence[Choice], weights: Weights):
    """Take of each line the reading that scores best with weights for n-grams, network and length."""
    from ocr.scoring.error_rates import TextPair

    return [TextPair(line.written, line.readings[int((line.scores @ np.array([1, *weights])).argmax())], line.page)
            for line in choices]


def main(argv: Optional[List[str]] = None) -> int:
    """Choose weights on every other page, measure on the pages between, both ways."""
    from ocr.errors import DatasetError
    from ocr.scoring.error_rates import paired_differences, score_texts
    from ocr.scoring.report import interval, markdown_table, percent

    arguments = parse_args(argv)
    choices, usual = collect(arguments)
    pages = sorted({line.page for line in choices})
    if len(pages) < 2:
        raise DatasetError(f"{arguments.language_model} fits {len(pages)} pages; 2 are needed at least. Give other data.")
    before, after, chosen = [], [], []
    for half in (pages[::2], pages[1::2]):
        rest = [line for line in choices if line.page not in half]
        weights = min(product(NGRAMS, NETWORK, BONUS), key=lambda some: score_texts(pairs(rest, some), 1).cer)
        there = [line for line in choices if line.page in half]
        before += pairs(there, usual)
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
