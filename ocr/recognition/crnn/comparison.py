"""Read the same lines with several decoders, from the same output of the network, and compare them with greedy reading."""
from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Callable, Dict, List, Sequence, Tuple, TypeVar

from ocr.decoding.opening import open_decoder
from ocr.decoding.settings import DecodingSettings
from ocr.engine.settings import EngineSettings
from ocr.errors import DatasetError
from ocr.recognition.crnn.recogniser import CRNNRecogniser
from ocr.recognition.samples import LineSample, by_page
from ocr.scoring.error_rates import ErrorRates, Interval, TextPair, paired_differences, score_texts
from ocr.scoring.line_kinds import LINE_KINDS

Result = TypeVar("Result")


@dataclass(frozen=True)
class Change:
    """A line that two decoders read differently: its ground truth, both readings, and by how many the character errors decrease."""

    ground_truth: str
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


def compare_decoders(recogniser: CRNNRecogniser, samples: Sequence[LineSample], names: Sequence[str],
                     decoding: DecodingSettings = DecodingSettings(), engine: EngineSettings = EngineSettings(),
                     kind: str = "all") -> List[Comparison]:
    """Read lines with each decoder, page by page.

    Parameters
    ----------
    names : decoders, see `ocr.decoding.opening.open_decoder`; the others are compared with the first.
    decoding : language, language models and lexicons of all of them.
    engine : of decoders that are networks.
    kind : of the lines that are scored, a name in `ocr.scoring.line_kinds.LINE_KINDS`; all are read, since a decoder may
        tell something from the whole page.

    Raises
    ------
    DatasetError : no line is of that kind.
    """
    scored = [number for number, sample in enumerate(samples) if LINE_KINDS[kind](sample.text)]
    if not scored:
        raise DatasetError(f"None of the {len(samples)} lines is of the kind {kind!r}. Take another kind, or other data.")
    pages = by_page(samples)
    outputs, network_seconds = _timed(
        lambda: [recogniser.frames([samples[line].line_image for line in lines]) for lines in pages])
    found: List[Comparison] = []
    first: List[TextPair] = []
    for name in names:
        decoder, _ = open_decoder(recogniser.alphabet, replace(decoding, decoder=name), engine)
        decoded, seconds = _timed(lambda: [decoder(frames) for frames in outputs])         # noqa: B023 - called at once
        texts = {line: read.text for lines, found_there in zip(pages, decoded) for line, read in zip(lines, found_there)}
        pairs = [TextPair(samples[line].text, texts[line], f"{samples[line].source}/{samples[line].page}") for line in scored]
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


def _timed(work: Callable[[], List[Result]]) -> Tuple[List[Result], float]:
    start = time.perf_counter()
    return work(), time.perf_counter() - start
