"""Default boxes: their order, matching against brute force, offsets there and back, and suppression."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.lines.ssd.anchors import BACKGROUND, IGNORED, LINES, WORDS, AnchorMap, decode, encode, suppress

SIZE = 128, 256
SMALL = AnchorMap((8, 16), ((10.0, 20.0), (20.0, 60.0)))


def upright_iou(boxes, ground_truth):
    """(A, T), by the book."""
    a, t = boxes[:, None], ground_truth[None]
    shared = [np.maximum(np.minimum(a[..., i] + a[..., j] / 2, t[..., i] + t[..., j] / 2)
                         - np.maximum(a[..., i] - a[..., j] / 2, t[..., i] - t[..., j] / 2), 0) for i, j in ((0, 2), (1, 3))]
    shared = shared[0] * shared[1]
    return shared / (a[..., 2] * a[..., 3] + t[..., 2] * t[..., 3] - shared)


def random_boxes(count, seed):
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.uniform(0, SIZE[1], count), rng.uniform(0, SIZE[0], count), rng.uniform(6, 150, count),
                            rng.uniform(6, 60, count), rng.uniform(-0.1, 0.1, count)])


def test_boxes_are_listed_row_by_row_column_by_column_shape_by_shape():
    boxes = SMALL.boxes((32, 64))
    assert boxes.shape == (4 * 4 * 2, 5)
    assert boxes[0].tolist() == [8, 4, 20, 10, 0] and boxes[1].tolist() == [8, 4, 60, 20, 0]
    assert boxes[2, :2].tolist() == [24, 4] and boxes[8, :2].tolist() == [8, 12]


@pytest.mark.parametrize("anchors", [SMALL, LINES, WORDS])
@pytest.mark.parametrize("seed", range(4))
def test_matching_is_that_of_all_pairs(anchors, seed):
    ground_truth = random_boxes(9, seed)
    iou = upright_iou(anchors.boxes(SIZE), ground_truth)
    expected = iou.argmax(axis=1)
    expected[iou.max(axis=1) < 0.5] = IGNORED
    expected[iou.max(axis=1) < 0.4] = BACKGROUND
    for index in np.argsort(iou.max(axis=0), kind="stable"):
        if iou[:, index].max() > 0:
            expected[iou[:, index].argmax()] = index
    found = anchors.match(ground_truth, SIZE)
    for wrong in np.flatnonzero(found != expected):                     # only ties may fall differently
        pair = [iou[wrong, i] for i in (found[wrong], expected[wrong]) if i >= 0]
        assert found[wrong] >= 0 or expected[wrong] >= 0
        assert max(pair) == pytest.approx(iou[:, max(found[wrong], expected[wrong])].max(), abs=1e-5)


def test_every_ground_truth_box_is_matched_even_one_smaller_than_a_cell():
    ground_truth = np.array([(3.0, 3.0, 3.0, 2.0, 0.0), (250.0, 127.0, 4.0, 2.0, 0.0), (130.0, 60.0, 250.0, 3.0, 0.0)])
    assert set(WORDS.match(ground_truth, SIZE)) >= {0, 1, 2}


def test_nothing_to_find_is_all_background():
    assert set(LINES.match(np.zeros((0, 5)), SIZE)) == {BACKGROUND}


def test_decoding_undoes_encoding():
    ground_truth = random_boxes(50, 5)
    anchors = WORDS.boxes(SIZE)[:: len(WORDS.boxes(SIZE)) // 50][:50]
    assert np.allclose(decode(encode(ground_truth, anchors), anchors), ground_truth, atol=1e-4)


def test_suppression_keeps_lines_that_reach_into_each_other_and_drops_duplicates_and_pieces():
    lines = np.array([(300, 100, 500, 44, 0), (300, 130, 500, 44, 0), (302, 101, 490, 42, 0), (150, 100, 150, 40, 0)], float)
    kept, scores = suppress(lines, np.array([0.9, 0.8, 0.7, 0.6]), 0.4, 0.6)
    assert scores.tolist() == [0.9, 0.8]
    assert kept[0, 0] == pytest.approx(np.average([300, 302], weights=[0.9, 0.7]))
    assert kept[1].tolist() == [300, 130, 500, 44, 0]


def test_suppression_follows_the_slope():
    apart = np.array([(100, 100, 200, 30, 0.15), (300, 130, 200, 30, 0.15), (300, 100, 200, 30, 0.15)], float)
    assert len(suppress(apart, np.array([0.9, 0.8, 0.7]), 0.4, 0.6)[0]) == 3
    assert suppress(np.zeros((0, 5)), np.zeros(0), 0.4, 0.6)[0].shape == (0, 5)
