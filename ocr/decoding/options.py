"""The command-line options that say how a network's output becomes text, and the settings that they make."""
from __future__ import annotations

import argparse
from pathlib import Path
from typing import Optional

from ocr.decoding.opening import DECODER_TASKS, DECODERS, DEFAULT
from ocr.decoding.settings import DecodingSettings
from ocr.errors import InputError
from ocr.models.registry import registry
from ocr.text.language_codes import parse_language


def add_decoder_options(parser: argparse.ArgumentParser) -> None:
    """Add --decoder and what it may be given."""
    parser.add_argument("--decoder", type=decoder_name, default=DEFAULT, metavar="NAME|DIR",
                        help=f"how text is found: {', '.join(DECODERS)}, or the folder of a model that is a decoder itself, "
                             f"such as a corrector (default: {DEFAULT})")
    add_language_options(parser)


def add_language_options(parser: argparse.ArgumentParser) -> None:
    """Add --language, --language-model and --lexicon."""
    parser.add_argument("--language", type=_language, metavar="CODE",
                        help="what the pages are written in, such as en, fr or fr-CA (BCP 47): picks the models for it; auto "
                             "tells it page by page among the languages of all installed ones (default: auto)")
    parser.add_argument("--language-model", action="append", dest="language_models", metavar="NAME",
                        help="registered language model, or the folder of one, for beam+lm; may be repeated; each page "
                             "takes the one that fits it, or none (default: all registered ones of the language)")
    parser.add_argument("--lexicon", action="append", dest="lexicons", metavar="FILE",
                        help="your own words, such as names: a text with one word a line, after a tab its count, or a "
                             "folder that scripts/build_lexicon.py wrote; may be repeated (default: none)")


def decoding_settings(arguments: argparse.Namespace) -> DecodingSettings:
    """Make the settings that parsed options ask for; of options that a program does not have, the defaults."""
    given = vars(arguments)
    models = given.get("language_models")
    return DecodingSettings(given.get("decoder"), given.get("language"), None if models is None else tuple(models),
                            tuple(given.get("lexicons") or ()))


def decoder_name(word: str) -> str:
    """Check the name of a decoder; that a folder holds one is checked when it is opened."""
    if word in DECODERS or Path(word).is_dir() or any(word == card.name and card.task in DECODER_TASKS for card in registry()):
        return word
    raise argparse.ArgumentTypeError(f"{word!r} is neither {', '.join(DECODERS)} nor the folder of a model for "
                                     f"{', '.join(DECODER_TASKS)}")


def _language(word: str) -> Optional[str]:
    try:
        return parse_language(word)
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
