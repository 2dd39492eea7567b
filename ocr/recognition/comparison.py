"""Read the same lines with several decoders, from the same output of the network, and compare them with greedy reading."""
from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np

from ocr.decoding.ctc.best_path import Decoded
from ocr.decoding.opening import open_decoder
from ocr.decoding.corrector.decoder import CORRECTOR, Corrector
from ocr.errors import DatasetError
from ocr.recognition.samples import LineSample, read_samples
from ocr.recognition.stage import RecognitionStage
from ocr.scoring.error_rates import ErrorRates, Interval, TextPair, paired_differences, score_texts
from ocr.scoring.line_kinds import LINE_KINDS


@dataclass(frozen=True)
class Change:
    """A line that two decoders read differently: its transcript, both readings, and how many wrong characters are saved."""

    written: str
    before: str
    after: str
    saved: int


@dataclass(frozen=True)
class Comparison:
    """One decoder's readings of some lines, compared with those of the first decoder.

    Parameters
    ----------
    rates : its error rates.
    cer_gain, wer_gain : 95 % intervals of how much lower they are than the first's, as fractions.
    helped, hurt : lines with fewer, and with more, wrong characters than in the first's reading.
    lines_per_second : of decoding alone, and with the network's own time; all lines that were read count.
    changes : lines that are read differently, the most helped first.
    pairs : the scored lines, in the samples' order.
    """

    name: str
    rates: ErrorRates
    cer_gain: Interval
    wer_gain: Interval
    helped: int
    hurt: int
    lines_per_second: Tuple[float, float]
    changes: Tuple[Change, ...]
    pairs: Tuple[TextPair, ...]

    def as_dict(self) -> Dict[str, object]:
        """Return the figures for JSON; rates are fractions."""
        return {**self.rates.as_dict(), "cer_gain": list(self.cer_gain), "wer_gain": list(self.wer_gain),
                "helped": self.helped, "hurt": self.hurt, "lines_per_second": self.lines_per_second[1],
                "decoding_lines_per_second": self.lines_per_second[0]}


def compare_decoders(stage: RecognitionStage, samples: Sequence[LineSample], names: Sequence[str],
                     languages: Optional[Sequence[str]] = None, lexicons: Optional[Sequence[str]] = None,
                     kind: str = "all", corrector: Optional[Corrector] = None) -> List[Comparison]:
    """Read lines with each decoder, hand by hand.

    Parameters
    ----------
    names : decoders, the first of which the others are compared with.
    languages, lexicons : see `ocr.decoding.opening.open_decoder`.
    kind : of the lines that are scored, a name in `ocr.scoring.line_kinds.LINE_KINDS`; all are read, since a decoder may
        tell something from the whole page.
    corrector : of the decoder of that name.

    Raises
    ------
    DatasetError : no line is of that kind.
    """
    scored = [number for number, sample in enumerate(samples) if LINE_KINDS[kind](sample.text)]
    if not scored:
        raise DatasetError(f"None of the {len(samples)} lines is of the kind {kind!r}. Take another kind, or other data.")
    outputs: List[List[np.ndarray]] = []

    def look(strips: Sequence[np.ndarray]) -> List[Decoded]:
        outputs.append(stage.logits_of_hand(strips)[0])
        return [Decoded("", 0.0)] * len(strips)

    _, network_seconds = _timed(lambda: read_samples(look, samples))
    found: List[Comparison] = []
    first: List[TextPair] = []
    for name in names:
        decoder, _ = open_decoder(name, stage.alphabet, languages, lexicons, corrector if name == CORRECTOR else None)
        hands = iter(outputs)
        decoded, seconds = _timed(lambda: read_samples(lambda strips: decoder(next(hands)), samples))
        pairs = [TextPair(samples[line].text, decoded[line].text, f"{samples[line].source}/{samples[line].page}")
                 for line in scored]
        first = first or pairs
        found.append(_comparison(name, first, pairs, (len(samples) / seconds, len(samples) / (seconds + network_seconds))))
    return found


def _comparison(name: str, first: Sequence[TextPair], pairs: Sequence[TextPair],
                lines_per_second: Tuple[float, float]) -> Comparison:
    """Set a decoder's readings against those of the first."""
    saved = [_saved(*both) for both in zip(first, pairs)]
    changes = [Change(pair.reference, before.hypothesis, pair.hypothesis, gain)
               for before, pair, gain in zip(first, pairs, saved) if before.hypothesis != pair.hypothesis]
    return Comparison(name, score_texts(pairs), *paired_differences(first, pairs), sum(gain > 0 for gain in saved),
                      sum(gain < 0 for gain in saved), lines_per_second,
                      tuple(sorted(changes, key=lambda change: -change.saved)), tuple(pairs))


def _saved(before: TextPair, after: TextPair) -> int:
    """Wrong characters of one reading less those of another."""
    return score_texts([before], 1).character_edits - score_texts([after], 1).character_edits


def _timed(work: Callable[[], List[Decoded]]) -> Tuple[List[Decoded], float]:
    start = time.perf_counter()
    return work(), time.perf_counter() - start
