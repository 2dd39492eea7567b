"""The command-line options of training a page network, and the training task made from them."""
from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ocr.paragraphs.training import ParagraphTask


def add_training_options(train: argparse.ArgumentParser) -> None:
    """Add them to a parser that has `ocr.training.options.add_options` already."""
    train.add_argument("--batch-size", type=int, default=8, help="images in a batch (default: 8)")
    train.add_argument("--augment", type=float, default=1.0, help="strength of random changes, 0 to 1 (default: 1)")
    train.add_argument("--synthetic", "--made-up", type=float, default=0.6, metavar="SHARE",
                       help="training crops of composed pages for each crop of a real page (default: 0.6)")
    train.add_argument("--fonts", type=Path, metavar="DIR", help="handwriting fonts to render more training pages with")
    train.add_argument("--font-pages", type=int, default=400, help="pages rendered with them (default: 400)")


def make_task(arguments: argparse.Namespace) -> ParagraphTask:
    """Load the pages that the options name, and make the training task of them.

    Raises
    ------
    DatasetError : a data set or split is not there.
    """
    from ocr.paragraphs.ground_truth import load_labelled_pages
    from ocr.paragraphs.training import ParagraphTask
    from ocr.paragraphs.written import synthetic_pages

    pages = {split: load_labelled_pages(arguments.data, split) for split in ("train", "validation")}
    if arguments.fonts:
        texts = [page.text for page in pages["train"]]
        pages["train"] += synthetic_pages(arguments.fonts, texts, arguments.font_pages, arguments.seed)
    return ParagraphTask(pages["train"], pages["validation"], arguments.batch_size, arguments.augment, arguments.synthetic)
