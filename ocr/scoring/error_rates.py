"""Character and word error rates of recognised text against transcripts, with bootstrap intervals over pages.

Normalisation of every rate here: Unicode NFC, runs of white space as one space, none at the ends, case-sensitive,
spaces counted as characters, words split at spaces. Rates are fractions: micro-averages, all edits over all
characters (words) of the transcripts; insertions count, so a rate may exceed 1. One further rate has the
normalisation `OLD_PROTOCOL`, for comparison with systems that were scored that way.

Axis letters: G groups (pages), R resamples.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Sequence, Tuple

import numpy as np
from rapidfuzz.distance import Levenshtein

from ocr.text.normalise import normalise

NORMALISATION = "NFC, white space folded, case-sensitive, spaces counted"
OLD_PROTOCOL = "NFC, spaces dropped, case folded, mean over lines of edits / length"
Interval = Tuple[float, float]


@dataclass(frozen=True)
class TextPair:
    """A transcript and the recognised text.

    Parameters
    ----------
    reference : the transcript; empty for a surplus line, whose characters all count as insertions.
    hypothesis : the recognised text; empty for a missed line, whose characters all count as deletions.
    group : the page, the unit of the bootstrap.
    """

    reference: str
    hypothesis: str
    group: str


@dataclass(frozen=True)
class ErrorRates:
    """Error rates over many lines or pages, as fractions.

    Parameters
    ----------
    cer, wer : character and word error rate.
    interval, wer_interval : 95 % bootstrap intervals of the two, over pages.
    lines, missing, surplus : pairs with a transcript; those of them without recognised text; pairs without a transcript.
    pages : number of groups.
    characters, words : length of the transcripts.
    character_edits, word_edits : substitutions, deletions and insertions together.
    old_protocol_cer : mean over the pairs of character edits / length, with spaces dropped and case folded; a surplus
        pair counts 1.
    """

    cer: float
    wer: float
    interval: Interval
    wer_interval: Interval
    lines: int
    missing: int
    surplus: int
    pages: int
    characters: int
    words: int
    character_edits: int
    word_edits: int
    old_protocol_cer: float

    def as_dict(self) -> Dict[str, object]:
        """Return the rates for JSON: "cer", "wer", "lines", "interval" and the rest, and "old_protocol"."""
        return {"cer": self.cer, "wer": self.wer, "lines": self.lines, "interval": list(self.interval),
                "wer_interval": list(self.wer_interval), "missing": self.missing, "surplus": self.surplus,
                "pages": self.pages, "characters": self.characters, "words": self.words,
                "character_edits": self.character_edits, "word_edits": self.word_edits,
                "normalisation": NORMALISATION,
                "old_protocol": {"cer": self.old_protocol_cer, "normalisation": OLD_PROTOCOL}}

    def __str__(self) -> str:
        low, high = self.interval
        return (f"CER {self.cer:.2%} (95 % interval {low:.2%} to {high:.2%}), WER {self.wer:.2%}, "
                f"{self.lines} lines, {self.pages} pages; {NORMALISATION}")


def score_texts(pairs: Sequence[TextPair], resamples: int = 1000, seed: int = 0) -> ErrorRates:
    """Score recognised text against transcripts.

    Parameters
    ----------
    pairs : lines, or whole pages.
    resamples : number of bootstrap resamples of the pages.
    seed : seed of the bootstrap; the rates themselves are deterministic.

    Returns
    -------
    ErrorRates; a rate is 0 where there is neither transcript nor recognised text, and the number of edits where there is no
    transcript at all.
    """
    texts = [(normalise(pair.reference), normalise(pair.hypothesis)) for pair in pairs]
    lines = sum(bool(reference) for reference, _ in texts)
    missing = sum(bool(reference) and not hypothesis for reference, hypothesis in texts)
    surplus = sum(bool(hypothesis) and not reference for reference, hypothesis in texts)
    table = _table(pairs)                                                  # (G, 4)
    character_edits, characters, word_edits, words = (int(total) for total in table.sum(axis=0))
    interval, wer_interval = (bootstrap_interval(table[:, column], table[:, column + 1], resamples, seed)
                              for column in (0, 2))
    return ErrorRates(character_edits / max(characters, 1), word_edits / max(words, 1), interval, wer_interval,
                      lines, missing, surplus, len(table), characters, words, character_edits, word_edits,
                      float(np.mean([_old_protocol(*text) for text in texts if any(text)] or [0.0])))


def paired_differences(first: Sequence[TextPair], second: Sequence[TextPair], resamples: int = 1000,
                       seed: int = 0) -> Tuple[Interval, Interval]:
    """Return 95 % intervals of the differences in CER and WER between two systems.

    Parameters
    ----------
    first, second : the output of two systems for the same lines, in the same order; pages are resampled for both at once.
    resamples, seed : see `score_texts`.

    Returns
    -------
    Intervals of CER and of WER, first minus second: above 0 the second is better.

    Source
    ------
    Bisani and Ney, Bootstrap estimates for confidence intervals in ASR performance evaluation, ICASSP 2004, section 4.
    """
    tables = _table(first), _table(second)
    characters, words = (bootstrap_interval(tables[0][:, column] - tables[1][:, column], tables[0][:, column + 1], resamples, seed)
                         for column in (0, 2))
    return characters, words


def bootstrap_interval(numerators: np.ndarray, denominators: np.ndarray, resamples: int = 1000,
                       seed: int = 0) -> Interval:
    """Return the 95 % percentile interval of sum(numerators) / sum(denominators) over resampled groups.

    Parameters
    ----------
    numerators, denominators : (G,) summands of each group.

    Source
    ------
    Bisani and Ney, Bootstrap estimates for confidence intervals in ASR performance evaluation, ICASSP 2004.
    """
    count = len(numerators)
    if count == 0:
        return 0.0, 0.0
    weights = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=resamples)  # (R, G)
    rates = weights @ numerators / np.maximum(weights @ denominators, 1)                                   # (R,)
    low, high = np.percentile(rates, [2.5, 97.5])
    return float(low), float(high)


def _table(pairs: Sequence[TextPair]) -> np.ndarray:
    """Sum `_edits` over each group, (G, 4) int64."""
    groups: Dict[str, int] = {}
    members = [groups.setdefault(pair.group, len(groups)) for pair in pairs]
    table = np.zeros((len(groups), 4), dtype=np.int64)
    rows = [_edits(normalise(pair.reference), normalise(pair.hypothesis)) for pair in pairs]
    np.add.at(table, np.array(members, dtype=np.int64), np.array(rows, dtype=np.int64).reshape(-1, 4))
    return table


def _edits(reference: str, hypothesis: str) -> Tuple[int, int, int, int]:
    """Return character edits, reference characters, word edits, reference words."""
    reference_words, hypothesis_words = reference.split(), hypothesis.split()
    return (Levenshtein.distance(reference, hypothesis), len(reference),
            Levenshtein.distance(reference_words, hypothesis_words), len(reference_words))


def _old_protocol(reference: str, hypothesis: str) -> float:
    """Return edits / length of one line, spaces dropped and case folded; 1 where the transcript is empty."""
    reference, hypothesis = (text.replace(" ", "").casefold() for text in (reference, hypothesis))
    return Levenshtein.distance(reference, hypothesis) / len(reference) if reference else 1.0
