"""What the loss is compared with, the loss against NumPy, the network's shapes, and that it can learn."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.lines.ssd.anchors import LINES, WORDS, decode
from ocr.lines.ssd.training import LineTask, make_targets
from ocr.lines.ssd.ground_truth import make_scene
from ocr.lines.ssd.augmentation import TrainingCrop

SIZE = 64, 128
NONE = np.zeros((0, 5))


def view(lines=NONE, words=NONE, cut_lines=NONE, cut_words=NONE, unknown=NONE):
    return TrainingCrop(np.full(SIZE, 240, np.uint8), *(np.reshape(boxes, (-1, 5)).astype(float)
                                                for boxes in (lines, words, cut_lines, cut_words, unknown)))


def test_targets_decode_to_the_ground_truth():
    words = np.array([(30, 30, 20, 12, 0.0), (90, 32, 40, 18, 0.05)])
    targets = make_targets(view(lines=[(64, 31, 110, 20, 0.02)], words=words), SIZE)
    chosen = targets["word_match"] == 1
    boxes = decode(targets["word_offsets"][chosen], WORDS.boxes(SIZE)[chosen])
    assert all(np.abs(words - box).max(axis=1).min() < 0.01 for box in boxes) and len(boxes) >= 2
    assert (targets["line_match"] == 1).any()


def test_anchors_of_cut_words_are_ignored():
    targets = make_targets(view(cut_words=[(90, 32, 40, 18, 0)]), SIZE)
    assert set(targets["word_match"]) == {0.0, -1.0}


def test_anchors_in_lines_without_words_are_ignored():
    targets = make_targets(view(lines=[(64, 31, 110, 20, 0)], unknown=[(64, 31, 110, 20, 0)]), SIZE)
    boxes, match = WORDS.boxes(SIZE), targets["word_match"]
    assert (match[(np.abs(boxes[:, 1] - 31) < 10) & (np.abs(boxes[:, 0] - 64) < 50)] == -1).all()
    assert (match[boxes[:, 1] > 50] == 0).all() and (targets["line_match"] == 1).any()


def test_an_epoch_has_the_set_number_of_crops_of_every_page_and_some_without_handwriting(bar_page):
    task = LineTask([make_scene(*bar_page, 590)] * 10, [], batch_size=2, views=2, printed=1)
    plan = task.plan(np.random.default_rng(0))
    assert len(plan) == 11 and sorted(np.concatenate(plan)) == [-1, -1] + sorted(list(range(10)) * 2)


def test_pictures_without_handwriting_have_nothing_to_be_found(bar_page):
    task = LineTask([make_scene(*bar_page, 590)], [], printed=3)
    batch, again = (task.batch(np.array([-1, 0, -1]), np.random.default_rng(5)) for _ in range(2))
    assert all((batch[name] == again[name]).all() for name in batch)
    for name in ("line_match", "word_match"):
        assert (batch[name][[0, 2]] == 0).all()
    assert batch["images"].std(axis=(1, 2, 3)).min() > 0


def reference_loss(values, match, offsets):
    """One image's part of the loss and its number of positives."""
    logits, positive = values[:, 0], match == 1
    entropy = np.log1p(np.exp(-np.abs(logits))) + np.maximum(logits, 0) - logits * positive
    hardest = np.sort(entropy[match == 0])[::-1][:max(3 * positive.sum(), 32)]
    off = np.abs(values[positive, 1:] - offsets[positive])
    misplaced = np.where(off < 1, off ** 2 / 2, off - 0.5).sum()
    return entropy[positive].sum() + hardest.sum() + 0.5 * misplaced, positive.sum()


def test_the_loss_takes_the_hardest_background_of_each_picture():
    pytest.importorskip("mxnet")
    from ocr.engine.gluon import import_mxnet
    from ocr.lines.ssd.training import _detection_loss

    mx, rng = import_mxnet(), np.random.default_rng(0)
    values = [rng.normal(size=(2, count, 6)).astype(np.float32) for count in (300, 900)]
    matches = [rng.choice([0, 0, 0, 0, 0, 0, 0, 0, 1, -1], size=array.shape[:2]).astype(np.float32) for array in values]
    matches[0][1] = np.where(matches[0][1] == 1, 0, matches[0][1])          # an image without lines
    offsets = [rng.normal(size=(*array.shape[:2], 5)).astype(np.float32) for array in values]
    loss = _detection_loss(mx, 3.0)
    fed = [mx.nd.array(array) for array in (*values, matches[0], offsets[0], matches[1], offsets[1])]
    expected = 0.0
    for parts in zip(values, matches, offsets):
        totals = np.array([reference_loss(*one) for one in zip(*parts)]).sum(axis=0)
        expected += totals[0] / max(totals[1], 16)
    assert float(loss(*fed).asscalar()) == pytest.approx(expected, rel=1e-4)


def test_the_network_has_one_row_of_values_for_each_default_box_and_learns():
    pytest.importorskip("mxnet")
    from ocr.engine.gluon import GluonLearner
    from ocr.lines.ssd.training import trace_detector

    learner = GluonLearner(trace_detector(seed=1))
    target = make_targets(view(lines=[(64, 31, 110, 20, 0.02)], words=[(30, 30, 20, 12, 0), (90, 32, 40, 18, 0)]), SIZE)
    images = np.random.default_rng(0).random((2, 1, *SIZE)).astype(np.float32)
    batch = {"images": images, **{name: np.stack([array] * 2) for name, array in target.items()}}
    losses = [learner.step(batch, 2e-3, seed) for seed in range(25)]
    assert losses[-1] < losses[0] / 3
    lines, words = learner.outputs({"images": images[:1, :, :32]})
    assert lines.shape == (1, len(LINES.boxes((32, 128))), 6) and words.shape == (1, len(WORDS.boxes((32, 128))), 6)
