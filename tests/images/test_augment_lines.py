"""Augmented line images stay line images: same height, readable ink, same seed same pixels."""
from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr.images.augment_lines import EFFECTS, augment_line, warp


@pytest.fixture(scope="module")
def line_image():
    pixels = np.full((48, 400), 235, np.uint8)
    cv2.putText(pixels, "Handwriting", (12, 34), cv2.FONT_HERSHEY_SCRIPT_COMPLEX, 1.0, 30, 2, cv2.LINE_AA)
    return pixels


def test_seed_decides(line_image):
    first, again, other = (augment_line(line_image, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert first.shape != other.shape or not np.array_equal(first, other)


def test_strength_zero_changes_nothing_and_the_input_is_never_touched(line_image):
    before = line_image.copy()
    assert np.array_equal(augment_line(line_image, np.random.default_rng(0), 0.0), line_image)
    for seed in range(30):
        augment_line(line_image, np.random.default_rng(seed))
    assert np.array_equal(line_image, before)


@pytest.mark.parametrize("effect", [effect for effect, _ in EFFECTS], ids=lambda effect: effect.__name__)
def test_each_effect_keeps_the_shape_and_the_ink(line_image, effect):
    ink = line_image < 100
    for seed in range(12):
        changed = effect(line_image, np.random.default_rng(seed), 1.0)
        assert changed.shape == line_image.shape and changed.dtype == np.uint8
        assert changed[~ink].mean() - changed[ink].mean() > 12                  # still dark on light
    assert any(not np.array_equal(effect(line_image, np.random.default_rng(seed), 1.0), line_image) for seed in range(5))


def test_warp_keeps_all_of_the_ink_inside(line_image):
    for seed in range(40):
        changed = warp(line_image, np.random.default_rng(seed))
        assert changed.shape[0] == 48 and 0.7 * 400 < changed.shape[1] < 2 * 400
        columns = np.flatnonzero((changed < 120).any(axis=0))
        assert columns[0] > 0 and columns[-1] < changed.shape[1] - 1            # nothing is cut at the ends
        assert 0.5 < (changed < 120).sum() / (line_image < 120).sum() < 1.8


def test_smallest_line_images_survive():
    for height, width in ((16, 8), (32, 8), (48, 9), (64, 3000)):
        for seed in range(25):
            pixels = np.random.default_rng(seed).integers(0, 255, (height, width), dtype=np.uint8)
            assert augment_line(pixels, np.random.default_rng(seed)).shape[0] == height
