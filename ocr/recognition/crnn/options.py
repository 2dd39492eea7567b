"""The command-line options of CRNN training: its layers and its training data."""
from __future__ import annotations

import argparse
from pathlib import Path


def add_training_options(train: argparse.ArgumentParser) -> None:
    """Add them to a parser that has `ocr.training.options.add_options` already."""
    train.add_argument("--alphabet", default="latin", metavar="NAME|FILE",
                       help="characters that the network writes (default: latin)")
    train.add_argument("--residual-blocks", type=int, default=0, metavar="N",
                       help="more convolutions, two a block (default: 0)")
    train.add_argument("--units", type=int, default=192, metavar="N",
                       help="of each LSTM, in each direction (default: 192)")
    train.add_argument("--lines-per-writer", type=int, default=0, metavar="N",
                       help="maximum lines of one writer in an epoch; 0 for all (default: 0)")
    train.add_argument("--lines-per-set", type=int, default=0, metavar="N",
                       help="maximum lines of one data set in an epoch; 0 for all (default: 0)")
    train.add_argument("--height", type=int, default=48, help="pixels of a line image (default: 48)")
    train.add_argument("--columns", type=int, default=10240, help="pixels of line image width in a batch (default: 10240)")
    train.add_argument("--character-width", type=float, metavar="PIXELS",
                       help="mean width that the characters of each page are brought to, 0 leaves them as they are "
                            "(default: a third of the height; 0 for single words)")
    train.add_argument("--augment", type=float, default=1.0, help="strength of random changes, 0 to 1 (default: 1)")
    train.add_argument("--fonts", type=Path, metavar="DIR", help="handwriting fonts (.ttf, .otf) to write text:FILE in")
    train.add_argument("--font-lines", type=int, default=4000, metavar="N", help="such lines an epoch (default: 4000)")
    train.add_argument("--detected", action="append", default=[], metavar="DIR",
                       help="learn from the lines in what stage 2 wrote for training pages, too; may be repeated")
