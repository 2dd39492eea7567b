"""Augmented pages keep their size, and the returned transform says where everything went."""
from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr.images.augment_pages import augment_page, lay_down, random_view, table


def page(size=(600, 420)):
    pixels = np.full(size + (3,), 240, np.uint8)
    cv2.rectangle(pixels, (100, 150), (320, 400), (40, 40, 40), -1)
    return pixels


@pytest.mark.parametrize("bands", [3, 1])
def test_transform_tells_where_the_ink_went(bands):
    pixels = page() if bands == 3 else np.ascontiguousarray(page()[..., 0])
    for seed in range(12):
        changed, transform = augment_page(pixels, np.random.default_rng(seed))
        assert changed.shape == pixels.shape and changed.dtype == np.uint8
        mask = np.zeros(pixels.shape[:2], np.uint8)
        outline = np.array(transform.points([(100, 150), (321, 150), (321, 401), (100, 401)]))
        cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], 1)
        inside = cv2.erode(mask, np.ones((9, 9))) > 0
        around = (cv2.dilate(mask, np.ones((25, 25))) > 0) & (cv2.dilate(mask, np.ones((9, 9))) == 0)
        level = changed if bands == 1 else changed.mean(axis=2)
        assert level[around].mean() - level[inside].mean() > 20


def test_seed_decides_and_strength_zero_changes_nothing():
    pixels = page()
    first, again = (augment_page(pixels, np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(first[0], again[0]) and first[1] == again[1]
    same, transform = augment_page(pixels, np.random.default_rng(7), 0.0)
    assert np.array_equal(same, pixels) and transform.points([(3, 4)]) == ((3.0, 4.0),)


def test_lay_down_maps_pixels_as_the_transform_says():
    pixels = np.full((300, 300, 3), 255, np.uint8)
    cv2.circle(pixels, (150, 120), 4, (0, 0, 0), -1)
    transform = random_view((300, 300), np.random.default_rng(5))
    changed = lay_down(pixels, transform, np.random.default_rng(0)).mean(axis=2)
    (x, y), = transform.points([(150.5, 120.5)])
    spot = changed[int(y) - 8:int(y) + 9, int(x) - 8:int(x) + 9]
    rows, columns = np.nonzero(spot < 128)
    assert abs(rows.mean() - 8) < 1 and abs(columns.mean() - 8) < 1


def test_table_fills_any_size():
    assert table((37, 1200), np.random.default_rng(0)).shape == (37, 1200, 3)
