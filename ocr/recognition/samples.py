"""Lines to learn from, or to be scored on, out of data sets of pages."""
from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import List, Sequence

import numpy as np

from ocr.datasets.line_cache import build_line_cache
from ocr.datasets.truth import open_dataset, report
from ocr.text.alphabet import Alphabet


@dataclass(frozen=True)
class LineSample:
    """One line with its text.

    Parameters
    ----------
    strip : uint8 (H, W) grey, dark ink on light paper.
    text : what is written, NFC.
    page : identity of its page; intervals of scores are drawn over pages.
    source : name of its data set.
    """

    strip: np.ndarray
    text: str
    page: str
    source: str


def load_samples(data: Sequence[str], split: str, height: int, cache: Path) -> List[LineSample]:
    """Cut the lines of a split of some data sets into strips; what is missing there is said on stderr.

    Parameters
    ----------
    data : data sets as KIND:DIR.
    split : name or list file.
    height : pixels of a strip.
    cache : folder where cut strips are kept.

    Raises
    ------
    DatasetError : a data set or split is not there, or no line could be cut.
    """
    samples: List[LineSample] = []
    for spec in data:
        dataset = open_dataset(spec)
        lines = build_line_cache(dataset.pages(split), height, cache)
        for message in [*report(dataset), *lines.problems]:
            print(message, file=sys.stderr)
        samples += [LineSample(lines.strip(index), line.text, line.page, dataset.name)
                    for index, line in enumerate(lines.lines)]
    return samples


def covered(samples: Sequence[LineSample], alphabet: Alphabet) -> List[LineSample]:
    """Return the lines that the alphabet can write; the others are counted on stderr, with their characters."""
    kept = [sample for sample in samples if alphabet.covers(sample.text)]
    if len(kept) < len(samples):
        unknown = sorted({c for sample in samples for c in alphabet.unknown(sample.text)})
        print(f"{len(samples) - len(kept)} of {len(samples)} lines are left out: "
              f"the alphabet lacks {' '.join(unknown)}", file=sys.stderr)
    return kept
