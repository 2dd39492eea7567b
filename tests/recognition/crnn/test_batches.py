"""Normalising, padding and grouping of line images."""
from __future__ import annotations

import numpy as np

from ocr.recognition.crnn.batches import group_by_width, normalise_line_image, stack


def test_paper_is_zero_and_ink_positive_on_any_paper():
    line_image = np.full((48, 200), 180, np.uint8)
    line_image[20:28, 50:90] = 30
    ready = normalise_line_image(line_image)
    assert ready[0, 0] == 0 and ready[24, 60] > 1
    darker = normalise_line_image((line_image * 0.8).astype(np.uint8))
    assert abs(darker[24, 60] - ready[24, 60]) < 0.3 * ready[24, 60]


def test_strips_are_padded_right_with_paper_and_frames_count_their_own_columns():
    batch = stack([np.full((48, 100), 200, np.uint8), np.full((48, 33), 90, np.uint8)])
    assert batch.images.shape == (2, 1, 48, 128)
    assert batch.frames.tolist() == [25, 9]
    assert not batch.images[1, 0, :, 33:].any()


def test_a_card_may_give_another_reduction_and_step():
    batch = stack([np.full((48, 100), 200, np.uint8)], reduction=8, width_step=64)
    assert batch.images.shape[3] == 128 and batch.frames.tolist() == [13]


def test_groups_hold_every_item_once_and_stay_within_their_size():
    widths = np.random.default_rng(0).integers(1, 900, 200)
    groups = group_by_width(widths, columns=2000, max_items=8)
    assert sorted(np.concatenate(groups).tolist()) == list(range(200))
    assert all(len(group) * widths[group].max() <= 2000 and len(group) <= 8 for group in groups)


def test_an_item_wider_than_a_batch_is_alone():
    assert [group.tolist() for group in group_by_width([5000, 10], columns=100)] == [[1], [0]]
