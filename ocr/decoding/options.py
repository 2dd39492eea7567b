"""The command-line options of decoding, and the settings that they make."""
from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Optional

from ocr.decoding.opening import DECODER_TASKS, DECODERS, DEFAULT
from ocr.decoding.settings import DecodingSettings
from ocr.errors import InputError
from ocr.models.registry import registry
from ocr.text.language_codes import parse_language

_CORRECTOR = "corrector"        # former name of a decoder whose folder came with --corrector


def add_decoder_options(parser: argparse.ArgumentParser) -> None:
    """Add --decoder and the options of decoders."""
    parser.add_argument("--decoder", type=_decoder_option, default=DEFAULT, metavar="NAME|DIR",
                        help=f"how text is decoded: {', '.join(DECODERS)}, or the folder of a model that is itself a decoder, "
                             f"such as a corrector (default: {DEFAULT})")
    parser.add_argument("--corrector", metavar="DIR", help=argparse.SUPPRESS)      # removed; works for one more version
    add_language_options(parser)


def add_language_options(parser: argparse.ArgumentParser) -> None:
    """Add --language, --language-model and --lexicon."""
    parser.add_argument("--language", type=_language, metavar="CODE",
                        help="language of the pages, such as en, fr or fr-CA (BCP 47): selects the models for it; auto "
                             "detects it page by page among the languages of all installed models (default: auto)")
    parser.add_argument("--language-model", action="append", dest="language_models", metavar="NAME",
                        help="registered language model, or the folder of one, for beam+lm; may be repeated; each page "
                             "uses the one that fits it, or none (default: all registered ones of the language)")
    parser.add_argument("--lexicon", action="append", dest="lexicons", metavar="FILE",
                        help="your own words, such as names: a text file with one word a line, optionally a tab and its count, "
                             "or a folder that scripts/build_lexicon.py wrote; may be repeated (default: none)")


def decoding_settings(arguments: argparse.Namespace) -> DecodingSettings:
    """Make the settings from parsed options, with the defaults for options that a program does not have.

    Raises
    ------
    InputError : --corrector, which --decoder DIR replaces, is given without --decoder corrector, or the other way round.
    """
    given = vars(arguments)
    models = given.get("language_models")
    decoder = _chosen_decoder(given.get("decoder"), given.get("corrector"))
    return DecodingSettings(decoder, given.get("language"), None if models is None else tuple(models),
                            tuple(given.get("lexicons") or ()))


def decoder_name(word: str) -> str:
    """Check the name of a decoder; whether a folder holds one is checked when it is opened."""
    if word in DECODERS or Path(word).is_dir() or any(word == card.name and card.task in DECODER_TASKS for card in registry()):
        return word
    raise argparse.ArgumentTypeError(f"{word!r} is neither {', '.join(DECODERS)} nor the folder of a model for "
                                     f"{', '.join(DECODER_TASKS)}")


def _decoder_option(word: str) -> str:
    """Check the name of a decoder; that of the removed --decoder corrector is checked along with --corrector."""
    return word if word == _CORRECTOR else decoder_name(word)


def _chosen_decoder(decoder: Optional[str], corrector: Optional[str]) -> Optional[str]:
    """Return the decoder; --decoder corrector --corrector DIR is the same as --decoder DIR."""
    if corrector is not None:
        if decoder != _CORRECTOR:
            raise InputError(f"--corrector {corrector} is for a decoder that asks a corrector, and {decoder} asks none. "
                             f"Give --decoder {corrector} alone.")
        print(f"note: --decoder {corrector} replaces --decoder {_CORRECTOR} --corrector {corrector}, "
              "which the next version will refuse", file=sys.stderr)
        return corrector
    if decoder == _CORRECTOR:
        try:
            return decoder_name(decoder)
        except argparse.ArgumentTypeError as error:
            raise InputError(f"--decoder: {error}. Give the folder of a trained corrector: --decoder DIR.") from error
    return decoder


def _language(word: str) -> Optional[str]:
    try:
        return parse_language(word)
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
