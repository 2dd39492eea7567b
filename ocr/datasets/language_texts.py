"""Texts to learn a language from: text files and the training transcripts of data sets, without what must be kept out."""
from __future__ import annotations

from pathlib import Path
from typing import List, Sequence, Tuple

from ocr.datasets.corpus import joined, read_lines
from ocr.datasets.held_out import HeldOut
from ocr.datasets.opening import open_dataset
from ocr.text.normalise import normalise

_MEASURED = 50              # every so-manieth line is not learned from


def read_texts(sources: Sequence[str], problems: List[str]) -> List[str]:
    """Read lines.

    Parameters
    ----------
    sources : .txt or .txt.xz files, also as text:FILE, and data sets as KIND:DIR.
    problems : is told what was left out.

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
    """Part lines into those to learn from and those to measure with.

    Parameters
    ----------
    keep_out : data sets; a line that shares four words in a row with one of their validation pages, the lines before and
        after it counted in, is in neither part.
    """
    held_out = HeldOut(" ".join(line.text for line in page.page.lines)
                       for spec in keep_out for page in open_dataset(spec).pages("validation"))
    kept = [line for number, line in enumerate(lines)
            if not held_out.shares_words(" ".join(lines[max(number - 1, 0):number + 2]))]
    return [line for number, line in enumerate(kept) if number % _MEASURED], kept[::_MEASURED]
