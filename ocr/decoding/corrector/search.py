"""Beam search with a corrector: the most probable corrected texts of recognised lines, many lines in parallel.

Axes: N lines, B beam width, S positions of the recognised texts, T of the corrected texts, V tokens.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, List, Sequence, Tuple

import numpy as np

from ocr.decoding.corrector.tokens import END, PADDING, Tokens
from ocr.decoding.ctc.best_path import log_softmax

_LOG_ZERO = np.float32(-1e18)
_BATCH_POSITIONS = 8192              # positions of all texts in one batch, at most


@dataclass(frozen=True)
class Correction:
    """A possible text of a line, and its log-probability under the corrector."""

    text: str
    score: float


@dataclass(frozen=True)
class Sequences:
    """The most probable token sequences for N rows, best first.

    Parameters
    ----------
    tokens : (N, B, T) int64, each sequence ended by END and padded with PADDING.
    scores : (N, B) their log-probabilities.
    """

    tokens: np.ndarray
    scores: np.ndarray


def search(network: Callable[..., Tuple[np.ndarray, ...]], tokens: Tokens, texts: Sequence[str], beam: int = 4,
           max_length: int = 96) -> List[List[Correction]]:
    """Find the most probable corrected texts of lines.

    Parameters
    ----------
    network : maps source (N, S) and prefix (N, T), float32, to logits (N, T, V); see `ocr.decoding.corrector.network.CorrectorTransformer`.
    texts : recognised lines.
    beam : B.
    max_length : characters of a corrected text at most.

    Returns
    -------
    For each line up to B different texts, the best first; none for a line with more than `max_length` characters.

    Source
    ------
    Sutskever, Vinyals and Le, Sequence to Sequence Learning with Neural Networks, https://arxiv.org/abs/1409.3215, 3.2.
    """
    found: List[List[Correction]] = [[] for _ in texts]
    order = sorted((index for index, text in enumerate(texts) if len(text) <= max_length), key=lambda index: len(texts[index]))
    batch_size = max(1, _BATCH_POSITIONS // (beam * (max_length + 1)))
    for first in range(0, len(order), batch_size):
        group = order[first:first + batch_size]
        best = best_sequences(network, tokens.encode([texts[index] for index in group]), beam, max_length,
                              (PADDING, tokens.unknown))
        for index, sequences, scores in zip(group, best.tokens, best.scores):
            found[index] = [Correction(tokens.decode(sequence), float(score))
                            for sequence, score in zip(sequences, scores) if score > _LOG_ZERO / 2]
    return found


def best_sequences(network: Callable[..., Tuple[np.ndarray, ...]], source: np.ndarray, beam: int, max_length: int,
                   suppressed: Sequence[int]) -> Sequences:
    """Find the most probable token sequences for source rows, (N, S).

    Parameters
    ----------
    max_length : tokens before END; an unfinished sequence is ended there at no cost.
    suppressed : tokens that are never written.
    """
    count = len(source)
    found = np.full((count, beam, max_length + 2), PADDING)                        # the first token is the END before a line
    found[:, :, 0] = END
    scores = np.full((count, beam), _LOG_ZERO, np.float32)
    scores[:, 0] = 0.0
    alive = np.ones((count, beam), bool)
    for time in range(1, max_length + 1):
        line, place = np.nonzero(alive & (scores > _LOG_ZERO / 2))
        if not len(line):
            break
        last = _next_log_probs(network, source[line], found[line, place, :time], suppressed)            # (rows, V)
        log_probs = np.full((count, beam, last.shape[1]), _LOG_ZERO, np.float32)
        log_probs[line, place] = last
        log_probs[~alive, PADDING] = 0.0                                            # a finished text stays as it is
        total = (scores[:, :, None] + log_probs).reshape(count, -1)                 # (N, B * V)
        chosen = np.argsort(-total, axis=1, kind="stable")[:, :beam]
        scores = np.take_along_axis(total, chosen, axis=1)
        places, token = np.divmod(chosen, last.shape[1])
        found = np.take_along_axis(found, places[:, :, None], axis=1)
        found[:, :, time] = token
        alive = np.take_along_axis(alive, places, axis=1) & (token != END)
    found[:, :, -1][alive] = END
    return Sequences(found[:, :, 1:], scores)


def _next_log_probs(network: Callable[..., Tuple[np.ndarray, ...]], source: np.ndarray, prefix: np.ndarray,
                suppressed: Sequence[int]) -> np.ndarray:
    """Return the log-probabilities of the next token after each prefix, (rows, V)."""
    (logits,) = network(source.astype(np.float32), prefix.astype(np.float32))   # (rows, T, V)
    log_probs = log_softmax(logits[:, -1])
    log_probs[:, suppressed] = _LOG_ZERO
    return log_probs
