"""Which decoder reads: by name, with the language models and lexicons that are installed."""
from __future__ import annotations

from typing import Optional, Sequence, Tuple

from ocr.decoding.ctc.beam_search import BeamSettings
from ocr.decoding.ngrams.character_model import CharacterModel
from ocr.decoding.corrector.decoder import CORRECTOR, Correcting, Corrector
from ocr.decoding.ctc.decoders import Beam, BestPath, Decoder
from ocr.decoding.ngrams.file import load_ngrams
from ocr.decoding.lexicon.opening import open_own, open_registered
from ocr.decoding.ctc.lexicon_search import LexiconSearch
from ocr.errors import InputError, ModelMismatch
from ocr.models.registry import registry
from ocr.models.store import require
from ocr.text.alphabet import Alphabet

DECODERS = ("greedy", "lexicon", "beam", "beam+lm", "beam+lm+lexicon")
"""Those that read with what is registered."""

EVERY_DECODER = (*DECODERS, CORRECTOR)
DEFAULT = "beam+lm+lexicon"
SEARCHED = {"lexicon": "greedy", "beam+lm+lexicon": "beam+lm"}
"""Decoders that correct the readings of another one by the registered lexicons."""

TASK = "language"
WEIGHED = BeamSettings(weight=0.7, bonus=1.3)
"""Chosen on validation lines; see `scripts/compare_decoders.py`."""


def open_decoder(name: str, alphabet: Alphabet,
                 languages: Optional[Sequence[str]] = None, lexicons: Optional[Sequence[str]] = None,
                 corrector: Optional[Corrector] = None) -> Tuple[Decoder, Tuple[Tuple[str, str], ...]]:
    """Open a decoder.

    Parameters
    ----------
    name : "greedy" takes the network's best path, "beam" its most probable reading, "beam+lm" weighs that with the language
        model that fits the page best. "lexicon" corrects the best path's words by the lexicon that fits the page best, and
        "beam+lm+lexicon" those of "beam+lm"; "corrector" sets the readings of "beam+lm" against what a corrector proposes.
    alphabet : of the recogniser.
    languages : names of registered language models, or folders that `scripts/build_language_model.py` wrote; None takes all
        that are registered.
    lexicons : the user's own words, which correct the readings of any decoder: see `ocr.decoding.lexicon.opening.open_own`.
    corrector : for the decoder of that name alone.

    Returns
    -------
    The decoder, and its settings as (name, value) pairs to note on a page.

    Raises
    ------
    InputError : there is no such decoder, it lacks its corrector or has no use for one, or a word list cannot be read.
    ModelNotFound, ModelMismatch : a language model or lexicon is not installed, damaged, or for another alphabet.
    """
    if name not in EVERY_DECODER:
        raise InputError(f"No decoder is called {name!r}. There are: {', '.join(EVERY_DECODER)}.")
    if name == CORRECTOR and corrector is None:
        raise InputError("No corrector is registered, because none won against beam+lm so far. "
                         "Train one with scripts/train_corrector.py and give its folder with --corrector DIR.")
    if name != CORRECTOR and corrector is not None:
        raise InputError(f"A corrector was given, but the decoder {name} asks none. Read with --decoder corrector.")
    if name in SEARCHED or lexicons:
        return _open_search(name, alphabet, languages, lexicons or (), corrector)
    if name == "greedy":
        return BestPath(alphabet), (("decoder", name),)
    if name == "beam":
        return Beam(alphabet, {}, BeamSettings()), (("decoder", name),)
    wanted = [card.name for card in registry() if card.task == TASK] if languages is None else languages
    found = [require(language, TASK) for language in wanted]
    models = {language: CharacterModel(load_ngrams(model.folder / model.card.kind.files[0]), alphabet)
              for language, model in zip(wanted, found)}
    noted = ", ".join(f"{model.card.name} {model.card.sha256[:12]}" for model in found)
    beam, settings = Beam(alphabet, models, WEIGHED), (("decoder", name), ("language_models", noted))
    return (Correcting(beam, corrector), (*settings, (CORRECTOR, corrector.noted))) if corrector else (beam, settings)


def _open_search(name: str, alphabet: Alphabet, languages: Optional[Sequence[str]],
                 lexicons: Sequence[str], corrector: Optional[Corrector]) -> Tuple[Decoder, Tuple[Tuple[str, str], ...]]:
    """Open the decoder lexicon, or another one whose readings are corrected by the user's words alone."""
    base, noted = open_decoder(SEARCHED.get(name, name), alphabet, languages, None, corrector)
    known, own = open_registered(alphabet), open_own(lexicons, alphabet)
    if name == "lexicon" and not (known.by_name or own.by_name):
        raise ModelMismatch("No registered lexicon is for this recogniser's alphabet. Give your own words with --lexicon, "
                            "or read with another decoder.")
    search = LexiconSearch(alphabet, base, known.by_name, tuple(own.by_name.values()), own_alone=name not in SEARCHED)
    return search, (("decoder", name), *noted[1:], ("lexicons", ", ".join(known.noted + own.noted)))
