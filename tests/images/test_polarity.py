"""Negatives, boards and screens are told from pages on dark tables, and from dark paper."""
from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from ocr.images.polarity import is_light_on_dark

SAMPLES = sorted((Path(__file__).parents[2] / "samples").glob("*.jpg"))


def written(paper, ink, size=(700, 500)):
    """A page with lines of writing."""
    pixels = np.full((*size, 3), paper, np.uint8)
    for y in range(60, size[0] - 20, 45):
        cv2.putText(pixels, "the harbour was quiet", (30, y), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 1.0, (ink,) * 3, 2, cv2.LINE_AA)
    return pixels


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_samples_and_their_negatives(path):
    pixels = np.asarray(Image.open(path).convert("RGB"))
    assert not is_light_on_dark(pixels) and is_light_on_dark(255 - pixels)


@pytest.mark.parametrize("paper, ink, negative", [(20, 200, True), (90, 240, True), (90, 20, False), (230, 30, False), (20, 20, False)])
def test_it_is_the_writing_that_counts_and_not_the_paper_alone(paper, ink, negative):
    assert is_light_on_dark(written(paper, ink)) == negative


@pytest.mark.parametrize("part", [0.1, 0.4, 0.7])
def test_a_page_on_a_dark_table_is_left_as_it_is(part):
    page, side = written(225, 40), int(850 / part ** 0.5)
    table = np.clip(np.random.default_rng(0).normal(50, 12, (side, side, 1)), 0, 255).astype(np.uint8).repeat(3, axis=2)
    table[50:750, 80:580] = page
    assert not is_light_on_dark(table)


@pytest.mark.parametrize("share, negative", [(0.2, True), (0.5, False)])
def test_a_board_on_a_light_wall(share, negative):
    board = written(40, 230, (700, 900))
    board[:int(700 * share)] = 220
    assert is_light_on_dark(board) == negative


def test_a_single_line():
    line = written(10, 240, (90, 500))
    assert is_light_on_dark(line) and not is_light_on_dark(255 - line)
