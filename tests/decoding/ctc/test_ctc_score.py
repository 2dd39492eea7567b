"""Forward probabilities against the sum over every path, one by one."""
from __future__ import annotations

import itertools

import numpy as np
import pytest

from ocr.decoding.ctc.alignment import align
from ocr.decoding.ctc.best_path import log_softmax
from ocr.decoding.ctc.ctc_score import forward_scores

BLANK = 3
READINGS = [(), (0,), (1, 2), (0, 0), (0, 1, 0), (2, 2, 2), (0, 0, 1, 1)]


def random_line(frames, seed, classes=BLANK + 1, scale=3.0):
    return log_softmax(np.random.default_rng(seed).normal(size=(frames, classes)).astype(np.float32) * np.float32(scale))


def over_all_paths(line):
    """Probability of every reading: each path is spelt by merging repeats and dropping blanks."""
    found = {}
    for path in itertools.product(range(line.shape[1]), repeat=len(line)):
        reading = tuple(label for label, _ in itertools.groupby(path) if label != BLANK)
        probability = np.exp(sum(float(line[time, label]) for time, label in enumerate(path)))
        found[reading] = found.get(reading, 0.0) + float(probability)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_every_reading_has_the_sum_of_all_its_paths(seed):
    lines = [random_line(frames, 10 * seed + frames) for frames in (3, 0, 6, 1, 5)]     # in step, though none is as long
    for line, scores in zip(lines, forward_scores(lines, [READINGS] * len(lines))):
        expected = over_all_paths(line)
        for reading, score in zip(READINGS, scores):
            assert np.exp(score) == pytest.approx(expected.get(reading, 0.0), rel=1e-5, abs=0.0)


def test_readings_of_one_line_do_not_meet_those_of_another():
    lines = [random_line(5, 1), random_line(8, 2)]
    together = forward_scores(lines, [[(0, 1)], [(2,), (0, 1), (1, 1, 2)]])
    assert [len(scores) for scores in together] == [1, 3]
    for line, readings, scores in zip(lines, [[(0, 1)], [(2,), (0, 1), (1, 1, 2)]], together):
        for reading, score in zip(readings, scores):
            assert forward_scores([line], [[reading]])[0][0] == score


def test_a_long_line_of_unlikely_letters_neither_vanishes_nor_beats_its_best_path():
    line = random_line(400, 5, scale=20.0)
    reading = [0, 1, 2, 1] * 40
    (score,), ((best, _),) = forward_scores([line], [[reading]])[0], align([line], [reading])
    assert best <= score < best + 100 and score < -1000


def test_too_few_frames_are_told_from_unlikely_ones():
    line = random_line(3, 0)
    assert forward_scores([line], [[(0, 1, 2), (0, 0), (0, 1, 2, 0), (1, 1, 2)]])[0].tolist()[2:] == [-np.inf, -np.inf]
    assert np.isfinite(forward_scores([line], [[(0, 1, 2), (0, 0)]])[0]).all()


def test_nothing_asked_nothing_answered():
    assert forward_scores([], []) == []
    assert [scores.tolist() for scores in forward_scores([random_line(2, 0), random_line(0, 0)], [[], [()]])] == [[], [0.0]]
