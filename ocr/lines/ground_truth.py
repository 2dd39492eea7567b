"""Ground-truth pages with lines, on which line detectors are trained and scored."""
from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Iterator, List, Optional, Sequence

import numpy as np

from ocr.datasets.opening import GroundTruthPage, open_dataset, report
from ocr.errors import DatasetError, ImageError
from ocr.images.load import grey, read_frame
from ocr.page.model import Page


@dataclass(frozen=True)
class GroundTruthLines:
    """One ground-truth page and its image.

    Parameters
    ----------
    page : with its ground-truth regions, lines and words.
    pixels : (H, W) uint8 grey, the image as loaded.
    name, source : the page's name, and its data set's.
    """

    page: Page
    pixels: np.ndarray = field(repr=False)
    name: str
    source: str


def load_ground_truth_lines(data: Sequence[str], split: str) -> List[GroundTruthLines]:
    """Load the pages that have lines from one split of some data sets.

    Parameters
    ----------
    data : data sets as KIND:DIR.
    split : name or list file.

    Raises
    ------
    DatasetError : a data set or split does not exist, or has no page with lines.
    """
    pages = list(_ground_truth_lines(data, split))
    if not pages:
        raise DatasetError(f"{', '.join(data)}: no page of split {split!r} has both lines and an image.")
    return pages


def _ground_truth_lines(data: Sequence[str], split: str) -> Iterator[GroundTruthLines]:
    """Yield pages that have lines, with their grey images; problems are reported on stderr."""
    for spec in data:
        dataset = open_dataset(spec)
        for ground_truth in dataset.pages(split):
            if not any(True for _ in ground_truth.page.lines):
                continue
            pixels = _read(ground_truth)
            if pixels is not None:
                yield GroundTruthLines(ground_truth.page, pixels, ground_truth.name, dataset.name)
        for message in report(dataset):
            print(message, file=sys.stderr)


def _read(ground_truth: GroundTruthPage) -> Optional[np.ndarray]:
    try:
        return grey(read_frame(ground_truth.image, ground_truth.page.frame).pixels)
    except ImageError as error:
        print(f"left out: {error}", file=sys.stderr)
        return None
