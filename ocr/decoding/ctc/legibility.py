"""Whether a page is in a script and a language that the recogniser knows: judged by how sure it is and by the language models."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Sequence

import numpy as np

from ocr.decoding.ctc.best_path import Frames
from ocr.decoding.ctc.decoders import Decoder
from ocr.errors import ModelMismatch
from ocr.models.registry import ModelCard

MIN_CHARACTERS = 30
"""Characters read on a page from which it is judged."""


@dataclass(frozen=True)
class PageEvidence:
    """What is known of a page before its text is.

    Parameters
    ----------
    confidence : mean over the characters on the best paths, 0 to 1.
    bits : bits per character of the best paths' text under the language model that fits best; 0 without language models.
    characters : number of them.
    """

    confidence: float
    bits: float
    characters: int


@dataclass(frozen=True)
class Legibility:
    """Logistic regression of whether a page is in a known script and language, and legible.

    Parameters
    ----------
    bias, confidence, bits : weights: of 1, and of the two numbers of `PageEvidence`. The bias is such that of a hundred
        pages of known kinds, one has a probability under a half.
    """

    bias: float
    confidence: float
    bits: float

    def probability(self, page: PageEvidence) -> float:
        """Return the probability that what is read on a page is its text, 0 to 1; 1 where too little was read to tell."""
        if page.characters < MIN_CHARACTERS:
            return 1.0
        odds = self.bias + self.confidence * page.confidence + self.bits * page.bits
        return float(1 / (1 + np.exp(-np.clip(odds, -30, 30))))


def evidence_of(lines: Sequence[Frames], decoder: Decoder) -> PageEvidence:
    """Judge the lines of one page."""
    found = [character.confidence for line in lines for character in line.greedy.characters]
    bits_per_character = getattr(decoder, "bits_per_character", None)
    bits = bits_per_character([line.greedy.text for line in lines]) if found and bits_per_character else 0.0
    return PageEvidence(float(np.mean(found)) if found else 0.0, bits, len(found))


def legibility_of(card: ModelCard, decoder: str) -> Optional[Legibility]:
    """Return what a recogniser's card says for a decoder, or None where it says nothing.

    Parameters
    ----------
    card : its setting `legibility.NAME` holds the three weights, see `benchmarks/legibility.py`.
    decoder : name of the decoder, or the task of a model that is one.

    Raises
    ------
    ModelMismatch : the setting holds no three numbers.
    """
    weights = card.setting(f"legibility.{decoder}", None)
    if weights is None:
        return None
    try:
        bias, confidence, bits = map(float, weights)
    except (TypeError, ValueError) as error:
        raise ModelMismatch(f"{card.name}: its setting legibility.{decoder} is {weights!r}; three numbers are accepted "
                            "(benchmarks/legibility.py prints them). Correct it on its card.") from error
    return Legibility(bias, confidence, bits)
