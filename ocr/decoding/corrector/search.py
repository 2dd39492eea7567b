"""Beam search with a corrector: the likeliest right texts of lines that were read, many lines in step.

Axes: N lines, B texts that are followed on each, S places of the texts that were read, T of those written, V tokens.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, List, Sequence, Tuple

import numpy as np

from ocr.decoding.corrector.tokens import END, PADDING, Tokens
from ocr.decoding.ctc.best_path import log_softmax

_NEVER = np.float32(-1e18)
_PLACES = 8192              # most places of texts that the network gets at a time


@dataclass(frozen=True)
class Correction:
    """What a line may have to say, and the natural logarithm of how likely the corrector finds that."""

    text: str
    score: float


@dataclass(frozen=True)
class Sequences:
    """The likeliest sequences of tokens for N rows, best first.

    Parameters
    ----------
    tokens : (N, B, T) int64, each sequence ended by END and filled up with PADDING.
    scores : (N, B) their log probabilities.
    """

    tokens: np.ndarray
    scores: np.ndarray


def search(network: Callable[..., Tuple[np.ndarray, ...]], tokens: Tokens, texts: Sequence[str], beam: int = 4,
           longest: int = 96) -> List[List[Correction]]:
    """Find the likeliest right texts of lines.

    Parameters
    ----------
    network : maps source (N, S) and prefix (N, T), float32, to logits (N, T, V); see `ocr.decoding.corrector.network.Corrector`.
    texts : what was read.
    beam : B.
    longest : characters that are written at most.

    Returns
    -------
    For each line up to B different texts, the best first; none for a line with more than `longest` characters.

    Source
    ------
    Sutskever, Vinyals and Le, Sequence to Sequence Learning with Neural Networks, https://arxiv.org/abs/1409.3215, 3.2.
    """
    found: List[List[Correction]] = [[] for _ in texts]
    order = sorted((index for index, text in enumerate(texts) if len(text) <= longest), key=lambda index: len(texts[index]))
    most = max(1, _PLACES // (beam * (longest + 1)))
    for first in range(0, len(order), most):
        group = order[first:first + most]
        best = best_sequences(network, tokens.encode([texts[index] for index in group]), beam, longest,
                              (PADDING, tokens.unknown))
        for index, sequences, scores in zip(group, best.tokens, best.scores):
            found[index] = [Correction(tokens.decode(sequence), float(score))
                            for sequence, score in zip(sequences, scores) if score > _NEVER / 2]
    return found


def best_sequences(network: Callable[..., Tuple[np.ndarray, ...]], source: np.ndarray, beam: int, longest: int,
                   suppressed: Sequence[int]) -> Sequences:
    """Find the likeliest sequences of tokens for rows of tokens, (N, S).

    Parameters
    ----------
    longest : tokens before END; a sequence that has not ended then is ended there, at no cost.
    suppressed : tokens that are never written.
    """
    count = len(source)
    found = np.full((count, beam, longest + 2), PADDING)                        # the first token is the END before a line
    found[:, :, 0] = END
    scores = np.full((count, beam), _NEVER, np.float32)
    scores[:, 0] = 0.0
    alive = np.ones((count, beam), bool)
    for time in range(1, longest + 1):
        line, place = np.nonzero(alive & (scores > _NEVER / 2))
        if not len(line):
            break
        last = _last_gains(network, source[line], found[line, place, :time], suppressed)            # (rows, V)
        gains = np.full((count, beam, last.shape[1]), _NEVER, np.float32)
        gains[line, place] = last
        gains[~alive, PADDING] = 0.0                                            # a text that has ended stays as it is
        total = (scores[:, :, None] + gains).reshape(count, -1)                 # (N, B * V)
        chosen = np.argsort(-total, axis=1, kind="stable")[:, :beam]
        scores = np.take_along_axis(total, chosen, axis=1)
        places, token = np.divmod(chosen, last.shape[1])
        found = np.take_along_axis(found, places[:, :, None], axis=1)
        found[:, :, time] = token
        alive = np.take_along_axis(alive, places, axis=1) & (token != END)
    found[:, :, -1][alive] = END
    return Sequences(found[:, :, 1:], scores)


def _last_gains(network: Callable[..., Tuple[np.ndarray, ...]], source: np.ndarray, prefix: np.ndarray,
                suppressed: Sequence[int]) -> np.ndarray:
    """Log probabilities of the tokens after prefixes, (rows, V)."""
    (logits,) = network(source.astype(np.float32), prefix.astype(np.float32))   # (rows, T, V)
    gains = log_softmax(logits[:, -1])
    gains[:, suppressed] = _NEVER
    return gains
