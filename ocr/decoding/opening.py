"""Open a decoder: by name, with the installed language models and lexicons, or a model that is itself a decoder."""
from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import List, Tuple

from ocr.decoding.ctc.beam_search import BeamSettings
from ocr.decoding.ctc.decoders import Beam, BestPath, Decoder
from ocr.decoding.ctc.lexicon_search import LexiconSearch
from ocr.decoding.lexicon.opening import open_own, open_registered
from ocr.decoding.settings import DecodingSettings
from ocr.engine.settings import EngineSettings
from ocr.errors import InputError, ModelMismatch
from ocr.models.registry import registry
from ocr.models.store import InstalledModel, require
from ocr.models.tasks import TASKS
from ocr.text.alphabet import Alphabet
from ocr.text.language_codes import supports_language

DECODERS = ("greedy", "lexicon", "beam", "beam+lm", "beam+lm+lexicon")
"""Decoders by name, which use what is registered."""

DEFAULT = "beam+lm+lexicon"
SEARCHED = {"lexicon": "greedy", "beam+lm+lexicon": "beam+lm"}
"""Decoders that correct the output of another one by the registered lexicons."""

TASK = "language"
DECODER_TASKS = tuple(task.name for task in TASKS.values() if task.takes.endswith("-> Decoder"))
"""Tasks whose models are themselves decoders."""

Pairs = Tuple[Tuple[str, str], ...]


def open_decoder(alphabet: Alphabet, decoding: DecodingSettings = DecodingSettings(),
                 engine: EngineSettings = EngineSettings()) -> Tuple[Decoder, Pairs]:
    """Open a decoder.

    Parameters
    ----------
    alphabet : of the recogniser.
    decoding : its decoder is a name or the folder of a model. "greedy" takes the network's best path, "beam" the most
        probable text, and "beam+lm" combines that with the language model that fits the page best. "lexicon" corrects the best
        path's words by the lexicon that fits the page best, and "beam+lm+lexicon" those of "beam+lm".
    engine : for a decoder that is a network.

    Returns
    -------
    The decoder, and its settings as (name, value) pairs for the provenance of a page; the first is the decoder's name, that
    of its task where it is a model.

    Raises
    ------
    InputError : there is no such decoder, or a word list cannot be read.
    ModelNotFound, ModelMismatch : a model is not installed, damaged, or for another task or alphabet.
    """
    name = decoding.decoder or DEFAULT
    if name in SEARCHED or decoding.lexicons:
        return _open_search(name, alphabet, decoding, engine)
    if name not in DECODERS:
        return _open_model(find_decoder(name), alphabet, decoding, engine)
    if name == "greedy":
        return BestPath(), (("decoder", name),)
    if name == "beam":
        return Beam(alphabet, {}, BeamSettings()), (("decoder", name),)
    names = _language_models(decoding)
    found = [require(model, TASK) for model in names]
    models = {model: one.card.kind.open()(one, alphabet) for model, one in zip(names, found)}
    provenance = ", ".join(f"{model.card.name} {model.card.sha256[:12]}" for model in found)
    return Beam(alphabet, models) if models else BestPath(), (("decoder", name), ("language_models", provenance or "none"))


def find_decoder(name: str) -> InstalledModel:
    """Find a model that is itself a decoder: a registered one by name, or the folder of a training run.

    Raises
    ------
    InputError : it is neither a folder nor a registered model.
    ModelNotFound, ModelMismatch : the folder holds no model, or one for another task.
    """
    if not Path(name).is_dir() and name not in {card.name for card in registry()}:
        raise InputError(f"No decoder is called {name!r}. There are: {', '.join(DECODERS)}; or the folder of a model for: "
                         f"{', '.join(DECODER_TASKS)}.")
    model = require(name)
    if model.card.task not in DECODER_TASKS:
        raise ModelMismatch(f"{name} is a model for {model.card.task}, which is no decoder. Give the folder of a model for: "
                            f"{', '.join(DECODER_TASKS)}, or one of {', '.join(DECODERS)}.")
    return model


def _open_model(model: InstalledModel, alphabet: Alphabet, decoding: DecodingSettings,
                engine: EngineSettings) -> Tuple[Decoder, Pairs]:
    """Open a model that is a decoder."""
    card = model.card
    decoder = card.kind.open()(model, engine, alphabet, decoding)
    return decoder, (("decoder", card.task), *getattr(decoder, "provenance", ()),
                     (card.task, f"{card.name} {card.sha256[:12]}"))


def _language_models(decoding: DecodingSettings) -> List[str]:
    """Return the names of the language models: the given ones, else the registered ones, of the language if it is known."""
    if decoding.language_models is not None:
        return list(dict.fromkeys(decoding.language_models))
    code = decoding.language
    names = [card.name for card in registry() if card.task == TASK and (code is None or supports_language(card.languages, code))]
    if code and not names:
        print(f"no language model for {code} is registered; reading without one", file=sys.stderr)
    return names


def _open_search(name: str, alphabet: Alphabet, decoding: DecodingSettings,
                 engine: EngineSettings) -> Tuple[Decoder, Pairs]:
    """Open a decoder that corrects words by lexicons, registered ones or the user's alone."""
    base, provenance = open_decoder(alphabet, replace(decoding, decoder=SEARCHED.get(name, name), lexicons=()), engine)
    known, own = open_registered(alphabet, decoding.language), open_own(decoding.lexicons, alphabet)
    if decoding.language and not known.by_name:
        print(f"no lexicon for {decoding.language} is registered; reading without one", file=sys.stderr)
    if name == "lexicon" and not (known.by_name or own.by_name):
        wanted = f"in the language {decoding.language}" if decoding.language else "for this recogniser's alphabet"
        raise ModelMismatch(f"No registered lexicon is {wanted}. Give your own words with --lexicon, "
                            "or read with another decoder.")
    search = LexiconSearch(alphabet, base, known.by_name, tuple(own.by_name.values()), own_alone=name not in SEARCHED)
    named = provenance[0][1] if name not in SEARCHED else name
    return search, (("decoder", named), *provenance[1:], ("lexicons", ", ".join(known.provenance + own.provenance) or "none"))
