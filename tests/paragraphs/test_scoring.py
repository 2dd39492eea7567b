"""Scores of regions against figures worked out by hand."""
from __future__ import annotations

import json

import numpy as np
import pytest

from ocr.page.geometry import Box, Polygon
from ocr.paragraphs.regions import FoundRegion
from ocr.paragraphs.scoring import RegionPair, score_regions, score_pages
from ocr.paragraphs.ground_truth import LabelledPage
from ocr.paragraphs.settings import ParagraphSettings


def box(*sides):
    return Polygon.from_box(Box(*sides))


def test_figures_of_two_pages():
    first = RegionPair([box(0, 0, 512, 512)], [FoundRegion(box(0, 0, 512, 256), 0.9)], (1024, 1024))
    second = RegionPair([box(0, 0, 256, 256)], [FoundRegion(box(0, 0, 256, 256), 0.8),
                                                FoundRegion(box(512, 512, 768, 768), 0.7)], (1024, 1024))
    score = score_regions([first, second], [True, False, True, True])
    assert score.area.iou == pytest.approx((512 * 256 + 256 ** 2) / (512 ** 2 + 2 * 256 ** 2), rel=0.02)
    assert score.regions.precision == pytest.approx(2 / 3) and score.regions.recall == 1.0
    assert score.regions.f1 == pytest.approx(0.8) and score.orientation == 0.75
    figures = json.loads(json.dumps(score.as_dict()))
    assert {"iou", "f1", "precision", "recall", "orientation"} <= set(figures)
    assert "75.0 %" in str(score)


def test_nothing_to_find_and_nothing_found_is_right():
    score = score_regions([RegionPair([], [], (100, 100))])
    assert score.area.iou == score.regions.f1 == 1.0 and score.orientation is None


def test_orientation_is_not_scored_on_blank_pages():
    def network(images):
        shape = (1, images.shape[2] // 8, images.shape[3] // 8)
        return np.full((1, *shape), -9, np.float32), np.zeros((1, 4, shape[1] // 2, shape[2] // 2), np.float32)

    blank = LabelledPage("blank", np.full((320, 224), 255, np.uint8), np.zeros((320, 224), np.uint8))
    assert score_pages([blank], network, ParagraphSettings(longest=320)).images == 0
