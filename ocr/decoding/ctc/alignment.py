"""Where the characters of a known reading stand: the most probable CTC path that yields it (forced alignment), many lines in parallel.

Axes: N lines, T frames, F of all lines together, C classes (the characters, then the CTC blank), K characters of a reading,
S = 2 K + 1 states of a path: a blank, the first character, a blank, the second, and so on.
"""
from __future__ import annotations

from typing import List, Sequence, Tuple, Union

import numpy as np

_LOG_ZERO = np.float32(-1e30)
_MAX_BYTES = 50_000_000       # of back-pointers that are kept at a time


def align(lines: Sequence[np.ndarray], readings: Sequence[Union[Sequence[int], np.ndarray]]) -> List[Tuple[float, np.ndarray]]:
    """Find the most probable path of each line that yields its reading.

    Parameters
    ----------
    lines : (T, C) float32 log-probabilities each, blank last.
    readings : class numbers of K characters each, none of them the blank.

    Returns
    -------
    For each line the log-probability of that path, and the frames of its characters, (K, 2) int64, [start, end). Where a
    line has too few frames for its reading, the logarithm is -inf and all frames are 0.

    Source
    ------
    Rabiner, A tutorial on hidden Markov models, 1989, section III B, over the states of Graves et al., ICML 2006, 4.1.
    """
    if not lines:
        return []
    order = sorted(range(len(lines)), key=lambda index: -len(lines[index]))
    counts = np.array([len(lines[index]) for index in order])                   # (N,)
    states = 2 * max(len(reading) for reading in readings) + 1
    if 2 * counts[0] * states * len(lines) > _MAX_BYTES and len(lines) > 1:
        half = len(lines) // 2
        return align(lines[:half], readings[:half]) + align(lines[half:], readings[half:])
    frames, starts = np.concatenate([lines[index] for index in order]), counts.cumsum() - counts        # (F, C), (N,)
    labels = np.full((len(lines), states), frames.shape[1] - 1)                   # (N, S)
    for row, index in enumerate(order):
        labels[row, 1:2 * len(readings[index]):2] = readings[index]
    skips = np.full(labels.shape, _LOG_ZERO, np.float32)                           # blanks between different characters may be skipped
    skips[:, 3::2][labels[:, 3::2] != labels[:, 1:-2:2]] = 0.0
    best = np.full((len(lines), states + 2), _LOG_ZERO, np.float32)                  # two states without paths come first
    best[:, 2] = 0.0                                                            # before the first frame
    one, two = (np.zeros((counts[0], *labels.shape), bool) for _ in range(2))   # back-pointers: one state on, two states on
    for time in range(counts[0]):
        going = (counts > time).sum()
        before = best[:going]
        stay = np.maximum(before[:, 2:], before[:, 1:-1])
        skip = before[:, :-2] + skips[:going]
        np.greater(before[:, 1:-1], before[:, 2:], out=one[time, :going])
        np.greater(skip, stay, out=two[time, :going])
        best[:going, 2:] = np.maximum(stay, skip) + frames[starts[:going, None] + time, labels[:going]]
    found: List[Tuple[float, np.ndarray]] = [(0.0, np.zeros((0, 2), np.int64))] * len(lines)
    for row, index in enumerate(order):
        last, ends = 2 * len(readings[index]), best[row, 2:]
        state = last if not last or ends[last] >= ends[last - 1] else last - 1
        places = np.zeros((len(readings[index]), 2), np.int64)
        if ends[state] < _LOG_ZERO / 2:
            found[index] = (-np.inf, places)
        else:
            _trace(one[:counts[row], row], two[:counts[row], row], state, places)
            found[index] = (float(ends[state]), places)
    return found


def _trace(one: np.ndarray, two: np.ndarray, state: int, places: np.ndarray) -> None:
    """Backtrack from the last state of a path, (T, S) back-pointers, and fill in the frames of its characters, (K, 2)."""
    for time in range(len(one) - 1, -1, -1):
        if state % 2:
            places[state // 2, 0] = time
            places[state // 2, 1] = max(places[state // 2, 1], time + 1)
        state -= 2 if two[time, state] else int(one[time, state])
