"""Open stage 3: choose the recogniser by name or by the language of the pages, and open it."""
from __future__ import annotations

import sys
from dataclasses import replace
from typing import Optional

from ocr.decoding.settings import DecodingSettings
from ocr.engine.settings import EngineSettings
from ocr.errors import InputError
from ocr.models.registry import ModelCard, registry
from ocr.models.store import require
from ocr.recognition.single_lines import IsolatedRecogniser
from ocr.recognition.stage import RecognitionStage
from ocr.text.language_codes import parse_language, supports_language

TASK = RecognitionStage.name


def open_recognition(name: Optional[str] = None, engine: EngineSettings = EngineSettings(),
                     decoding: DecodingSettings = DecodingSettings(), single_words: bool = False) -> RecognitionStage:
    """Open stage 3.

    Parameters
    ----------
    name : registered recogniser, or the folder of a training run. None takes the first registered one that reads
        `decoding.language`, else the default, which is reported on stderr.
    engine : for its network.
    decoding : settings of its decoder.
    single_words : whether every page is the image of one word and nothing else.

    Raises
    ------
    InputError : the language code is invalid, or no registered model supports it; see also
        `ocr.decoding.opening.open_decoder`.
    ModelNotFound, ModelMismatch : a model is not installed, damaged or for another task.
    """
    decoding = replace(decoding, language=parse_language(decoding.language))
    model = require(name or _recogniser_for(decoding.language), TASK)
    _check_language(model.card, decoding.language)
    recogniser = model.card.kind.open()(model, engine, decoding)
    return RecognitionStage(IsolatedRecogniser(recogniser) if single_words else recogniser, model.card, decoding.language)


def _recogniser_for(language: Optional[str]) -> str:
    """Return the name of the first registered recogniser for a language, or the task, which stands for the default."""
    if language is None:
        return TASK
    return next((card.name for card in registry() if card.task == TASK and supports_language(card.languages, language)), TASK)


def _check_language(card: ModelCard, language: Optional[str]) -> None:
    """Warn if a recogniser was not trained on the language, unless its card names none, like that of a training run.

    Raises
    ------
    InputError : no other model supports it either.
    """
    if language is None or not card.languages or supports_language(card.languages, language):
        return
    known = sorted({code for one in registry() for code in one.languages if one.task in (TASK, "language", "lexicon")})
    if not supports_language(known, language):
        raise InputError(f"Nothing that is registered reads the language {language}. There are models for: {', '.join(known)}. "
                         "Leave out the language to read with those.")
    print(f"{card.name} has not learned {language}, but {', '.join(card.languages)}; reading with it all the same",
          file=sys.stderr)
