"""From pixels to boxes: the network's input, the second pass, and rotating a crop."""
from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr.images.rectify import RegionCrop
from ocr.lines.ssd.detection import (
    Detections, crop_to_scale, cut_rows, detect, detect_region, estimate_correction, normalise, prepare, rotate_crop)
from ocr.page.geometry import Box, Polygon, Transform


def lines_of(slope, height):
    lines = np.array([(300, 50 + 40 * row, 500, height, slope) for row in range(5)], float)
    return Detections(lines, np.full(5, 0.9), np.zeros((0, 5)), np.zeros(0))


@pytest.mark.parametrize("size", [(1, 1), (32, 64), (33, 65), (500, 640)])
def test_the_input_is_padded_with_paper(size):
    images = prepare(np.full(size, 200, np.uint8))
    assert images.shape[2] % 32 == images.shape[3] % 64 == 0 and images.dtype == np.float32
    assert images.shape[2] - size[0] < 32 and images.shape[3] - size[1] < 64
    assert not images.any()


def test_paper_is_0_and_ink_is_1_on_light_and_on_dark_paper():
    pixels = np.full((100, 100), 200, np.uint8)
    pixels[40:50] = 60
    for dimmed in (pixels, pixels // 2):
        values = normalise(dimmed)
        assert values[0, 0] == 0 and values[45, 50] == pytest.approx(1)


@pytest.mark.parametrize("slope, height, angle, zoom", [(0.0, 28, 0, 1), (0.01, 28, 0, 1), (0.1, 28, 5.71, 1),
                                                        (-0.1, 28, -5.71, 1), (0.0, 10, 0, 2.5), (0.0, 112, 0, 0.4)])
def test_skewed_small_and_large_lines_get_a_second_pass(slope, height, angle, zoom):
    assert estimate_correction(lines_of(slope, height)) == pytest.approx((angle, zoom), abs=0.01)


def test_a_rotated_crop_still_knows_where_it_lies_on_the_page():
    pixels = np.full((200, 300), 230, np.uint8)
    cv2.circle(pixels, (240, 40), 6, 0, -1)
    crop = rotate_crop(RegionCrop(pixels, Transform((2, 0, 10, 0, 2, 20, 0, 0, 1))), 8)
    rows, columns = np.nonzero(crop.pixels < 100)
    assert columns.mean() / crop.pixels.shape[1] > 0.7 and crop.pixels.shape[1] > 300
    ((x, y),) = crop.to_page.points([(columns.mean() + 0.5, rows.mean() + 0.5)])
    assert (x, y) == pytest.approx((2 * 240.5 + 10, 2 * 40.5 + 20), abs=2)
    upper = rotate_crop(RegionCrop(pixels, Transform((1, 0, 0, 0, 1, 0, 0, 0, 1))), 90)
    assert np.array(upper.to_page.points([(0, 0)])) == pytest.approx(np.array([(0, 200)]), abs=1)


@pytest.mark.parametrize("slopes", [(0.1, 0.0), (0.1, 0.08, 0.0), (0.1, 0.08, 0.06)])
def test_a_skewed_page_is_deskewed_for_the_next_pass(bar_page, perfect_network, slopes):
    """Each slope that the network predicts rotates the crop of the next pass by as much, at most twice."""
    _, pixels = bar_page
    seen = []

    def network(images):
        seen.append(images)
        return perfect_network([(300, 60, 400, 28, slopes[len(seen) - 1])], [])(images)

    detections = detect_region(pixels, Polygon.from_box(Box(90, 190, 480, 360)), 0, network)
    assert len(seen) == len(slopes)
    (left, right) = detections.to_page.points([(100, 50), (200, 50)])
    rotation = np.arctan(slopes[:-1]).sum()
    assert (right[1] - left[1]) / (right[0] - left[0]) == pytest.approx(np.tan(rotation), abs=0.002)


@pytest.mark.parametrize("angle", [0.0, -7.0, 7.0])
@pytest.mark.parametrize("orientation", [0, 3])
def test_a_cut_region_fills_the_width_and_knows_where_it_lies(angle, orientation):
    pixels = np.full((900, 1000), 230, np.uint8)
    cv2.circle(pixels, (620, 330), 8, 0, -1)
    slope = np.tan(np.deg2rad(-angle)) if orientation == 0 else 0
    outline = Polygon(((200, 250), (800, 250 + 600 * slope), (800, 450 + 600 * slope), (200, 450)))
    crop = crop_to_scale(pixels, outline, orientation, angle if orientation == 0 else 0.0)
    rows, columns = np.nonzero(crop.pixels < 100)
    ((x, y),) = crop.to_page.points([(columns.mean() + 0.5, rows.mean() + 0.5)])
    assert (x, y) == pytest.approx((620.5, 330.5), abs=2)
    assert orientation or (abs(crop.pixels.shape[1] - 640) < 50 and crop.pixels.shape[0] < 330)


def test_narrow_regions_are_not_blown_up(perfect_network):
    widths = []

    def network(images):
        widths.append(images.shape[3])
        return perfect_network([], [])(images)

    for right in (700, 200):
        detect_region(np.full((1000, 800), 250, np.uint8), Polygon.from_box(Box(100, 100, right, 300)), 0, network)
    assert widths == [640, 192]


def test_boxes_come_back_from_the_networks_values(perfect_network):
    lines, words = [(300, 100, 500, 30, 0.01)], [(80, 100, 60, 20, 0.0), (200, 101, 90, 24, 0.02)]
    found = detect(np.full((256, 640), 250, np.uint8), perfect_network(lines, words))
    assert np.allclose(found.lines, lines, atol=0.01)
    assert np.allclose(found.words[np.argsort(found.words[:, 0])], words, atol=0.01)
    assert found.word_scores == pytest.approx([1 / (1 + np.exp(-3))] * 2)


@pytest.mark.parametrize("height", [1, 1600, 1601, 3040, 3041, 9000])
def test_a_high_crop_is_cut_into_images_that_overlap_and_share_no_decision(height):
    parts = cut_rows(height)
    assert len(parts) == max(1, int(np.ceil((height - 160) / 1440)))
    assert parts[0][0].start == 0 and parts[-1][0].stop == height and all(rows.stop - rows.start <= 1600 for rows, _ in parts)
    assert parts[0][1][0] == -np.inf and parts[-1][1][1] == np.inf
    for (rows, core), (other, next_core) in zip(parts, parts[1:]):
        assert core[1] == next_core[0] == (rows.stop + other.start) / 2 and rows.stop - other.start >= 159


def test_each_line_of_a_high_crop_is_found_once_and_in_its_place(bars_network):
    pixels = np.full((5000, 640), 240, np.uint8)
    tops = np.arange(20, 4960, 47)
    for top in tops:
        pixels[top:top + 24, 100:180] = 20
    heights = []

    def network(images):
        heights.append(images.shape[2])
        return bars_network(images)

    found = detect(pixels, network)
    assert np.sort(found.words[:, 1]) == pytest.approx(tops + 12, abs=0.5) and found.words[:, 3] == pytest.approx(24, abs=0.5)
    assert len(heights) == 4 and max(heights) == 1600


@pytest.mark.parametrize("height, expected", [(900, 640), (9000, 640), (19000, 580)])
def test_writing_of_a_very_high_region_is_made_smaller_only_beyond_the_most_images(height, expected):
    crop = crop_to_scale(np.full((height, 640), 250, np.uint8), Polygon.from_box(Box(0, 0, 640, height)), 0)
    assert crop.pixels.shape[1] == pytest.approx(expected, abs=30)
