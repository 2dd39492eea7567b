"""The vocabulary of the corrector: characters, padding and the end of a line.

Axes: N lines, S positions of a text, its END counted.
"""
from __future__ import annotations

from typing import Iterable, Sequence

import numpy as np

from ocr.decoding.lstm.characters import Characters

PADDING, END = 0, 1
_FIRST = 2                  # token of the first character


class Tokens:
    """The tokens of a corrector: PADDING, END, then the characters; the last stands for any other character.

    Parameters
    ----------
    characters : that it tells apart.
    """

    def __init__(self, characters: Characters):
        self.characters = characters
        self.size = characters.size + _FIRST

    @property
    def unknown(self) -> int:
        """The token of any other character."""
        return self.size - 1

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Give the tokens of texts, each ended by END and padded with PADDING, (N, S) int64."""
        return self.stack([self.characters.encode(text) for text in texts])

    def stack(self, numbers: Sequence[np.ndarray]) -> np.ndarray:
        """Give the tokens of texts whose characters are numbered as `Characters` does, like `encode`."""
        rows = np.full((len(numbers), max(map(len, numbers), default=0) + 1), PADDING)
        for row, line in zip(rows, numbers):
            row[:len(line)] = line + _FIRST
            row[len(line)] = END
        return rows

    def decode(self, tokens: Iterable[int]) -> str:
        """Give the text of tokens up to END.

        Raises
        ------
        IndexError : there is an unknown character among them.
        """
        text = []
        for token in tokens:
            if token == END:
                break
            text.append(self.characters.known[token - _FIRST])
        return "".join(text)
