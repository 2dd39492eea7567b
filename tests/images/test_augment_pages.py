"""Augmented pages keep their size, and the returned transform says where everything went."""
from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr.images.augment_pages import (add_noise, as_jpeg, augment_page, held_camera, lay_down, move_page, random_view,
                                      shadow, shake, table, uneven_light)
from ocr.images.rectify import turn
from ocr.page.geometry import Box, Polygon, Transform
from ocr.page.model import Line, Page, Region, Word


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


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_moved_page_is_where_its_image_went_and_as_upright(turns):
    outline = Polygon.from_box(Box(100, 150, 321, 401))
    line = Line("l", outline, ((100, 390), (321, 390)), (Word("w", outline),))
    ground_truth = Page("p", (600, 420), (Region("r", outline, (line,)),), orientation=1)
    pixels = turn(page(), turns)
    tilt, size = held_camera(pixels.shape[:2], np.random.default_rng(turns), (0.05, 0.1), 0.03)
    moved = move_page(ground_truth, Transform.quarter_turns(turns, (600, 420)).then(tilt), size)
    assert moved.size == size and moved.orientation == (1 - turns) % 4
    assert moved.regions[0].polygon == moved.regions[0].lines[0].polygon == moved.regions[0].lines[0].words[0].polygon
    ink = lay_down(pixels, tilt, np.random.default_rng(0), size, bare=1.0).max(axis=2) < 128
    mask = np.zeros(size, np.uint8)
    cv2.fillPoly(mask, [np.round(moved.regions[0].polygon.array).astype(np.int32)], 1)
    assert (ink & (mask > 0)).sum() > 0.97 * max(ink.sum(), mask.sum())
    assert all(cv2.pointPolygonTest(moved.regions[0].polygon.array.astype(np.float32), point, True) > -1
               for point in moved.regions[0].lines[0].baseline)


def test_what_is_moved_off_the_image_is_clipped_at_its_edge():
    outline = Polygon.from_box(Box(300, 150, 410, 250))
    moved = move_page(Page("p", (600, 420), (Region("r", outline),)), Transform((1, 0, 50, 0, 1, 0, 0, 0, 1)), (600, 420))
    assert moved.regions[0].polygon.box == Box(350, 150, 420, 250)


def test_a_shaken_camera_draws_points_out_along_its_way():
    pixels = np.full((61, 61), 255, np.uint8)
    pixels[30, 30] = 0
    for angle, sides in ((0, (1, 9)), (90, (9, 1)), (45, (7, 7))):
        rows, columns = np.nonzero(shake(pixels, 8, angle) < 250)
        assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == sides
        assert rows.mean() == columns.mean() == 30
    assert np.array_equal(shake(pixels, 0.0, 20), pixels)


def test_light_noise_and_compression_are_as_strong_as_requested():
    pixels, rng = np.full((300, 200, 3), 200, np.uint8), np.random.default_rng(0)
    assert 200 * 0.39 < uneven_light(pixels, rng, 0.6).min() < 160
    depths = [shadow(pixels, np.random.default_rng(seed), (0.5, 0.6)).min() / 200 for seed in range(20)]
    assert 0.38 < min(depths) and np.median(depths) < 0.55
    grey, coloured = (add_noise(pixels, rng, 10, flag).astype(float) for flag in (False, True))
    assert grey[..., 0].std() == pytest.approx(10, rel=0.05) == coloured.std()
    assert np.ptp(grey, axis=2).max() == 0 < np.ptp(coloured, axis=2).mean()
    rough, fine = (np.abs(as_jpeg(page(), quality).astype(int) - page()).mean() for quality in (10, 95))
    assert rough > fine
