"""Which characters a language network tells apart, and how likely it finds lines of text.

Axes: N lines, T places, V characters with the unknown one last.
"""
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Callable, Iterable, Sequence, Tuple

import numpy as np


@dataclass(frozen=True)
class Characters:
    """The characters of a language network: number i is `known[i]`, and the one after the last any other character."""

    known: str

    @classmethod
    def of(cls, lines: Iterable[str], rarest: int) -> "Characters":
        """Take the space and the characters that are there at least so many times."""
        counts = Counter(" ")
        for line in lines:
            counts.update(line)
        return cls("".join(sorted(character for character, count in counts.items() if count >= rarest or character == " ")))

    @property
    def size(self) -> int:
        """Characters, with the unknown one."""
        return len(self.known) + 1

    def encode(self, text: str) -> np.ndarray:
        """Numbers of a text's characters, (T,) int64."""
        codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
        known = np.frombuffer(self.known.encode("utf-32-le"), np.uint32)                    # sorted
        at = np.minimum(np.searchsorted(known, codes), len(known) - 1)
        return np.where(known[at] == codes, at, len(known))


def log_probabilities(network: Callable[[np.ndarray], Tuple[np.ndarray, ...]], characters: Characters,
                      texts: Sequence[str]) -> np.ndarray:
    """Natural logarithm of how likely lines of text are, each begun after a space, (N,) float64.

    Parameters
    ----------
    network : maps tokens, (N, T) float32, to logits, (N, T, V).
    """
    longest = max(map(len, texts), default=0)
    if not longest:
        return np.zeros(len(texts))
    tokens = np.full((len(texts), longest + 1), characters.encode(" ")[0])                  # (N, T + 1)
    for row, text in zip(tokens, texts):
        row[1:len(text) + 1] = characters.encode(text)
    (logits,) = network(tokens[:, :-1].astype(np.float32))                                  # (N, T, V)
    top = logits.max(axis=-1, keepdims=True)
    chosen = np.take_along_axis(logits, tokens[:, 1:, None], axis=-1)                       # (N, T, 1)
    gains = (chosen - top - np.log(np.exp(logits - top).sum(axis=-1, keepdims=True)))[:, :, 0]
    there = np.arange(longest) < np.array([len(text) for text in texts])[:, None]           # (N, T)
    return np.where(there, gains, 0.0).sum(axis=1, dtype=np.float64)
