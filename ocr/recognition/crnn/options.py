"""The command-line options of CRNN training: its layers and its training data, and what is made from them."""
from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from ocr.engine.learner import TracedTraining
    from ocr.recognition.crnn.training import RecognitionTask
    from ocr.text.alphabet import Alphabet


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


def make_trace(arguments: argparse.Namespace, alphabet: Alphabet) -> Callable[[int], TracedTraining]:
    """Return what traces the network that the options describe, see `ocr.training.start.traced_training`."""
    from ocr.recognition.crnn.training import trace_recogniser

    return partial(trace_recogniser, alphabet, arguments.height, residual_blocks=arguments.residual_blocks, hidden=arguments.units)


def make_task(arguments: argparse.Namespace, alphabet: Alphabet) -> RecognitionTask:
    """Load the lines that the options name, and make the training task of them.

    Raises
    ------
    DatasetError : a data set, split or folder is not there, or the alphabet covers none of its lines.
    """
    from ocr.recognition.crnn.training import RecognitionTask
    from ocr.recognition.samples import covered, load_samples
    from ocr.recognition.synthetic_lines import load_synthetic_lines, split_data

    pages, files_by_kind = split_data(arguments.data)
    load = partial(load_samples, pages, height=arguments.height, cache=arguments.out / "lines", unit=arguments.unit)
    train = covered(load(split="train", detected=arguments.detected), alphabet)
    validation = covered(load(split="validation"), alphabet)
    pens, fonts = load_synthetic_lines(files_by_kind, alphabet, arguments.height, validation, arguments.fonts, arguments.font_lines)
    return RecognitionTask(train + pens, validation, alphabet, arguments.columns, arguments.augment, fonts,
                           _character_width(arguments), arguments.lines_per_writer, arguments.lines_per_set)


def save_run(arguments: argparse.Namespace, traced: TracedTraining, task: RecognitionTask) -> Path:
    """Write a finished run's results, and measure settings for its card on the validation lines; return the path of run.json.

    Raises
    ------
    TrainingError : see `ocr.training.run_folder.finish`.
    """
    from ocr.recognition.crnn.batches import REDUCTION, WIDTH_STEP
    from ocr.recognition.crnn.measuring import measure_settings
    from ocr.training.options import settings_of
    from ocr.training.run_folder import add_settings, finish

    path = finish(arguments.out, task.name, traced, sys.argv, arguments.data, task.alphabet.characters,
                  {"channels": 1, "height": arguments.height, "character_width": _character_width(arguments)},
                  settings_of(arguments), model_settings={"reduction": REDUCTION, "width_step": WIDTH_STEP})
    return add_settings(path, measure_settings(arguments.out, task.validation))


def _character_width(arguments: argparse.Namespace) -> float:
    if arguments.character_width is not None:
        return float(arguments.character_width)
    return 0.0 if arguments.unit == "word" else arguments.height / 3
