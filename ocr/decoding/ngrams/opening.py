"""Open a character n-gram model with its weights for beam search, which are on its card."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Optional

import numpy as np

from ocr.decoding.ngrams.character_model import CharacterModel
from ocr.decoding.ngrams.file import load_ngrams
from ocr.errors import ModelMismatch
from ocr.models.store import InstalledModel
from ocr.text.alphabet import Alphabet
from ocr.text.language_codes import sole_language


@dataclass(frozen=True)
class Fit:
    """How the weight of a language model depends on its cross-entropy on a page's greedy reading, in bits per character.

    Parameters
    ----------
    sure : up to this the text is in the model's language, and the model has its full weight.
    foreign : from this on it is not, and the weight is 0; between the two it falls linearly.
    """

    sure: float = 3.8
    foreign: float = 4.3

    def __post_init__(self) -> None:
        if not self.sure < self.foreign:
            raise ValueError(f"fit.sure is {self.sure} and fit.foreign {self.foreign}; the first must be the lower one")

    def share(self, bits: float) -> float:
        """Share of the full weight, 0 to 1."""
        return float(np.clip((self.foreign - bits) / (self.foreign - self.sure), 0.0, 1.0))


@dataclass(frozen=True)
class WeightedModel:
    """A language model and its weights in beam search.

    Parameters
    ----------
    model : of characters.
    weight : of its log-probability, where it fits the page well.
    bonus : added for each character, since a language model lowers the score with every one.
    fit : thresholds of whether it fits.
    language : BCP 47 code of the language that it knows, where that is a single one.
    """

    model: CharacterModel
    weight: float = 0.7
    bonus: float = 1.3
    fit: Fit = field(default_factory=Fit)
    language: Optional[str] = None


def open_ngrams(model: InstalledModel, alphabet: Alphabet) -> WeightedModel:
    """Open a model for a recogniser of any alphabet; unknown characters share the probability of the model's unknown one.

    Parameters
    ----------
    model : its card's settings `weight`, `bonus`, `fit.sure` and `fit.foreign` overrule those of `WeightedModel`.
    alphabet : of the recogniser.

    Raises
    ------
    ModelMismatch : its file is damaged, or its settings are not valid numbers.
    """
    card, usual, fit = model.card, WeightedModel, Fit()
    characters = CharacterModel(load_ngrams(model.folder / card.kind.files[0]), alphabet)
    try:
        fit = Fit(float(card.setting("fit.sure", fit.sure)), float(card.setting("fit.foreign", fit.foreign)))
        return WeightedModel(characters, float(card.setting("weight", usual.weight)),
                             float(card.setting("bonus", usual.bonus)), fit, sole_language(card.languages))
    except (TypeError, ValueError) as error:
        raise ModelMismatch(f"{card.name}: its settings cannot be used ({error}). Correct them on its card.") from error
