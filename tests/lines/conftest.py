"""Pages of bars instead of writing, and a stand-in for the trained network that detects them."""
from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr.lines.ssd.anchors import LINES, WORDS, encode
from ocr.lines.ssd.detector import NetworkDetector
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, Reading, Region, Word


def values(anchors, ground_truth, size):
    """The output of a perfect network for boxes, (K, 5): (1, A, 6)."""
    boxes = anchors.boxes(size)
    result = np.zeros((1, len(boxes), 6), np.float32)
    result[0, :, 0] = -6
    matches = anchors.match(ground_truth, size)
    positive = np.flatnonzero(matches >= 0)
    result[0, positive, 0] = 3
    result[0, positive, 1:] = encode(ground_truth[matches[positive]], boxes[positive])
    return result


@pytest.fixture
def bars_network():
    """Words are dark bars; no lines are detected, so that words are assembled on their own."""
    def network(images):
        size = images.shape[2:]
        count, _, stats, _ = cv2.connectedComponentsWithStats((images[0, 0] > 0.5).astype(np.uint8))
        boxes = np.array([(x + w / 2, y + h / 2, w, h, 0) for x, y, w, h, area in stats[1:] if area > 20], float)
        return values(LINES, np.zeros((0, 5)), size), values(WORDS, boxes.reshape(-1, 5), size)
    return network


@pytest.fixture
def bars_detector(bars_network):
    """The single-shot detector around the network that detects bars."""
    return NetworkDetector(bars_network)


@pytest.fixture
def perfect_network():
    """Make a network that returns given lines and words, (K, 5) each, whatever its input."""
    def make(lines, words):
        return lambda images: (values(LINES, np.asarray(lines, float).reshape(-1, 5), images.shape[2:]),
                               values(WORDS, np.asarray(words, float).reshape(-1, 5), images.shape[2:]))
    return make


@pytest.fixture
def bar_page():
    """A page, 800 x 600, with one region of three lines of four bars each, the last line short; and its image."""
    pixels = np.full((800, 600), 240, np.uint8)
    lines = []
    for row in range(3):
        words = []
        for column in range(4 if row < 2 else 2):
            box = Box.from_xywh(100 + 100 * column, 200 + 60 * row, 70, 30)
            pixels[int(box.top):int(box.bottom), int(box.left):int(box.right)] = 20
            words.append(Word(f"w{row}{column}", Polygon.from_box(box), (Reading("x"),)))
        outline = Polygon.from_box(Box(100, 200 + 60 * row, words[-1].polygon.box.right, 230 + 60 * row))
        lines.append(Line(f"l{row}", outline, words=tuple(words), readings=(Reading(" ".join("x" * len(words))),)))
    region = Region("r1", Polygon.from_box(Box(90, 190, 480, 360)), tuple(lines), "paragraph")
    return Page("bars.png", (800, 600), (region,)), pixels
