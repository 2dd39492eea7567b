"""Alignment against all paths of short lines, and paths of long ones that spell the reading."""
from __future__ import annotations

import itertools

import numpy as np
import pytest

from ocr.decoding.ctc import alignment
from ocr.decoding.ctc.alignment import align
from ocr.decoding.ctc.best_path import log_softmax

BLANK = 2


def random_line(frames, seed, classes=BLANK + 1):
    return log_softmax(np.random.default_rng(seed).normal(size=(frames, classes)).astype(np.float32) * 2)


def best_path(line, reading):
    """Log probability of the best of all paths that spell a reading, and the frames of its characters."""
    best, frames = -np.inf, [(0, 0)] * len(reading)
    for path in itertools.product(range(BLANK + 1), repeat=len(line)):
        runs = [(label, [time for time, _ in run])
                for label, run in itertools.groupby(enumerate(path), lambda step: step[1])]
        if [label for label, _ in runs if label != BLANK] == list(reading):
            probability = sum(float(frame[label]) for frame, label in zip(line, path))
            if probability > best:
                best, frames = probability, [(times[0], times[-1] + 1) for label, times in runs if label != BLANK]
    return best, frames


def texts_up_to(characters):
    return [text for length in range(characters + 1) for text in itertools.product(range(BLANK), repeat=length)]


@pytest.mark.parametrize("frames", [0, 1, 2, 4])
def test_every_reading_equals_the_best_of_all_paths(frames):
    for seed in range(3):
        line = random_line(frames, seed)
        for reading in texts_up_to(3):
            (score, places), = align([line], [reading])
            expected, where = best_path(line, reading)
            assert score == pytest.approx(expected, abs=1e-5), reading
            assert places.shape == (len(reading), 2) and [tuple(place) for place in places.tolist()] == where, reading


def test_lines_together_equal_the_best_of_all_paths():
    rng = np.random.default_rng(4)
    lines = [random_line(frames, 30 + index) for index, frames in enumerate((2, 6, 0, 5, 6, 1, 3))]
    readings = [(0,), (1, 1, 0), (), (), (0, 0, 0), (1, 0), (1, 1)]
    for _ in range(3):
        order = rng.permutation(len(lines))
        for index, (score, places) in zip(order, align([lines[at] for at in order], [readings[at] for at in order])):
            expected, where = best_path(lines[index], readings[index])
            assert score == pytest.approx(expected, abs=1e-5)
            assert [tuple(place) for place in places.tolist()] == where


def test_what_would_take_too_much_memory_at_once_is_aligned_in_parts(monkeypatch):
    lines = [random_line(frames, frames) for frames in (6, 2, 9, 0, 4)]
    readings = [(0, 1), (1,), (0, 0, 1), (), (1, 1)]
    whole = align(lines, readings)
    monkeypatch.setattr(alignment, "_MAX_BYTES", 100)
    for (score, places), (expected, where) in zip(align(lines, readings), whole):
        assert score == expected and np.array_equal(places, where)


def test_repeated_letters_need_a_blank_between():
    line = random_line(2, 0)
    assert align([line], [(0, 0)])[0][0] == -np.inf
    line = np.log(np.array([[0.9, 0.05, 0.05]] * 3, np.float32))
    (score, places), = align([line], [(0, 0)])
    assert np.exp(score) == pytest.approx(0.9 * 0.05 * 0.9, rel=1e-5)
    assert places.tolist() == [[0, 1], [2, 3]]


@pytest.mark.parametrize("frames, reading", [(0, (0,)), (1, (0, 1)), (2, (0, 1, 0)), (4, (1, 1, 1)), (3, (0, 0, 1))])
def test_too_few_frames(frames, reading):
    short, long = random_line(frames, 1), random_line(6, 2)
    alone, = align([short], [reading])
    beside, enough = align([short, long], [reading, reading])
    for score, places in (alone, beside):
        assert score == -np.inf and places.tolist() == [[0, 0]] * len(reading)
    assert np.isfinite(enough[0])


def test_nothing_read():
    line, nothing = random_line(5, 3), np.zeros((0, BLANK + 1), np.float32)
    (score, places), (empty, no_places) = align([line, nothing], [(), ()])
    assert score == pytest.approx(line[:, BLANK].sum(), abs=1e-5) and places.shape == (0, 2)
    assert empty == 0.0 and no_places.shape == (0, 2)
    assert [score for score, _ in align([nothing, nothing], [(), ()])] == [0.0, 0.0]
    assert align([], []) == []


def test_frames_of_long_lines_spell_the_reading_and_add_up_to_the_score():
    rng, classes = np.random.default_rng(9), 8
    lines = [random_line(frames, 50 + frames, classes) for frames in (40, 90, 61)]
    readings = [rng.integers(0, classes - 1, characters).tolist() for characters in (15, 30, 20)]
    readings[1][3:6] = [2, 2, 2]
    for line, reading, (score, places) in zip(lines, readings, align(lines, readings)):
        path = np.full(len(line), classes - 1)
        for label, (start, end) in zip(reading, places):
            assert start < end
            path[start:end] = label
        assert [label for label, _ in itertools.groupby(path) if label != classes - 1] == reading
        assert score == pytest.approx(line[np.arange(len(line)), path].sum(dtype=np.float64), abs=1e-3)
        assert (places[1:, 0] >= places[:-1, 1]).all() and places.min() >= 0 and places.max() <= len(line)


def test_clear_lines_put_each_character_where_it_is():
    path = [7, 7, 1, 1, 1, 7, 1, 3, 3, 7, 7, 5, 7]
    line = log_softmax(np.eye(8, dtype=np.float32)[path] * 9)
    (score, places), = align([line], [(1, 1, 3, 5)])
    assert places.tolist() == [[2, 5], [6, 7], [7, 9], [11, 12]]
    assert score == pytest.approx(line.max(axis=1).sum(), rel=1e-5)
