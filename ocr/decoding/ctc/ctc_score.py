"""How probable whole readings are over a line's frames: the sum over all CTC paths that yield them, many readings in parallel.

Axis letters: T frames, C classes (the characters, then the CTC blank), M readings of all lines together, K characters of a
reading, S = 2 K + 1 states of a path: a blank, the first character, a blank, the second, and so on.
"""
from __future__ import annotations

from typing import List, Sequence

import numpy as np

_LOG_ZERO = np.float32(-1e30)


def forward_scores(lines: Sequence[np.ndarray], readings: Sequence[Sequence[Sequence[int]]]) -> List[np.ndarray]:
    """Sum the probabilities of all paths that yield each reading.

    Parameters
    ----------
    lines : (T, C) float32 log-probabilities each, blank last; T may differ and be 0.
    readings : for each line any number of readings, class numbers of K characters each, none of them the blank.

    Returns
    -------
    For each line the log-probabilities of its readings, float32; -inf where a line has too few frames.

    Source
    ------
    Graves et al., Connectionist Temporal Classification, ICML 2006, section 4.1, forward variables.
    """
    order = sorted(range(len(lines)), key=lambda index: -len(lines[index]))             # those that end first are last
    every = [reading for index in order for reading in readings[index]]
    counts = [len(readings[index]) for index in order]
    if not every:
        return [np.zeros(0, np.float32) for _ in lines]
    lengths = np.array([len(lines[index]) for index in order]).repeat(counts)           # (M,)
    starts = np.concatenate([[0], np.cumsum([len(lines[index]) for index in order])[:-1]]).repeat(counts)
    frames = np.concatenate([lines[index] for index in order])                          # (all T, C)
    sizes = np.array([len(reading) for reading in every])
    labels = np.full((len(every), 2 * int(sizes.max()) + 1), frames.shape[1] - 1, np.int64)         # (M, S)
    for row, reading in enumerate(every):
        labels[row, 1:2 * len(reading):2] = reading
    sums = _last_sums(frames, starts, lengths, labels)
    ends = np.take_along_axis(sums, 2 * sizes[:, None], axis=1)[:, 0]
    before = np.take_along_axis(sums, np.maximum(2 * sizes[:, None] - 1, 0), axis=1)[:, 0]
    total = np.where(sizes > 0, np.logaddexp(ends, before), ends)
    found = np.split(np.where(total < _LOG_ZERO / 2, np.float32(-np.inf), total), np.cumsum(counts)[:-1])
    places = {index: place for place, index in enumerate(order)}
    return [found[places[index]] for index in range(len(lines))]


def _last_sums(frames: np.ndarray, starts: np.ndarray, lengths: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Run the forward recursion of all readings in parallel; return the log forward variables of the last frame, (M, S)."""
    skips = np.zeros(labels.shape, bool)                                # blanks between different characters may be skipped
    skips[:, 3::2] = labels[:, 3::2] != labels[:, 1:-2:2]
    suppressed = np.where(skips, np.float32(0), _LOG_ZERO)[:, 2:]
    sums = np.full((len(labels), labels.shape[1] + 2), _LOG_ZERO, np.float32)              # and two states that nothing reaches
    sums[:, 2] = 0.0                                                                    # stands before the first frame
    for time in range(int(lengths.max())):
        count = int((lengths > time).sum())
        stays, steps, leaps = sums[:count, 2:], sums[:count, 1:-1], sums[:count, :-2].copy()
        leaps[:, 2:] += suppressed[:count]
        largest = np.maximum(np.maximum(stays, steps), leaps)
        total = np.exp(stays - largest) + np.exp(steps - largest) + np.exp(leaps - largest)
        here = frames[(starts[:count] + time)[:, None], labels[:count]]
        sums[:count, 2:] = np.maximum(largest + np.log(total) + here, _LOG_ZERO)
    return sums[:, 2:]
