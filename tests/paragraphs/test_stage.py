"""Stage 1 on a Page, with a stand-in for the network."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ocr.engine.settings import EngineSettings
from ocr.errors import ModelMismatch
from ocr.images.rectify import turn
from ocr.models.registry import find
from ocr.models.store import InstalledModel
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Page, ProcessingStep, Region
from ocr.paragraphs import stage as stage_module
from ocr.paragraphs.finding import Findings
from ocr.paragraphs.regions import FoundRegion, RegionSettings
from ocr.paragraphs.settings import ParagraphSettings


def dark_is_writing(votes_for):
    """A network whose dark cells are writing that votes for one orientation."""
    def network(images):
        count, _, height, width = images.shape
        cells = images.reshape(count, 1, height // 8, 8, width // 8, 8).mean(axis=(3, 5))
        turns = np.zeros((count, 4, height // 16, width // 16), np.float32)
        turns[:, votes_for] = 5.0
        return (20 * (cells - 0.5)).astype(np.float32), turns

    return network


@pytest.fixture
def make_stage(monkeypatch):
    def make(votes_for=0, text="handwriting", **settings):
        card = replace(find("paragraphs"), inputs=(("channels", 1), ("longest", 640)), settings=tuple(settings.items()))
        monkeypatch.setattr(stage_module, "open_network", lambda *_: dark_is_writing(votes_for))
        return stage_module.ParagraphStage(InstalledModel(card, Path("nowhere")), EngineSettings(), text=text)

    return make


def two_columns_and_a_note():
    pixels = np.full((1200, 900, 3), 255, np.uint8)
    for left, top, right, bottom in ((60, 60, 240, 120), (60, 240, 400, 1100), (480, 240, 840, 1100)):
        pixels[top:bottom, left:right] = 0
    return pixels


@pytest.mark.parametrize("orientation", range(4))
def test_regions_are_in_reading_order_whichever_way_the_page_lies(make_stage, orientation):
    loaded = turn(two_columns_and_a_note(), -orientation)
    page = make_stage(orientation)(Page("page.png", loaded.shape[:2]), loaded)
    assert page.orientation == orientation
    assert [region.id for region in page.regions] == ["r1", "r2", "r3"]
    darkness = [1 - loaded[..., 0][_inside(region, loaded.shape)].mean() / 255 for region in page.regions]
    assert all(share > 0.85 for share in darkness)
    areas = [region.polygon.area for region in page.regions]
    assert areas[0] < areas[1] < areas[2]
    assert all(0.9 < region.confidence <= 1 for region in page.regions)


def test_blank_page_has_no_regions(make_stage):
    page = make_stage()(Page("blank.png", (800, 600)), np.full((800, 600, 3), 250, np.uint8))
    assert page.regions == () and page.orientation == 0


@pytest.mark.parametrize("size", [(1, 1), (3, 4000)])
def test_odd_sizes_are_no_reason_to_fail(make_stage, size):
    page = make_stage()(Page("odd.png", size), np.full((*size, 3), 255, np.uint8))
    assert page.regions == ()


def test_earlier_regions_are_replaced_and_the_step_is_written_down(make_stage):
    stage = make_stage()
    pixels = two_columns_and_a_note()
    before = ProcessingStep("scan")
    old = Page("page.png", pixels.shape[:2], (Region("old", Polygon.from_box(Box(0, 0, 5, 5))),), 3, steps=(before,))
    page = stage(old, pixels)
    assert page.steps == (before, stage.step) and page.orientation == 0
    assert "old" not in [region.id for region in page.regions]
    assert (stage.step.stage, stage.step.model, stage.step.sha256) == ("paragraphs", find("paragraphs").name, find("paragraphs").sha256)
    assert stage.step.settings == tuple(sorted(stage.step.settings)) and ("threshold", "0.5") in stage.step.settings


def test_the_card_says_how_regions_are_cut_out(make_stage):
    pixels = two_columns_and_a_note()
    page = Page("page.png", pixels.shape[:2])
    stage = make_stage(**{"regions.min_area": 500.0})                     # in cells; the note has less
    assert len(make_stage()(page, pixels).regions) == 3 and len(stage(page, pixels).regions) == 2
    assert ("min_area", "500") in stage.step.settings
    assert make_stage(**{"votes.min_writing": 1e6}, votes_for=2)(page, pixels).orientation == 0
    assert make_stage(votes_for=2)(page, pixels).orientation == 2


def test_settings_are_known_by_their_old_names():
    card = replace(find("paragraphs"), settings=(("regions.least_confidence", 0.1), ("regions.least_of_large", 0.2),
                                                 ("regions.least_area", 3.0), ("regions.gap", 4.0)))
    found = ParagraphSettings.from_card(card).regions
    assert found == RegionSettings(min_confidence=0.1, min_confidence_of_large=0.2, min_area=3.0, gap=4.0)


def test_the_step_names_the_settings_of_regions(make_stage):
    assert dict(make_stage().step.settings) == {
        "gap": "1.5", "growth": "0.25", "gutter": "0.6", "large": "0.11", "min_area": "6", "min_confidence": "0.81",
        "min_confidence_of_large": "0.7", "threshold": "0.5"}


def test_outlines_stay_inside_the_picture(make_stage):
    pixels = np.zeros((500, 700, 3), np.uint8)
    (region,) = make_stage()(Page("dark.png", (500, 700)), pixels).regions
    box = region.polygon.box
    assert box.left >= 0 and box.top >= 0 and box.right <= 700 and box.bottom <= 500


@pytest.mark.parametrize("doubtful, others, expected", [
    ((), (), ()),
    ((0.7,), (), ("1 region was left out as doubtful: it may be print, a stain or a drawing (probability of text: 70% at most).",)),
    ((0.7, 0.61), (2,), ("2 regions were left out as doubtful: they may be print, stains or drawings (probability of text: 70% at most).",
                         "1 region of print was left out as other text.")),
    ((), (2, 1), ("2 regions of typewriting and print were left out as other text.",))])
def test_what_is_left_out_is_said(doubtful, others, expected):
    outline = Polygon.from_box(Box(0, 0, 9, 9))
    found = Findings(0, (), tuple(FoundRegion(outline, value) for value in doubtful),
                     tuple(FoundRegion(outline, 0.9, kind) for kind in others))
    assert stage_module.left_out(found) == expected


def test_print_is_asked_of_a_network_that_knows_it(make_stage):
    with pytest.raises(ModelMismatch, match="finds handwriting alone, and all is wanted"):
        make_stage(text="all")
    stage = make_stage(text="all", kinds=3)
    page = stage(Page("page.png", (1200, 900)), two_columns_and_a_note())
    assert [region.production for region in page.regions] == ["handwritten"] * 3 and ("text", "all") in stage.step.settings


def _inside(region, shape):
    box = region.polygon.box
    return np.s_[int(box.top):int(box.bottom), int(box.left):int(box.right)]
