"""CTC decoders with one interface: lines of one page in, readings out.

Axis letters: T frames, C classes, K characters of a reading.
"""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import List, Mapping, Optional, Protocol, Sequence, Tuple, Union

import numpy as np

from ocr.decoding.ctc.alignment import align
from ocr.decoding.ctc.beam_search import BeamSettings, Hypothesis, search
from ocr.decoding.ctc.best_path import Alternative, Decoded, DecodedCharacter, Frames
from ocr.decoding.ngrams.opening import WeightedModel
from ocr.text.alphabet import Alphabet

OTHERS = 4                  # readings that are kept beside the best
MIN_LETTERS = 0.5           # share of a page's characters, spaces aside, from which a language model counts


class Decoder(Protocol):
    """Reads the lines of one page, so that what they share, such as the language, can be estimated from all of them.

    One with language models may also have a method `bits_per_character(texts)`: under the model that fits the texts best.
    """

    def __call__(self, lines: Sequence[Frames]) -> List[Decoded]:
        """Read each line."""


@dataclass(frozen=True)
class BestPath:
    """Greedy decoding: see `ocr.decoding.ctc.best_path.best_path`."""

    def __call__(self, lines: Sequence[Frames]) -> List[Decoded]:
        """Read each line."""
        return [line.greedy for line in lines]


class Beam:
    """Beam search with the language model that fits the page best; greedy decoding where none fits.

    Parameters
    ----------
    alphabet : of the network's classes.
    models : language models by name; none searches by the network alone.
    settings : how wide to search; weight and bonus are those of the model that fits, and 0 without models.
    """

    def __init__(self, alphabet: Alphabet, models: Mapping[str, WeightedModel], settings: BeamSettings = BeamSettings()):
        self.alphabet, self.models, self.settings = alphabet, dict(models), settings

    def __call__(self, lines: Sequence[Frames]) -> List[Decoded]:
        """Read each line."""
        model, language, settings = None, None, replace(self.settings, weight=0.0, bonus=0.0)
        if self.models:
            name, share = self.language([line.greedy.text for line in lines])
            if not share:
                return [line.greedy for line in lines]
            model, language, settings = self.models[name].model, self.models[name].language, self.settings_of(name, share)
        log_probs = [line.log_probs for line in lines]
        found = search(log_probs, model, settings)
        aligned = align(log_probs, [readings[0].labels for readings in found])
        return [self._decoded(line, readings, score, frames, language)
                for line, readings, (score, frames) in zip(log_probs, found, aligned)]

    def language(self, texts: Sequence[str]) -> Tuple[str, float]:
        """Return the model under which the texts are most probable, and the share of its weight that it gets.

        It gets none on a page of numbers, of which a language model knows nothing, however probable it finds them.
        """
        bits = {name: entry.model.bits_per_character(texts) for name, entry in self.models.items()}
        best = min(bits, key=bits.__getitem__)
        return best, self.models[best].fit.share(bits[best]) if letter_share(texts) >= MIN_LETTERS else 0.0

    def bits_per_character(self, texts: Sequence[str]) -> float:
        """Return the bits per character of texts under the model that fits them best; 0 without models."""
        return min((entry.model.bits_per_character(texts) for entry in self.models.values()), default=0.0)

    def settings_of(self, name: str, share: float) -> BeamSettings:
        """Give the settings of a search with a share of a model's weight and bonus."""
        entry = self.models[name]
        return replace(self.settings, weight=share * entry.weight, bonus=share * entry.bonus)

    def _decoded(self, line: np.ndarray, readings: Sequence[Hypothesis], score: float, frames: np.ndarray,
                 language: Optional[str]) -> Decoded:
        """Give the best reading with the frames where its characters stand, and a few others."""
        best = readings[0]
        others = tuple(Alternative(self.alphabet.decode(other.labels), float(np.exp(other.score - best.score)))
                       for other in readings[1:OTHERS + 1])
        text = self.alphabet.decode(best.labels)
        return Decoded(text, score, placed(line, text, best.labels, frames), others, language)


def letter_share(texts: Sequence[str]) -> float:
    """Return the share of letters among the characters of some texts, spaces aside; 0 without any."""
    characters = [character for text in texts for character in text if not character.isspace()]
    return sum(map(str.isalpha, characters)) / len(characters) if characters else 0.0


def placed(line: np.ndarray, text: str, labels: Union[Sequence[int], np.ndarray],
           frames: np.ndarray) -> Tuple[DecodedCharacter, ...]:
    """Put a text's characters into the frames where they stand.

    Parameters
    ----------
    line : (T, C) float32 log-probabilities.
    labels : class number of each of the K characters.
    frames : (K, 2) int64, [start, end), see `ocr.decoding.ctc.alignment.align`.
    """
    return tuple(
        DecodedCharacter(character, int(start), int(end),
                         float(min(np.exp(line[start:end, label].max(initial=-np.inf)), 1.0)))
        for character, label, (start, end) in zip(text, labels, frames))
