"""Running text, cut at random into pieces as long as lines of handwriting."""
from __future__ import annotations

import codecs
import lzma
from pathlib import Path
from typing import List, Sequence, Tuple

import numpy as np

from ocr.datasets.iam_text import natural_line
from ocr.errors import DatasetError
from ocr.text.normalise import normalise

_MIN_WORDS, _MAX = 2, 12      # words of a piece
_LETTERS, _SPREAD = 43, 12  # of a piece, before its last word is made whole: mean and standard deviation
_CAPITALS = 0.12            # share of pieces in capitals
_APART = frozenset((".", ",", "(", ")", "n't"))  # words of a text that comes in tokens; French parts off ; : ! ? too


class Corpus:
    """The words of some files of running text, one after the other.

    Parameters
    ----------
    paths : .txt or .txt.xz files in UTF-8, one paragraph or sentence a line.

    Attributes
    ----------
    words : how many words there are.
    problems : lines that are not UTF-8 and were left out, counted file by file.

    Raises
    ------
    DatasetError : a file cannot be read, or there are too few words.
    """

    def __init__(self, paths: Sequence[Path]):
        self.problems: List[str] = []
        self._text = " ".join(line for path in paths for line in read_lines(path, self.problems))
        letters = np.frombuffer(self._text.encode("utf-32-le"), np.uint32)
        self._ends = np.append(np.flatnonzero(letters == ord(" ")), len(letters)).astype(np.int32)  # (words,)
        self.words = len(self._ends)
        if self.words < _MAX:
            raise DatasetError(f"{', '.join(map(str, paths))}: {self.words} words, at least {_MAX} are needed. "
                               "Give running text, one paragraph or sentence a line.")

    def piece(self, rng: np.random.Generator) -> str:
        """Cut out 2 to 12 words, 45 letters give or take 12; now and then they are put in capitals."""
        first = int(rng.integers(self.words - _MIN_WORDS + 1))
        start = int(self._ends[first - 1]) + 1 if first else 0
        last = int(np.searchsorted(self._ends, np.int32(start + rng.normal(_LETTERS, _SPREAD))))
        last = min(max(last, first + _MIN_WORDS - 1), first + _MAX - 1, self.words - 1)
        text = self._text[start:self._ends[last]]
        whole = joined(text)
        text = whole if whole == text else whole.lstrip(" .,;:!?)")
        return normalise(text.upper()) if rng.random() < _CAPITALS else text


def read_lines(path: Path, problems: List[str]) -> List[str]:
    """Read the lines of a .txt or .txt.xz file that are not empty, in the project's form of text.

    Parameters
    ----------
    problems : is told how many lines are not UTF-8 and were left out.

    Raises
    ------
    DatasetError : the file cannot be read.
    """
    rows, lost = decoded_lines(path)
    if lost:
        problems.append(f"{path}: {lost} of {len(rows) + lost} lines are not UTF-8 and are left out")
    return [line for line in map(normalise, rows) if line]


def decoded_lines(path: Path) -> Tuple[List[str], int]:
    """Read the lines of a .txt or .txt.xz file in UTF-8, or in UTF-16 with its mark, and count those that are neither.

    Raises
    ------
    DatasetError : the file cannot be read.
    """
    try:
        with (lzma.open if Path(path).suffix == ".xz" else open)(path, "rb") as file:
            content = file.read()
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise DatasetError(f"{path} cannot be read as text ({error}). Give a .txt or .txt.xz file.") from error
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace").splitlines(), 0
    lines, lost = [], 0
    for row in content[3 if content.startswith(codecs.BOM_UTF8) else 0:].splitlines():
        try:
            lines.append(row.decode("utf-8"))
        except UnicodeDecodeError:
            lost += 1
    return lines, lost


def joined(line: str) -> str:
    """Put the words of a line that comes in tokens together, as people write them; other lines stay as they are."""
    words = line.split(" ")
    return natural_line(words).text if _APART & set(words) else line
