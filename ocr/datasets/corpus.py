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

_MIN_WORDS, _MAX_WORDS = 2, 12  # of a piece
_MEAN_LETTERS, _LETTERS_DEVIATION = 43, 12  # of a piece, before its last word is completed: mean and standard deviation
_CAPITALS_PROBABILITY = 0.12  # of a piece in capitals
_SEPARATE_TOKENS = frozenset((".", ",", "(", ")", "n't"))  # only in tokenised text; French sets ; : ! ? apart, too


class Corpus:
    """The words of some files of running text, one after the other.

    Parameters
    ----------
    paths : .txt or .txt.xz files in UTF-8, one paragraph or sentence a line.

    Attributes
    ----------
    words : number of words.
    problems : number of lines of each file that are not UTF-8 and were left out, one message a file.

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
        if self.words < _MAX_WORDS:
            raise DatasetError(f"{', '.join(map(str, paths))}: {self.words} words, at least {_MAX_WORDS} are needed. "
                               "Give running text, one paragraph or sentence a line.")

    def piece(self, rng: np.random.Generator) -> str:
        """Return 2 to 12 consecutive words drawn at random, about 45 letters, standard deviation 12; sometimes in capitals."""
        first = int(rng.integers(self.words - _MIN_WORDS + 1))
        start = int(self._ends[first - 1]) + 1 if first else 0
        last = int(np.searchsorted(self._ends, np.int32(start + rng.normal(_MEAN_LETTERS, _LETTERS_DEVIATION))))
        last = min(max(last, first + _MIN_WORDS - 1), first + _MAX_WORDS - 1, self.words - 1)
        text = self._text[start:self._ends[last]]
        whole = joined(text)
        text = whole if whole == text else whole.lstrip(" .,;:!?)")
        return normalise(text.upper()) if rng.random() < _CAPITALS_PROBABILITY else text


def read_lines(path: Path, problems: List[str]) -> List[str]:
    """Read the lines of a .txt or .txt.xz file that are not empty, normalised.

    Parameters
    ----------
    problems : a message is appended if lines are not UTF-8 and were left out.

    Raises
    ------
    DatasetError : the file cannot be read.
    """
    rows, lost = decoded_lines(path)
    if lost:
        problems.append(f"{path}: {lost} of {len(rows) + lost} lines are not UTF-8 and are left out")
    return [line for line in map(normalise, rows) if line]


def decoded_lines(path: Path) -> Tuple[List[str], int]:
    """Read the lines of a .txt or .txt.xz file in UTF-8, or in UTF-16 with a byte order mark, and count those that are neither.

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
    """Return a tokenised line as people write it; other lines are returned as they are."""
    words = line.split(" ")
    return natural_line(words).text if _SEPARATE_TOKENS & set(words) else line
