"""Where the characters of a known reading stand: the most probable CTC path that spells it, many lines in step.

Axes: N lines, T frames, C classes (the characters, then the CTC blank), K characters of a reading, S = 2 K + 1 states of a
path: a blank, the first character, a blank, the second, and so on.
"""
from __future__ import annotations

from typing import List, Sequence, Tuple

import numpy as np

_NEVER = np.float32(-1e30)
_LARGEST = 50_000_000       # bytes of steps that are kept at a time


def align(lines: Sequence[np.ndarray], readings: Sequence[Sequence[int]]) -> List[Tuple[float, np.ndarray]]:
    """Find the most probable path of each line that spells its reading.

    Parameters
    ----------
    lines : (T, C) float32 log probabilities each, blank last.
    readings : class numbers of K characters each, none of them the blank.

    Returns
    -------
    For each line the log probability of that path, and the frames of its characters, (K, 2) int64, [start, end). Where a
    line has too few frames for its reading, the logarithm is -inf and all frames are 0.

    Source
    ------
    Rabiner, A tutorial on hidden Markov models, 1989, section III B, over the states of Graves et al., ICML 2006, 4.1.
    """
    if not lines:
        return []
    order = sorted(range(len(lines)), key=lambda index: -len(lines[index]))
    frames = max(len(line) for line in lines)
    most = 2 * max(len(reading) for reading in readings) + 1
    if frames * most * len(lines) > _LARGEST and len(lines) > 1:
        half = len(lines) // 2
        return align(lines[:half], readings[:half]) + align(lines[half:], readings[half:])
    blank = lines[0].shape[1] - 1
    labels = np.full((len(lines), most), blank, np.int64)                       # (N, S)
    for row, index in enumerate(order):
        labels[row, 1:2 * len(readings[index]):2] = readings[index]
    skips = np.zeros(labels.shape, bool)                                        # a blank between two letters may be left out
    skips[:, 3::2] = labels[:, 3::2] != labels[:, 1:-2:2]
    best = np.full(labels.shape, _NEVER, np.float32)
    best[:, 0] = 0.0                                                            # stands before the first frame
    steps = np.zeros((frames, *labels.shape), np.uint8)                         # states that each frame goes on by
    for time in range(frames):
        count = sum(len(lines[index]) > time for index in order)
        here = np.stack([lines[index][time] for index in order[:count]])        # (n, C)
        came = np.full((3, count, most), _NEVER, np.float32)
        came[0] = best[:count]
        came[1, :, 1:] = best[:count, :-1]
        came[2, :, 2:] = np.where(skips[:count, 2:], best[:count, :-2], _NEVER)
        steps[time, :count] = came.argmax(axis=0)
        best[:count] = came.max(axis=0) + np.take_along_axis(here, labels[:count], axis=1)
    found: List[Tuple[float, np.ndarray]] = [(0.0, np.zeros((0, 2), np.int64))] * len(lines)
    for row, index in enumerate(order):
        last = 2 * len(readings[index])
        state = last if not last or best[row, last] >= best[row, last - 1] else last - 1
        found[index] = (float(best[row, state]), _trace(steps[:len(lines[index]), row], state, len(readings[index])))
        if best[row, state] < _NEVER / 2:
            found[index] = (-np.inf, np.zeros((len(readings[index]), 2), np.int64))
    return found


def _trace(steps: np.ndarray, state: int, count: int) -> np.ndarray:
    """Go back from the last state of a path, (T, S) steps, and note the frames of each of its characters, (K, 2)."""
    places = np.zeros((count, 2), np.int64)
    for time in range(len(steps) - 1, -1, -1):
        if state % 2:
            places[state // 2, 0] = time
            places[state // 2, 1] = max(places[state // 2, 1], time + 1)
        state -= int(steps[time, state])
    return places
