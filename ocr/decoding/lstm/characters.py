"""The characters of a language network, and the log-probability of lines of text under it.

Axes: N lines, T positions, V characters with the unknown one last.
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
    def of(cls, lines: Iterable[str], min_count: int) -> Characters:
        """Take the space and the characters that occur at least `min_count` times."""
        counts = Counter(" ")
        for line in lines:
            counts.update(line)
        return cls("".join(sorted(character for character, count in counts.items() if count >= min_count or character == " ")))

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
    """Return the log-probability of lines of text, each begun after a space, (N,) float64.

    Parameters
    ----------
    network : maps tokens, (N, T) float32, to logits, (N, T, V).
    """
    max_length = max(map(len, texts), default=0)
    if not max_length:
        return np.zeros(len(texts))
    tokens = np.full((len(texts), max_length + 1), characters.encode(" ")[0])                  # (N, T + 1)
    for row, text in zip(tokens, texts):
        row[1:len(text) + 1] = characters.encode(text)
    (logits,) = network(tokens[:, :-1].astype(np.float32))                                  # (N, T, V)
    top = logits.max(axis=-1, keepdims=True)
    chosen = np.take_along_axis(logits, tokens[:, 1:, None], axis=-1)                       # (N, T, 1)
    log_probs = (chosen - top - np.log(np.exp(logits - top).sum(axis=-1, keepdims=True)))[:, :, 0]
    there = np.arange(max_length) < np.array([len(text) for text in texts])[:, None]           # (N, T)
    return np.where(there, log_probs, 0.0).sum(axis=1, dtype=np.float64)
