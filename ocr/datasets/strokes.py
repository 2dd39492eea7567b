"""Lines of writing as the pen wrote them, read from IAM-OnDB's strokes: one JSON object a line of the file.

    {"id": "a01-000u-01", "text": "to stop Mr . Gaitskell", "strokes": [[x, y, x, y, ...], ...]}

The text may have its tokens apart; it is put together as IAM's is. The file may be packed: .jsonl or .jsonl.xz.
"""
from __future__ import annotations

import json
import lzma
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import List, Tuple

import numpy as np

from ocr.datasets.iam_text import natural_line
from ocr.errors import DatasetError
from ocr.text.normalise import normalise


@dataclass(frozen=True)
class Strokes:
    """What a pen did on one line, in any unit of length; y runs down.

    Parameters
    ----------
    points : (P, 2) float32 x, y of the pen on the paper, equally far apart in time within a stroke.
    ends : (S,) int32, for each stroke the index behind its last point; rising, the last one is P.
    """

    points: np.ndarray = field(repr=False, compare=False)
    ends: np.ndarray = field(repr=False, compare=False)


@dataclass(frozen=True)
class PenLine:
    """One line with its text in NFC, as it stands on paper."""

    id: str
    text: str
    strokes: Strokes


class StrokeDataset:
    """Lines of a file of pen strokes.

    Parameters
    ----------
    path : a .jsonl or .jsonl.xz file.

    Attributes
    ----------
    name : "strokes".
    lines : what could be read, in the file's order.
    missing : always empty; there are no pictures.
    problems : rows that could not be used, one line each, with the file's name and the row.

    Raises
    ------
    DatasetError : the file cannot be read, or has no row that can be used.
    """

    name = "strokes"

    def __init__(self, path: Path):
        self.missing: List[str] = []
        self.problems: List[str] = []
        lines = []
        try:
            with (lzma.open if Path(path).suffix == ".xz" else open)(path, "rb") as rows:
                for number, row in enumerate(rows, 1):
                    try:
                        lines.append(_pen_line(row))
                    except (ValueError, KeyError, TypeError) as error:
                        self.problems.append(f"{path}: row {number} is left out ({type(error).__name__}: {error})")
        except (OSError, EOFError, lzma.LZMAError) as error:
            raise DatasetError(f"{path} cannot be read ({error}). Give pen strokes, a .jsonl or .jsonl.xz file.") from error
        if not lines:
            raise DatasetError(f"{path} holds no line of pen strokes. A row has \"id\", \"text\" and \"strokes\", a list "
                               f"of lists x, y, x, y, ... {' '.join(self.problems[:2])}")
        self.lines: Tuple[PenLine, ...] = tuple(lines)


def _pen_line(row: bytes) -> PenLine:
    """Read a row; what is wrong with it is said by a ValueError, KeyError or TypeError."""
    entry = json.loads(row)
    text = natural_line(normalise(entry["text"]).split()).text
    strokes = [stroke for stroke in entry["strokes"] if len(stroke)]
    lengths = np.array([len(stroke) for stroke in strokes], np.int32)
    points = np.array(list(chain.from_iterable(strokes)), np.float32)
    if not text or not len(points):
        raise ValueError("no text" if len(points) else "no strokes")
    if (lengths % 2).any() or points.ndim != 1 or not np.isfinite(points).all():
        raise ValueError("strokes are not lists of finite x, y, x, y, ...")
    return PenLine(str(entry["id"]), text, Strokes(points.reshape(-1, 2), (lengths // 2).cumsum(dtype=np.int32)))
