"""Texts to train language models on: text files and the training transcripts of data sets, without held-out text."""
from __future__ import annotations

from pathlib import Path
from typing import List, Sequence, Tuple

from ocr.datasets.corpus import joined, read_lines
from ocr.datasets.held_out import HeldOut
from ocr.datasets.opening import open_dataset
from ocr.text.normalise import normalise

_VALIDATION_STEP = 50       # every n-th line is for validation


def read_texts(sources: Sequence[str], problems: List[str]) -> List[str]:
    """Read the lines of text files and data sets.

    Parameters
    ----------
    sources : .txt or .txt.xz files, also as text:FILE, and data sets as KIND:DIR.
    problems : messages about what was left out are appended.

    Raises
    ------
    DatasetError : a source cannot be read.
    """
    lines: List[str] = []
    for source in sources:
        kind, _, path = source.partition(":")
        if path and kind != "text" and not Path(source).exists():
            pages = open_dataset(source).pages("train")
            lines += [normalise(line.text) for page in pages for line in page.page.lines if line.text.strip()]
        else:
            lines += map(joined, read_lines(Path(path if kind == "text" and path else source), problems))
    return lines


def part(lines: Sequence[str], keep_out: Sequence[str]) -> Tuple[List[str], List[str]]:
    """Split lines into training and validation lines.

    Parameters
    ----------
    keep_out : data sets; a line that shares four consecutive words with one of their validation pages, its neighbouring
        lines included, is in neither part.
    """
    held_out = HeldOut(" ".join(line.text for line in page.page.lines)
                       for spec in keep_out for page in open_dataset(spec).pages("validation"))
    kept = [line for number, line in enumerate(lines)
            if not held_out.shares_words(" ".join(lines[max(number - 1, 0):number + 2]))]
    return [line for number, line in enumerate(kept) if number % _VALIDATION_STEP], kept[::_VALIDATION_STEP]
