"""Rulings: edges, margins, and heights that a spiky outline cannot spoil."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.images.ruling import Ruling, box_ruling, corners_around, curved_ruling

BOX = np.array([(100.0, 50.0), (500.0, 50.0), (500.0, 90.0), (100.0, 90.0)])


def test_margin_is_added_on_all_sides_and_columns_run_from_0_to_1():
    grown = box_ruling(BOX).grow(0.25)
    assert grown.top.tolist() == [[90.0, 40.0], [510.0, 40.0]] and grown.bottom.tolist() == [[90.0, 100.0], [510.0, 100.0]]
    assert grown.columns == pytest.approx([0, 1]) and grown.size == pytest.approx((60, 420))


def test_edges_are_linear_between_columns():
    ruling = Ruling(np.array([0, 0.5, 1.0]), np.array([(0, 0), (10, 10), (20, 0)]), np.array([(0, 8), (10, 18), (20, 8)]))
    top, bottom = ruling.edges(np.array([0.25, 0.75]))
    assert top.tolist() == [[5, 5], [15, 5]] and bottom.tolist() == [[5, 13], [15, 13]]


def test_spikes_do_not_make_a_line_higher():
    x = np.linspace(0, 800, 81)
    upper = np.where(np.arange(81) == 40, 20.0, 70.0)                           # one spike 50 pixels up
    outline = np.concatenate([np.stack([x, upper], 1), np.stack([x, np.full(81, 110.0)], 1)[::-1]])
    ruling = curved_ruling(outline, np.array([(0.0, 100.0), (800.0, 100.0)]))
    assert ruling.size == pytest.approx((40, 800), abs=2)
    assert np.allclose(ruling.top[:, 1], 70, atol=2)


@pytest.mark.parametrize("baseline", [np.zeros((0, 2)), np.array([(300.0, 80.0), (300.0, 80.0)])])
def test_without_a_usable_baseline_the_middle_is_taken(baseline):
    outline = np.concatenate([BOX[:1], [(300.0, 48.0)], BOX[1:3], [(300.0, 92.0)], BOX[3:]])
    ruling = curved_ruling(outline, baseline)
    assert ruling.size == pytest.approx((42, 400), abs=3)


def test_corners_around():
    assert corners_around(np.array([(3, 9), (1, 2), (2, 4)])).tolist() == [[1, 2], [3, 2], [3, 9], [1, 9]]
