"""Words and letters in the order in which they stand on paper, from left to right, as PDF viewers expect right-to-left writing.

A simplification of the Unicode bidirectional algorithm: words without a letter have the direction of the word before them, and
numbers within a word of right-to-left letters keep their order, with the punctuation around them. Brackets are not mirrored.

Source: Unicode Standard Annex 9, https://www.unicode.org/reports/tr9/
"""
from __future__ import annotations

import re
import unicodedata
from itertools import groupby
from typing import List, Optional, Sequence

_RIGHT_TO_LEFT = frozenset(("R", "AL"))
_BETWEEN_LETTERS = re.compile(r"([\W\d_]+)")           # numbers, punctuation, marks


def is_right_to_left(text: str) -> bool:
    """Return whether most letters of a text are of right-to-left scripts."""
    found = [unicodedata.bidirectional(character) for character in text]
    return sum(kind in _RIGHT_TO_LEFT for kind in found) > found.count("L")


def words_on_paper(words: Sequence[str]) -> List[int]:
    """Return the indices of a line's words, from left to right."""
    base = is_right_to_left("".join(words))
    kinds: List[bool] = []
    for word in words:
        own = _direction(word)
        kinds.append(own if own is not None else kinds[-1] if kinds else base)
    runs = [list(run)[::-1 if leftwards else 1] for leftwards, run in groupby(range(len(words)), kinds.__getitem__)]
    return [index for run in (reversed(runs) if base else runs) for index in run]


def letters_on_paper(word: str) -> str:
    """Return the letters of a word, from left to right."""
    if not _direction(word):
        return word
    parts = _BETWEEN_LETTERS.split(word)
    return "".join(part if any(map(str.isdecimal, part)) else part[::-1] for part in reversed(parts))


def _direction(word: str) -> Optional[bool]:
    """Return whether a word runs from right to left; None where it has no letter."""
    if all(unicodedata.bidirectional(character) not in ("L", *_RIGHT_TO_LEFT) for character in word):
        return None
    return is_right_to_left(word)
