"""Paper, ink on it, and the map from the paper to its image."""
from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr.synthesis.fonts import PRINT
from ocr.synthesis.paper import PAPER_RULINGS, add_ink, blank_paper, photograph, rule, scan, wear
from ocr.synthesis.print import print_text


@pytest.mark.parametrize("look", [scan, photograph])
def test_image_shows_a_mark_where_the_transform_says(look):
    for seed in range(4):
        rng = np.random.default_rng(seed)
        paper = blank_paper((600, 450), rng)
        cv2.circle(paper, (300, 200), 6, (0, 0, 0), -1)
        image, transform = look(paper, rng)
        (x, y), = transform.points([(300.5, 200.5)])
        spot = image[int(y) - 12:int(y) + 13, int(x) - 12:int(x) + 13].mean(axis=2)
        rows, columns = np.nonzero(spot < (spot.min() + spot.max()) / 2)
        assert abs(rows.mean() - 12) < 1.2 and abs(columns.mean() - 12) < 1.2


@pytest.mark.parametrize("ruling", PAPER_RULINGS)
def test_rules_have_their_pitch(ruling):
    paper = np.full((300, 200, 3), 255, np.uint8)
    rule(paper, ruling, 40.0, 60.0, np.random.default_rng(1))
    rows = paper.astype(int).mean(axis=(1, 2))
    if ruling == "none":
        assert paper.min() == 255
    else:
        assert all(rows[y - 1:y + 2].min() < rows[y + 5] - 8 for y in (60, 100, 140, 180, 220, 260))


@pytest.mark.parametrize("corner", [(-3, -3), (17, 16), (40, 5), (5, -40)])
def test_ink_over_the_edge_is_cut_off(corner):
    paper = np.full((20, 20, 3), 200, np.uint8)
    add_ink(paper, np.ones((6, 6), np.float32), corner, (0, 0, 0))
    wanted = np.zeros((20, 20), bool)
    wanted[max(corner[1], 0):max(corner[1] + 6, 0), max(corner[0], 0):max(corner[0] + 6, 0)] = True
    assert np.array_equal(paper[..., 0] == 0, wanted)


def test_print_ends_where_it_says():
    paper = np.full((800, 600, 3), 255, np.uint8)
    end = print_text(paper, "Heading", "word " * 60, "footer", (PRINT,), np.random.default_rng(0))
    dark = np.flatnonzero((paper < 150).any(axis=(1, 2)))
    assert not ((dark > end) & (dark < 740)).any() and (dark > 740).any() and (dark < end).sum() > 30


@pytest.mark.parametrize("shape", [(300, 200, 3), (300, 200)])
def test_wear_darkens_some_of_a_sheet_and_leaves_the_given_one_alone(shape):
    paper, changed = np.full(shape, 250, np.uint8), []
    for seed in range(30):
        used, again = (wear(paper, np.random.default_rng(seed)) for _ in range(2))
        assert used.shape == shape and used.dtype == np.uint8 and np.array_equal(used, again) and used.max() <= 250
        changed.append((used < 240).mean())
    assert paper.min() == 250 and np.median(changed) > 0.001 and max(changed) < 0.9


def test_marks_of_use_lie_on_the_same_places_in_grey_and_colour():
    for seed in range(10):
        papers = np.full((300, 200), 255, np.uint8), np.full((300, 200, 3), 255, np.uint8)
        grey, colour = (wear(paper, np.random.default_rng(seed)) for paper in papers)
        assert np.abs(colour.mean(axis=2) - grey).max() < 8
