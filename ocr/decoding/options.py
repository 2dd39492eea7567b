"""The command-line options that say how a network's output becomes text."""
from __future__ import annotations

import argparse

from ocr.decoding.choice import DECODERS, DEFAULT


def add_decoder_options(parser: argparse.ArgumentParser) -> None:
    """Add --decoder and --language-model."""
    parser.add_argument("--decoder", choices=DECODERS, default=DEFAULT, help=f"how text is found (default: {DEFAULT})")
    parser.add_argument("--language-model", action="append", dest="languages", metavar="NAME",
                        help="registered language model, or the folder of one, for beam+lm; may be repeated; each page "
                             "takes the one that fits it, or none (default: all registered ones)")
