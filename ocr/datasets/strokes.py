"""Lines of writing as the pen wrote them: IAM-OnDB's strokes, in its own folders or as one JSON object a line of a file.

    {"id": "a01-000u-01", "text": "to stop Mr . Gaitskell", "strokes": [[x, y, x, y, ...], ...]}

The text may be tokenised; it is joined as IAM's is. The file may be compressed: .jsonl or .jsonl.xz.
Of the folders, `lineStrokes` holds a01/a01-000/a01-000u-01.xml, and `ascii` a01/a01-000/a01-000u.txt, which lists the
lines in order after "CSR:".

Source: Liwicki, Bunke, IAM-OnDB - an On-Line English Sentence Database, ICDAR 2005,
https://fki.tic.heia-fr.ch/databases/iam-on-line-handwriting-database
"""
from __future__ import annotations

import json
import lzma
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Tuple

import numpy as np

from ocr.datasets.iam_text import natural_line
from ocr.errors import DatasetError, PageFormatError
from ocr.formats.xml_parsing import parse_xml
from ocr.text.normalise import normalise


@dataclass(frozen=True)
class Strokes:
    """The movements of a pen on one line, in any unit of length; y runs down.

    Parameters
    ----------
    points : (P, 2) float32 x, y of the pen on the paper, at equal intervals of time within a stroke.
    ends : (S,) int32, for each stroke the index after its last point; ascending, the last one is P.
    """

    points: np.ndarray = field(repr=False, compare=False)
    ends: np.ndarray = field(repr=False, compare=False)


@dataclass(frozen=True)
class PenLine:
    """One line with its text in NFC, as written on paper."""

    id: str
    text: str
    strokes: Strokes


class StrokeDataset:
    """Lines of pen strokes.

    Parameters
    ----------
    path : a .jsonl or .jsonl.xz file, or the folder of IAM-OnDB in which lineStrokes and ascii are.

    Attributes
    ----------
    name : "strokes".
    lines : those that could be read, in the order of the file or of the folder's names.
    missing : always empty; there are no images.
    problems : rows or files that could not be used, one line each, with their names.

    Raises
    ------
    DatasetError : the file cannot be read, or nothing that can be used is there.
    """

    name = "strokes"

    def __init__(self, path: Path):
        path = Path(path)
        self.missing: List[str] = []
        self.problems: List[str] = []
        lines = []
        try:
            for place, read in (_files if path.is_dir() else _rows)(path):
                try:
                    lines.append(_pen_line(read()))
                except (ValueError, KeyError, TypeError, PageFormatError) as error:
                    self.problems.append(f"{place} is left out ({type(error).__name__}: {error})")
        except (OSError, EOFError, lzma.LZMAError) as error:
            raise DatasetError(f"{path} cannot be read ({error}). Give pen strokes: a .jsonl or .jsonl.xz file, or the "
                               "folder of IAM-OnDB.") from error
        if not lines:
            raise DatasetError(f"{path} holds no line of pen strokes. A folder has IAM-OnDB's lineStrokes and ascii; a row of "
                               "a file has \"id\", \"text\" and \"strokes\", a list of lists x, y, x, y, ... "
                               f"{' '.join(self.problems[:2])}")
        self.lines: Tuple[PenLine, ...] = tuple(lines)


Entry = Dict[str, Any]


def _rows(path: Path) -> Iterator[Tuple[str, Callable[[], Entry]]]:
    """Yield the name of every row of a file, and a function that reads it."""
    with (lzma.open if path.suffix == ".xz" else open)(path, "rb") as rows:
        for number, row in enumerate(rows, 1):
            yield f"{path}: row {number}", partial(json.loads, row)


def _files(folder: Path) -> Iterator[Tuple[str, Callable[[], Entry]]]:
    """Yield the name of every file of IAM-OnDB's lineStrokes, and a function that reads it."""
    strokes = folder / "lineStrokes"
    texts = lru_cache(maxsize=8)(_texts)
    for path in sorted(strokes.rglob("*.xml")):
        form, _, number = path.stem.rpartition("-")
        text = (folder / "ascii" / path.relative_to(strokes)).with_name(f"{form}.txt")
        yield str(path), partial(_written, path, texts, text, number)


def _written(path: Path, texts: Callable[[Path], List[str]], text: Path, number: str) -> Entry:
    """Read one line of IAM-OnDB."""
    lines = texts(text)
    if not 0 < int(number) <= len(lines):
        raise ValueError(f"{text} has {len(lines)} lines")
    strokes = [[float(point.get(axis)) for point in stroke.iter("Point") for axis in "xy"]
               for stroke in parse_xml(path).iter("Stroke")]
    return {"id": path.stem, "text": lines[int(number) - 1], "strokes": strokes}


def _texts(path: Path) -> List[str]:
    """Read the text of one form of IAM-OnDB, line by line."""
    if not path.is_file():
        raise ValueError(f"{path} is missing")
    written = path.read_text(encoding="utf-8").partition("CSR:")[2]
    return [line for line in written.splitlines() if line.strip()]


def _pen_line(entry: Entry) -> PenLine:
    """Make a line from an entry; an invalid one raises ValueError, KeyError or TypeError."""
    text = natural_line(normalise(entry["text"]).split()).text
    strokes = [stroke for stroke in entry["strokes"] if len(stroke)]
    lengths = np.array([len(stroke) for stroke in strokes], np.int32)
    points = np.array(list(chain.from_iterable(strokes)), np.float32)
    if not text or not len(points):
        raise ValueError("no text" if len(points) else "no strokes")
    if (lengths % 2).any() or points.ndim != 1 or not np.isfinite(points).all():
        raise ValueError("strokes are not lists of finite x, y, x, y, ...")
    return PenLine(str(entry["id"]), text, Strokes(points.reshape(-1, 2), (lengths // 2).cumsum(dtype=np.int32)))
