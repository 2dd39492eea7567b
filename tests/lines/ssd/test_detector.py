"""The detector in use: its numbers come from its card, and lines outside the region are left out."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ocr.engine.settings import EngineSettings
from ocr.lines.ssd import detector as detector_module
from ocr.lines.ssd.detector import NetworkDetector, SSDDetector
from ocr.models.registry import find
from ocr.models.store import InstalledModel
from ocr.page.geometry import Box, Polygon

SCORE = 1 / (1 + np.exp(-3))                # of every word that the bars' network sees


@pytest.fixture
def open_detector(monkeypatch, bars_network):
    """Open the detector with the network that sees bars and a card of some settings; it notes the images' widths."""
    def opened(**settings):
        widths = []

        def network(images):
            widths.append(images.shape[3])
            return bars_network(images)

        monkeypatch.setattr(detector_module, "open_network", lambda *_: network)
        inputs = (("channels", 1), ("width", settings.pop("width", 640)))
        card = replace(find("lines"), inputs=inputs, settings=tuple(settings.items()))
        detector = SSDDetector(InstalledModel(card, Path("nowhere")), EngineSettings())
        return detector, widths

    return opened


def words_of(detector, bar_page):
    page, pixels = bar_page
    return [len(line.words) for line in detector(pixels, page.regions[0].polygon, 0)]


def test_a_card_that_says_nothing_gives_what_cards_always_gave(open_detector, bar_page):
    detector, widths = open_detector()
    assert sorted(words_of(detector, bar_page)) == [2, 4, 4] and set(widths) == {640}


@pytest.mark.parametrize("name", ["suppression.min_score", "assembly.min_word_score"])
def test_thresholds_are_the_cards(open_detector, bar_page, name):
    assert words_of(open_detector(**{name: SCORE + 0.01})[0], bar_page) == []
    assert sorted(words_of(open_detector(**{name: SCORE - 0.01})[0], bar_page)) == [2, 4, 4]


def test_the_size_of_the_image_is_the_cards(open_detector, bar_page):
    detector, widths = open_detector(width=512)
    words_of(detector, bar_page)
    assert set(widths) == {512}
    detector, widths = open_detector(**{"input.columns": 600})
    words_of(detector, bar_page)
    assert set(widths) == {1200}                                            # 640 and a margin, in steps of 600


def test_the_offsets_meaning_is_the_cards(open_detector, bar_page):
    page, pixels = bar_page
    usual, _ = open_detector()
    other, _ = open_detector(**{"anchors.variances.size": 0.25})
    areas = [sum(line.polygon.area for line in detector(pixels, page.regions[0].polygon, 0)) for detector in (usual, other)]
    assert abs(areas[1] / areas[0] - 1) > 0.02


def test_default_boxes_are_the_cards(open_detector, bar_page):
    """The network's answers fit the usual boxes, and no others."""
    page, pixels = bar_page
    detector, _ = open_detector(**{"anchors.words.shapes": tuple((2 * h, 2 * w) for h, w in
                                                                 NetworkDetector(None).settings.anchors.words.shapes)})
    tall = [line.polygon.box.height for line in detector(pixels, page.regions[0].polygon, 0)]
    usual = [line.polygon.box.height for line in NetworkDetector(open_detector()[0].network)(pixels, page.regions[0].polygon, 0)]
    assert min(tall) > 1.5 * max(usual)


@pytest.mark.parametrize("part, count", [(0.27, 0), (0.33, 1)])
def test_a_line_counts_from_three_tenths_of_it_in_the_region_on(bar_page, perfect_network, part, count):
    """A line of 500 pixels in the image, seen through an outline in the form of a U whose hull holds it all."""
    _, pixels = bar_page
    whole = Box(50, 100, 550, 600)
    detector = NetworkDetector(perfect_network([(333, 100, 500, 28, 0)], []))
    (line,) = detector(pixels, Polygon.from_box(whole), 0)
    box = line.polygon.box
    core = Box(box.left + 0.02 * box.width, box.top, box.right - 0.02 * box.width, box.bottom)
    edge = core.left + part * core.width
    under, right = box.bottom + 20, whole.right - 0.1
    outline = Polygon(((whole.left, whole.top), (edge, whole.top), (edge, under), (right, under), (right, whole.top),
                       (whole.right, whole.top), (whole.right, whole.bottom), (whole.left, whole.bottom)))
    assert len(detector(pixels, outline, 0)) == count
