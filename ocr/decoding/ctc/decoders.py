"""The ways to turn a network's output into text, all with one interface: lines of one hand in, readings out."""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import List, Mapping, Protocol, Sequence, Tuple

import numpy as np

from ocr.decoding.ctc.alignment import align
from ocr.decoding.ctc.beam_search import BeamSettings, Hypothesis, search
from ocr.decoding.ctc.best_path import Alternative, Decoded, DecodedCharacter, decode, log_softmax
from ocr.decoding.ngrams.character_model import CharacterModel
from ocr.text.alphabet import Alphabet

OTHERS = 4                  # readings that are kept beside the best


class Decoder(Protocol):
    """Reads the lines of one page, so that what is alike on all of them, such as the language, can be told from all."""

    def __call__(self, lines: Sequence[np.ndarray]) -> List[Decoded]:
        """Turn logits, (T, C) float32 a line, into one reading each."""


@dataclass(frozen=True)
class BestPath:
    """Greedy reading: see `ocr.decoding.ctc.best_path.decode`."""

    alphabet: Alphabet

    def __call__(self, lines: Sequence[np.ndarray]) -> List[Decoded]:
        """Turn logits into one reading each."""
        return [decode(line, self.alphabet) for line in lines]


@dataclass(frozen=True)
class Fit:
    """How a language model is weighed by how likely it finds what was read greedily, in bits a character of the page.

    Parameters
    ----------
    sure : up to here the text is in the model's language, and the model has its full weight.
    foreign : from here on it is not, and the model has none; between the two the weight falls evenly.
    """

    sure: float = 3.8
    foreign: float = 4.3

    def share(self, bits: float) -> float:
        """Share of the full weight, 0 to 1."""
        return float(np.clip((self.foreign - bits) / (self.foreign - self.sure), 0.0, 1.0))


class Beam:
    """Beam search, with the language model that fits the page best; where none fits, greedy reading.

    Parameters
    ----------
    alphabet : of the network's classes.
    models : language models by name; none searches by the network alone.
    settings : weight and bonus are those of a language that fits well.
    fit : how that is told.
    """

    def __init__(self, alphabet: Alphabet, models: Mapping[str, CharacterModel], settings: BeamSettings, fit: Fit = Fit()):
        self.alphabet, self.models, self.settings, self.fit = alphabet, dict(models), settings, fit

    def __call__(self, lines: Sequence[np.ndarray]) -> List[Decoded]:
        """Turn logits into one reading each."""
        greedy = [decode(line, self.alphabet) for line in lines]
        model, share = None, 0.0
        if self.models:
            name, share = self.language([decoded.text for decoded in greedy])
            if not share:
                return greedy
            model = self.models[name]
        chances = [log_softmax(line.astype(np.float32)) for line in lines]
        settings = replace(self.settings, weight=share * self.settings.weight, bonus=share * self.settings.bonus)
        found = search(chances, model, settings)
        placed = align(chances, [readings[0].labels for readings in found])
        return [self._decoded(line, readings, score, frames)
                for line, readings, (score, frames) in zip(chances, found, placed)]

    def language(self, texts: Sequence[str]) -> Tuple[str, float]:
        """Tell which model finds the texts likeliest, and which share of its weight that gives it."""
        bits = {name: model.bits_per_character(texts) for name, model in self.models.items()}
        best = min(bits, key=bits.__getitem__)
        return best, self.fit.share(bits[best])

    def _decoded(self, line: np.ndarray, readings: Sequence[Hypothesis], score: float, frames: np.ndarray) -> Decoded:
        """Give the best reading with the frames where its characters stand, and a few others."""
        best = readings[0]
        others = tuple(Alternative(self.alphabet.decode(other.labels), float(np.exp(other.score - best.score)))
                       for other in readings[1:OTHERS + 1])
        text = self.alphabet.decode(best.labels)
        return Decoded(text, score, placed(line, text, best.labels, frames), others)


def placed(line: np.ndarray, text: str, labels: Sequence[int], frames: np.ndarray) -> Tuple[DecodedCharacter, ...]:
    """Put a text's characters into the frames where they stand.

    Parameters
    ----------
    line : (T, C) float32 log probabilities.
    labels : class number of each of the K characters.
    frames : (K, 2) int64, [start, end), see `ocr.decoding.ctc.alignment.align`.
    """
    return tuple(
        DecodedCharacter(character, int(start), int(end),
                         float(min(np.exp(line[start:end, label].max(initial=-np.inf)), 1.0)))
        for character, label, (start, end) in zip(text, labels, frames))
