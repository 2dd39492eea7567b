"""Random views: boxes stay on the ink, what is cut off is not asked for, and a seed gives one view."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.lines.ssd.boxes import corners
from ocr.lines.ssd.ground_truth import make_scene
from ocr.lines.ssd.augmentation import random_region, random_crop

SIZE = 256, 320


@pytest.fixture
def scene(bar_page):
    return make_scene(*bar_page, 590)


def test_words_stay_on_the_ink_whatever_the_view(scene):
    inside, outside = [], []
    for seed in range(60):
        view = random_crop(scene, SIZE, np.random.default_rng(seed))
        assert view.pixels.shape == SIZE and view.pixels.dtype == np.uint8
        taken = np.zeros(SIZE, bool)
        for outline in corners(np.concatenate([view.words, view.cut_words])):
            low, high = np.clip(np.round(outline.min(axis=0)).astype(int), 0, None), np.round(outline.max(axis=0)).astype(int)
            taken[low[1]:high[1], low[0]:high[0]] = True
        for x, y, width, height, _ in view.words:
            core = view.pixels[max(int(y - height / 4), 0):int(y + height / 4) + 1, max(int(x - width / 4), 0):int(x + width / 4) + 1]
            inside.append(float(np.median(core)) if core.size else 255.0)
        outside.append(float(np.median(view.pixels[~taken])))
    assert len(inside) > 150 and np.mean(np.array(inside) < np.median(outside) - 40) > 0.97


def test_boxes_are_cut_to_the_picture(scene):
    for seed in range(60):
        view = random_crop(scene, SIZE, np.random.default_rng(seed))
        for boxes in (view.lines, view.words):
            left, right = boxes[:, 0] - boxes[:, 2] / 2, boxes[:, 0] + boxes[:, 2] / 2
            assert (left > -0.06 * boxes[:, 2] - 2).all() and (right < SIZE[1] + 0.06 * boxes[:, 2] + 2).all()
            assert (np.abs(boxes[:, 4]) < 0.35).all()


def test_a_seed_gives_one_view(scene):
    first, again, other = (random_crop(scene, SIZE, np.random.default_rng(seed)) for seed in (4, 4, 5))
    assert np.array_equal(first.pixels, again.pixels) and np.array_equal(first.words, again.words)
    assert not np.array_equal(first.pixels, other.pixels)


def test_regions_are_of_all_kinds(scene):
    found = [random_region(scene, np.random.default_rng(seed)) for seed in range(200)]
    widths = [np.ptp(outline[:, 0]) for outline in found]
    assert {len(outline) for outline in found} >= {4, 12}
    assert max(widths) == pytest.approx(590) and min(widths) < 300
