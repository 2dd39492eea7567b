"""Which decoder reads: by name, with the language models that are installed."""
from __future__ import annotations

from typing import Optional, Sequence, Tuple

from ocr.decoding.beam_search import BeamSettings
from ocr.decoding.character_model import CharacterModel
from ocr.decoding.decoders import Beam, BestPath, Decoder
from ocr.decoding.language_file import load_ngrams
from ocr.errors import InputError
from ocr.models.registry import FILES, registry
from ocr.models.store import require
from ocr.text.alphabet import Alphabet

DECODERS = ("greedy", "beam", "beam+lm")
DEFAULT = "beam+lm"

TASK = "language"
WEIGHED = BeamSettings(weight=0.7, bonus=1.3)
"""Chosen on validation lines; see `scripts/compare_decoders.py`."""


def open_decoder(name: str, alphabet: Alphabet,
                 languages: Optional[Sequence[str]] = None) -> Tuple[Decoder, Tuple[Tuple[str, str], ...]]:
    """Open a decoder.

    Parameters
    ----------
    name : "greedy" takes the network's best path, "beam" its most probable reading, "beam+lm" weighs that with the language
        model that fits the page best.
    alphabet : of the recogniser.
    languages : names of registered language models, or folders that `scripts/build_language_model.py` wrote; None takes all
        that are registered.

    Returns
    -------
    The decoder, and its settings as (name, value) pairs to note on a page.

    Raises
    ------
    InputError : there is no such decoder.
    ModelNotFound, ModelMismatch : a language model is not installed, or damaged.
    """
    if name not in DECODERS:
        raise InputError(f"No decoder is called {name!r}. There are: {', '.join(DECODERS)}.")
    if name == "greedy":
        return BestPath(alphabet), (("decoder", name),)
    if name == "beam":
        return Beam(alphabet, {}, BeamSettings()), (("decoder", name),)
    wanted = [card.name for card in registry() if card.task == TASK] if languages is None else languages
    found = [require(language, TASK) for language in wanted]
    models = {language: CharacterModel(load_ngrams(model.folder / FILES[TASK][0]), alphabet)
              for language, model in zip(wanted, found)}
    noted = ", ".join(f"{model.card.name} {model.card.sha256[:12]}" for model in found)
    return Beam(alphabet, models, WEIGHED), (("decoder", name), ("language_models", noted))
