"""Words find their lines, lines without words stay, words without lines make one."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.lines.ssd.assembly import assemble
from ocr.lines.ssd.boxes import level
from ocr.lines.ssd.detection import Detections


def words_on(track, lefts, width=60.0, height=20.0):
    """Words on the middle line of a box."""
    x = np.array(lefts, float) + width / 2
    return np.column_stack([x, level(track, x), np.full(len(x), width), np.full(len(x), height), np.full(len(x), track[4])])


def found(lines=(), words=(), line_scores=None, word_scores=None):
    lines, words = np.reshape(lines, (-1, 5)).astype(float), np.reshape(words, (-1, 5)).astype(float)
    return Detections(lines, np.full(len(lines), 0.9) if line_scores is None else np.array(line_scores),
                      words, np.full(len(words), 0.9) if word_scores is None else np.array(word_scores))


def rows(lines):
    return sorted(round(float(line.box[1])) for line in lines)


def test_words_go_to_the_line_that_passes_nearest_and_stand_from_left_to_right():
    tracks = np.array([(300, 100, 500, 40, 0.0), (300, 132, 500, 40, 0.0)])
    words = np.concatenate([words_on(tracks[1], (400, 60)), words_on(tracks[0], (200, 60, 330))])
    lines = sorted(assemble(found(tracks, words)), key=lambda line: line.box[1])
    assert [len(line.words) for line in lines] == [3, 2]
    assert [word[0] for word in lines[0].words] == [90, 230, 360]


@pytest.mark.parametrize("slope", [-0.15, 0.15])
def test_words_of_slanted_lines_are_not_mixed(slope):
    """Over its length each line falls by three times the distance to the next."""
    tracks = np.array([(320, 200 + 35 * row, 600, 28, slope) for row in range(4)])
    words = np.concatenate([words_on(track, range(30, 560, 75)) for track in tracks])
    for lines in (assemble(found(tracks, words)), assemble(found((), words))):
        assert [len(line.words) for line in lines] == [8] * 4
        assert all(line.box[4] == pytest.approx(slope, abs=0.01) and line.box[3] < 30 for line in lines)


def test_words_without_a_line_make_one_but_a_doubtful_word_alone_does_not():
    words = np.concatenate([words_on(np.array([0, 50, 0, 0, 0.0]), (20, 100, 190)), words_on(np.array([0, 300, 0, 0, 0.0]), (20,))])
    assert rows(assemble(found((), words, word_scores=[0.6, 0.6, 0.6, 0.45]))) == [50]
    assert rows(assemble(found((), words, word_scores=[0.6, 0.6, 0.6, 0.8]))) == [50, 300]


def test_a_line_without_words_stays_if_it_is_sure():
    tracks = [(300, 100, 500, 30, 0), (300, 200, 500, 30, 0)]
    (line,) = assemble(found(tracks, line_scores=[0.9, 0.45]))
    assert line.box[1] == 100 and len(line.words) == 0 and 0 < line.baseline < 15


def test_pieces_of_one_line_are_joined_and_neighbours_are_not():
    pieces = [(150, 100, 300, 30, 0.02), (430, 106, 300, 30, 0.02), (300, 140, 500, 30, 0.02)]
    lines = assemble(found(pieces))
    assert len(lines) == 2
    joined = min(lines, key=lambda line: line.box[1])
    assert joined.box[2] == pytest.approx(580) and joined.box[4] == pytest.approx(0.02, abs=0.005)


def test_two_columns_stay_two_lines():
    pieces = [(100, 100, 180, 30, 0), (500, 100, 180, 30, 0)]
    words = np.concatenate([words_on(np.array(piece, float), (piece[0] - 85, piece[0] + 15)) for piece in pieces])
    assert [len(line.words) for line in assemble(found(pieces, words))] == [2, 2]


def test_the_baseline_is_the_line_boxs_whatever_hangs_below_it():
    track = np.array([300, 100, 560, 40, 0.0])
    words = words_on(track, range(30, 500, 70))
    words[2, 1] += 15
    words[2, 3] += 30                                                       # this word reaches down by 30 more
    (line,) = assemble(found([track], words))
    assert line.box[1] + line.baseline == pytest.approx(108, abs=1e-6) and line.box[1] > 100


def test_a_line_that_lies_in_a_better_one_goes():
    tracks = [(300, 100, 500, 40, 0), (300, 115, 500, 40, 0), (300, 150, 500, 40, 0)]
    assert rows(assemble(found(tracks, line_scores=[0.8, 0.9, 0.7]))) == [115, 150]


def test_a_line_ends_with_its_words_unless_one_seems_missing():
    words = words_on(np.array([0, 100, 0, 30, 0.0]), (100, 180, 260))
    (close,) = assemble(found([(210, 100, 232, 30, 0)], words))
    assert (close.box[0] - close.box[2] / 2, close.box[0] + close.box[2] / 2) == (100, 320)
    (far,) = assemble(found([(250, 100, 400, 30, 0)], words))
    assert (far.box[0] - far.box[2] / 2, far.box[0] + far.box[2] / 2) == (50, 450)


def test_nothing_found_is_no_line():
    assert assemble(found()) == []


def test_thousands_of_boxes_end_in_time_and_without_deep_recursion():
    rng = np.random.default_rng(0)
    boxes = np.stack([rng.uniform(0, 640, 1500), rng.uniform(0, 3000, 1500), rng.uniform(20, 90, 1500),
                      rng.uniform(10, 30, 1500), rng.uniform(-0.2, 0.2, 1500)], axis=1)
    lines = assemble(Detections(boxes, rng.uniform(0.4, 1, 1500), boxes, rng.uniform(0.4, 1, 1500)))
    assert 0 < len(lines) <= 3000
