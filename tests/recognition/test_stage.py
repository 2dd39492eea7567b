"""Stage 3 on a drawn page: texts, words with outlines, confidences, order; words that were there are replaced."""
from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from ocr.decoding.ctc.best_path import Alternative
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, Region, Word
from ocr.recognition import stage as module
from ocr.text.alphabet import Alphabet

ALPHABET = Alphabet("ab ")


def bars(images):
    """Reads a high bar as a, a low bar as b, and a wide gap as a space."""
    ink = images[:, 0, :, ::4] > 0.5                                         # (N, H, T)
    high, low = ink[:, 12:20].any(axis=1), ink[:, 28:36].any(axis=1)         # (N, T)
    logits = np.zeros((*high.shape, ALPHABET.size), np.float32)
    logits[:, :, ALPHABET.blank] = 1
    logits[:, :, 0], logits[:, :, 1] = 9.0 * high, 9.0 * low
    for row, busy in zip(logits, high | low):
        columns = np.flatnonzero(busy)
        for before, after in zip(columns, columns[1:]):
            if after - before > 6:
                row[(before + after) // 2, 2] = 9.0
    return (logits,)


@pytest.fixture(params=[0, 40])
def stage(monkeypatch, request):
    """A stage that leaves the width of characters as it is, and one that does not."""
    card = SimpleNamespace(name="toy", sha256="0" * 64, alphabet=ALPHABET.characters,
                           inputs=(("height", 48), ("character_width", request.param)))
    monkeypatch.setattr(module, "require", lambda name, task: SimpleNamespace(card=card, folder=None))
    monkeypatch.setattr(module, "open_network", lambda *arguments: bars)
    return module.RecognitionStage(decoder="greedy")


def page_with(*texts):
    """Draw lines of bars and return the page and its pixels."""
    pixels = np.full((60 * len(texts) + 20, 320, 3), 240, np.uint8)
    lines = []
    for row, text in enumerate(texts):
        top = 20 + 60 * row
        for number, character in enumerate(text):
            if character != " ":
                y = top + (7 if character == "a" else 19)
                pixels[y:y + 6, 24 + 18 * number:32 + 18 * number] = 10
        outline = Polygon.from_box(Box(14, top, 300, top + 36))
        lines.append(Line(f"l{row}", outline, words=(Word("old", outline),)))
    region = Region("r", Polygon.from_box(Box(0, 0, 320, pixels.shape[0])), tuple(lines))
    return Page("p.png", pixels.shape[:2], (region,)), pixels


def test_lines_are_read_in_their_order_with_words_where_they_stand(stage):
    page, pixels = page_with("ab  ba", "b")
    read = stage(page, pixels)
    assert [line.text for line in read.lines] == ["ab ba", "b"]
    first = next(read.lines)
    assert [word.text for word in first.words] == ["ab", "ba"]
    left, right = (word.polygon.box for word in first.words)
    assert abs(left.left - 24) < 8 and abs(left.right - 50) < 8 and abs(right.left - 96) < 8
    assert left.top == pytest.approx(20, abs=1) and left.bottom == pytest.approx(56, abs=1)
    assert all(0.9 < word.readings[0].confidence <= 1 for word in first.words)
    assert len({word.id for line in read.lines for word in line.words}) == 3
    assert read.steps[-1].model == "toy"


def test_a_sideways_page_is_read_in_its_own_direction(stage):
    page, pixels = page_with("ab")
    turned = np.ascontiguousarray(np.rot90(pixels))                          # needs one clockwise turn to be upright
    height = pixels.shape[1]
    outline = Polygon(tuple((y, height - x) for x, y in next(page.lines).polygon.points))
    region = replace(page.regions[0], polygon=outline, lines=(replace(next(page.lines), polygon=outline),))
    read = stage(Page("p.png", turned.shape[:2], (region,), orientation=1), turned)
    assert read.text == "ab"


def test_a_page_that_reads_better_upside_down_is_turned_over(stage, monkeypatch):
    def unsure_of_low_bars(images):
        (logits,) = bars(images)
        logits[:, :, 1] = np.minimum(logits[:, :, 1], 1.5)
        return (logits,)

    monkeypatch.setattr(stage, "_network", unsure_of_low_bars)
    page, pixels = page_with("bb", "b")
    read = stage(page, pixels)
    assert read.orientation == 2 and read.text == "a\naa" and [line.id for line in read.lines] == ["l1", "l0"]
    page, pixels = page_with("aa", "a")
    assert stage(page, pixels).orientation == 0


def test_other_readings_follow_the_best_each_once_without_spaces_around_it(stage, monkeypatch):
    page, pixels = page_with("ab")
    greedy = stage._decoder
    others = (Alternative("aa", 0.5), Alternative(" ab ", 0.4), Alternative("", 0.25), Alternative("b ", 0.125))
    monkeypatch.setattr(stage, "_decoder", lambda lines: [replace(decoded, others=others) for decoded in greedy(lines)])
    best, *rest = next(stage(page, pixels).lines).readings
    assert best.text == "ab" and [(reading.text, reading.confidence) for reading in rest] == [
        ("aa", 0.5 * best.confidence), ("b", 0.125 * best.confidence)]


def test_an_empty_line_has_no_reading_and_an_empty_page_stays_empty(stage):
    page, pixels = page_with("")
    assert next(stage(page, pixels).lines).readings == ()
    empty = replace(page, regions=())
    assert stage(empty, pixels).regions == ()
