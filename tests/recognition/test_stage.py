"""Stage 3 on a drawn page: texts, words with outlines, confidences, order; words that were there are replaced."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ocr.decoding.ctc.best_path import Alternative as Other
from ocr.decoding.settings import DecodingSettings
from ocr.errors import ModelMismatch
from ocr.models.registry import registry
from ocr.models.store import InstalledModel
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, Region, Word
from ocr.recognition.crnn import recogniser as module
from ocr.recognition.recogniser import Transcription, TranscribedWord
from ocr.recognition.stage import RecognitionStage
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


def toy_card(character_width=0, **settings):
    """The card of a recogniser of bars."""
    card = next(card for card in registry() if card.task == "recognition")
    inputs = (("height", 48), ("character_width", character_width))
    return replace(card, name="toy", alphabet=ALPHABET.characters, inputs=inputs,
                   settings=tuple(settings.items()) or (("upright_confidence", 0.85), ("calibration.greedy", (0.0, 1.0, 0.0))))


def toy_stage(card, monkeypatch, network=bars, decoding=DecodingSettings("greedy"), language=None):
    monkeypatch.setattr(module, "open_network", lambda *arguments: network)
    return RecognitionStage(module.CRNNRecogniser(InstalledModel(card, Path("nowhere")), decoding=decoding), card, language)


@pytest.fixture(params=[0, 40])
def stage(monkeypatch, request):
    """A stage that leaves the width of characters as it is, and one that does not."""
    return toy_stage(toy_card(request.param), monkeypatch)


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


@pytest.mark.parametrize("texts, said", [
    (("", "", ""), ("No text was read: all 3 lines seem to be empty.",)), (("",), ("No text was read: the only line seems to be empty.",)),
    (("", "a"), ()), ((), ())])
def test_lines_without_any_text_are_said_to_be_empty(stage, texts, said):
    assert stage(*page_with(*texts)).warnings == said


def test_lines_are_read_in_their_order_with_words_where_they_stand(stage):
    page, pixels = page_with("ab  ba", "b")
    read = stage(page, pixels)
    assert [line.text for line in read.lines] == ["ab ba", "b"]
    first = next(read.lines)
    assert [(word.id, word.text) for word in first.words] == [("l0_w1", "ab"), ("l0_w2", "ba")]
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

    monkeypatch.setattr(stage.recogniser, "_network", unsure_of_low_bars)
    page, pixels = page_with("bb", "b")
    read = stage(page, pixels)
    assert read.orientation == 2 and read.text == "a\naa" and [line.id for line in read.lines] == ["l1", "l0"]
    page, pixels = page_with("aa", "a")
    assert stage(page, pixels).orientation == 0


def test_other_readings_follow_the_best_each_once_without_spaces_around_it(stage, monkeypatch):
    page, pixels = page_with("ab")
    greedy = stage.recogniser.decoder
    others = (Other("aa", 0.5), Other(" ab ", 0.4), Other("", 0.25), Other("b ", 0.125))
    monkeypatch.setattr(stage.recogniser, "decoder", lambda lines: [replace(decoded, others=others) for decoded in greedy(lines)])
    best, *rest = next(stage(page, pixels).lines).readings
    assert best.text == "ab" and [(reading.text, reading.confidence) for reading in rest] == [
        ("aa", 0.5 * best.confidence), ("b", 0.125 * best.confidence)]


class Fixed:
    """Reads what it is told to, without frames or characters."""

    height, upright_confidence, provenance = 48, 0.0, (("kind", "fixed"),)

    def __init__(self, *read):
        self.read, self.asked = list(read), []

    def __call__(self, lines):
        self.asked.append([line.shape for line in lines])
        return self.read


def test_a_page_has_the_language_of_most_of_its_text_and_lines_have_their_own():
    page, pixels = page_with("ab", "b", "aa")
    page = replace(page, language="sv", regions=(replace(page.regions[0], lines=tuple(
        replace(line, language="da") for line in page.lines)),))
    reader = Fixed(Transcription("un deux", 1.0, language="fr"), Transcription("ein", 1.0, language="de"),
                   Transcription("???????????", 1.0))
    read = RecognitionStage(reader, toy_card())(page, pixels)
    assert read.language == "fr" and [line.language for line in read.lines] == ["fr", "de", "da"]
    known = RecognitionStage(reader, toy_card(), "nl")(page, pixels)
    assert known.language == "nl" and {line.language for line in known.lines} == {"nl"}
    untold = RecognitionStage(Fixed(*[Transcription("a", 1.0)] * 3), toy_card())(page, pixels)
    assert untold.language == "sv"


def test_words_of_unknown_place_are_spread_over_the_line_and_known_ones_stand_where_they_are():
    page, pixels = page_with("ab", "b")
    (scale_width, placed) = RecognitionStage(Fixed(
        Transcription("ab b", 0.5), Transcription("b", 0.25, words=(TranscribedWord("b", 24, 48, 0.125),))),
        toy_card())(page, pixels).lines
    assert [word.text for word in scale_width.words] == ["ab", "b"] and scale_width.readings[0].confidence == 0.5
    (first, second), outline = (word.polygon.box for word in scale_width.words), next(page.lines).polygon.box
    assert outline.left - 9 < first.left < first.right < second.left < second.right < outline.right + 9
    assert placed.words[0].readings[0].confidence == 0.125 and placed.readings[0].confidence == 0.25


def test_a_recogniser_that_is_never_unsure_sees_each_page_once_and_its_settings_are_noted():
    page, pixels = page_with("ab", "b")
    reader = Fixed(Transcription("", 0.0), Transcription("", 0.0))
    read = RecognitionStage(reader, toy_card())(page, pixels)
    assert len(reader.asked) == 1 and [shape[0] for shape in reader.asked[0]] == [48, 48]
    assert read.steps[-1].settings == (("kind", "fixed"),) and read.orientation == 0
    reader.upright_confidence = 0.5
    RecognitionStage(reader, toy_card())(page, pixels)
    assert len(reader.asked) == 3                                            # upright and upside down


def test_a_recogniser_that_loses_a_line_is_refused():
    page, pixels = page_with("ab", "b")
    with pytest.raises(ModelMismatch, match="toy gave 1 readings of 2 lines"):
        RecognitionStage(Fixed(Transcription("a", 1.0)), toy_card())(page, pixels)


def test_without_a_calibration_confidences_are_the_networks_own_and_that_is_noted(monkeypatch):
    page, pixels = page_with("ab")
    plain = toy_stage(toy_card(reduction=4), monkeypatch)
    calibrated = toy_stage(toy_card(), monkeypatch)
    doubting = toy_stage(toy_card(**{"calibration.greedy": (-3.0, 0.0, 0.0)}), monkeypatch)
    assert dict(plain.step.settings)["confidences"] == "uncalibrated" and "confidences" not in dict(calibrated.step.settings)
    raw, sure, unsure = (next(stage(page, pixels).lines).words[0].readings[0].confidence
                         for stage in (plain, calibrated, doubting))
    assert raw == pytest.approx(sure, abs=1e-6) and raw > 0.9 and unsure == pytest.approx(1 / (1 + np.exp(3)))


def test_the_reduction_is_that_of_the_card(monkeypatch):
    def halved(images):
        (logits,) = bars(images)
        return (logits[:, ::2],)

    page, pixels = page_with("aa")
    quarter, eighth = (toy_stage(toy_card(reduction=reduction), monkeypatch, network)(page, pixels)
                       for reduction, network in ((4, bars), (8, halved)))
    assert quarter.text == eighth.text == "aa"
    for one, other in zip(next(quarter.lines).words, next(eighth.lines).words):
        assert abs(one.polygon.box.left - other.polygon.box.left) < 7 > abs(one.polygon.box.right - other.polygon.box.right)


@pytest.mark.parametrize("settings", [{"reduction": 0}, {"reduction": 5}, {"width_step": 0}])
def test_cards_whose_numbers_do_not_fit_together_are_refused(monkeypatch, settings):
    with pytest.raises(ModelMismatch, match="toy: height 48, reduction"):
        toy_stage(toy_card(**settings), monkeypatch)


@pytest.mark.parametrize("decoder", ["greedy", "beam"])
def test_softmax_and_best_path_are_worked_out_once_a_line(monkeypatch, decoder):
    from ocr.decoding.ctc import best_path as ctc

    calls = {name: [] for name in ("log_softmax", "best_path")}
    for name, seen in calls.items():
        real = getattr(ctc, name)
        monkeypatch.setattr(ctc, name, lambda *arguments, real=real, seen=seen: seen.append(1) or real(*arguments))
    page, pixels = page_with("ab", "b", "aab")
    read = toy_stage(toy_card(), monkeypatch, decoding=DecodingSettings(decoder))(page, pixels)
    assert len(list(read.lines)) == 3
    assert {name: len(seen) for name, seen in calls.items()} == {"log_softmax": 3, "best_path": 3}


def test_a_known_language_is_given_to_every_line_and_noted(monkeypatch):
    stage = toy_stage(toy_card(), monkeypatch, decoding=DecodingSettings("greedy", "fr"), language="fr")
    page, pixels = page_with("ab", "b")
    read = stage(page, pixels)
    assert read.language == "fr" and {line.language for line in read.lines} == {"fr"}
    assert stage.step.settings == (("decoder", "greedy"), ("language", "fr"))


def test_an_empty_line_has_no_reading_and_an_empty_page_stays_empty(stage):
    page, pixels = page_with("")
    assert next(stage(page, pixels).lines).readings == ()
    empty = replace(page, regions=())
    assert stage(empty, pixels).regions == ()


def read_with(*legibilities):
    """A page whose lines, of ten characters each, are this legible."""
    read = [Transcription("ten letter", 0.5, legibility=value) for value in legibilities]
    card = toy_card()
    page, pixels = page_with(*["a"] * len(read))
    return RecognitionStage(Fixed(*read), replace(card, languages=("en", "fr")))(page, pixels)


@pytest.mark.parametrize("legibilities, warned", [((0.5, 0.5), False), ((0.49, 0.5), False), ((0.49, 0.49, 0.5), True), ((), False)])
def test_a_page_that_is_mostly_illegible_is_warned_about(legibilities, warned):
    warnings = read_with(*legibilities).warnings
    assert bool(warnings) == warned
    assert not warned or warnings == ("This page is hardly legible, or in a script or a language that toy has not learned (en, fr): "
                                      "its text is not to be relied on.",)


def test_confidences_of_an_illegible_page_are_lowered(monkeypatch):
    page, pixels = page_with(*["abab abab"] * 5)
    confidences = []
    for weights in ((0.0, 0.0, 0.0), None):
        settings = {"upright_confidence": 0.0, "calibration.greedy": (0.0, 1.0, 0.0)}
        if weights:
            settings["legibility.greedy"] = weights
        read = toy_stage(toy_card(**settings), monkeypatch)(page, pixels)
        confidences.append([word.readings[0].confidence for line in read.lines for word in line.words])
    assert np.array(confidences[0]) == pytest.approx(0.5 * np.array(confidences[1]))
