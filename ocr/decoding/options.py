"""The command-line options that say how a network's output becomes text."""
from __future__ import annotations

import argparse

from ocr.decoding.corrector.decoder import CORRECTOR
from ocr.decoding.opening import DEFAULT, EVERY_DECODER
from ocr.decoding.settings import DecodingSettings
from ocr.errors import InputError


def add_decoder_options(parser: argparse.ArgumentParser) -> None:
    """Add --decoder and what it may be given."""
    parser.add_argument("--decoder", choices=EVERY_DECODER, default=DEFAULT, help=f"how text is found (default: {DEFAULT})")
    add_language_options(parser)


def add_language_options(parser: argparse.ArgumentParser) -> None:
    """Add --language-model, --lexicon and --corrector."""
    parser.add_argument("--language-model", action="append", dest="languages", metavar="NAME",
                        help="registered language model, or the folder of one, for beam+lm; may be repeated; each page "
                             "takes the one that fits it, or none (default: all registered ones)")
    parser.add_argument("--lexicon", action="append", dest="lexicons", metavar="FILE",
                        help="your own words, such as names: a text with one word a line, after a tab its count, or a "
                             "folder that scripts/build_lexicon.py wrote; may be repeated (default: none)")
    parser.add_argument("--corrector", metavar="DIR", help="folder that scripts/train_corrector.py wrote, for the decoder "
                                                          "corrector")


def decoding_settings(arguments: argparse.Namespace) -> DecodingSettings:
    """Read what `add_decoder_options` has added.

    Raises
    ------
    InputError : a corrector was given for a decoder that asks none.
    """
    if arguments.corrector and arguments.decoder != CORRECTOR:
        raise InputError(f"A corrector was given, but the decoder {arguments.decoder} asks none. "
                         "Read with --decoder corrector.")
    models = None if arguments.languages is None else tuple(arguments.languages)
    return DecodingSettings(arguments.corrector or arguments.decoder, None, models, tuple(arguments.lexicons or ()))
