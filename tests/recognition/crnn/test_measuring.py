"""What is measured after training: the confidence that upside-down pages stay under, calibrations, and what is missing for them."""
from __future__ import annotations

import json

import numpy as np
import pytest

from ocr.decoding.ctc.best_path import Decoded, DecodedCharacter, Frames
from ocr.recognition.crnn import measuring
from ocr.recognition.crnn import recogniser as module
from ocr.recognition.crnn.measuring import calibrate, measure_settings, upright_confidence
from ocr.recognition.samples import LineSample


def reading(text, confidence=0.5):
    """A line whose characters all have one confidence."""
    return Decoded(text, 0.0, tuple(DecodedCharacter(character, place, place + 1, confidence)
                                    for place, character in enumerate(text)))


def page(lines, confidence, text="ab"):
    """The network's output for lines of one confidence."""
    return [Frames(np.zeros((2, 3), np.float32), reading(text, confidence))] * lines


@pytest.mark.parametrize("highest, expected", [(0.8449, 0.85), (0.85, 0.86), (0.0, 0.01), (0.995, 1.0), (1.0, 1.0)])
def test_no_upside_down_page_reaches_the_upright_confidence(highest, expected):
    assert upright_confidence([page(8, highest / 2), page(8, highest), page(9, highest / 3)]) == expected


def test_a_blank_page_upside_down_is_unsure():
    assert upright_confidence([page(8, 0.0, "")]) == 0.01


@pytest.mark.parametrize("lines, expected", [([7], None), ([8], 0.51), ([4, 3], None), ([1] * 8, 0.51), ([], None)])
def test_the_upright_confidence_takes_eight_lines(lines, expected):
    assert upright_confidence([page(number, 0.5) for number in lines]) == expected


def test_small_pages_are_joined_as_single_lines_vary():
    assert upright_confidence([page(1, 0.9), *[page(1, 0.5)] * 7]) == 0.56           # (0.9 + 7 * 0.5) / 8 = 0.55
    assert upright_confidence([*[page(1, 0.5)] * 8, *[page(1, 0.9)] * 7]) == 0.69    # the rest is too few for one of its own
    assert upright_confidence([*[page(1, 0.5)] * 8, *[page(1, 0.9)] * 8]) == 0.91
    assert upright_confidence([page(8, 0.5), page(8, 0.9)]) == 0.91


@pytest.mark.parametrize("right, wrong, enough", [(30, 30, True), (29, 30, False), (30, 29, False)])
def test_a_calibration_takes_thirty_words_of_each_kind(right, wrong, enough, capsys):
    readings = [reading("ab", 0.9)] * right + [reading("ba", 0.6)] * wrong
    found = calibrate(readings, ["ab"] * (right + wrong), "greedy")
    assert (found is not None) == enough == (capsys.readouterr().err == "")
    if found:
        assert found.words(reading("ab", 0.9))[0].confidence > 0.9 > 0.1 > found.words(reading("ab", 0.6))[0].confidence


def test_too_few_words_are_counted(capsys):
    assert calibrate([reading("ab cd")] * 3, ["ab xy"] * 3, "beam") is None
    assert capsys.readouterr().err == "calibration.beam is not measured: 3 words were read right and 3 wrong; 30 of each are needed\n"


@pytest.fixture
def run_folder(tmp_path, monkeypatch):
    """A run whose network reads high bars as a and, unsure, low bars as b; no language models are installed."""
    def network(images):
        ink = images[:, 0, :, ::4] > 0.5                                     # (N, H, T)
        high, low = ink[:, 12:20].any(axis=1), ink[:, 28:36].any(axis=1)     # (N, T)
        logits = np.zeros((*high.shape, 3), np.float32)
        logits[:, :, 0], logits[:, :, 1], logits[:, :, 2] = 14.0 * high, 5.2 * low, 5
        return (logits,)

    monkeypatch.setenv("OCR_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(module, "open_network", lambda *arguments: network)
    for name in ("network.onnx", "network.json", "weights.npz"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "run.json").write_text(json.dumps({
        "task": "recognition", "command": ["train"], "data": ["iam:x"], "epochs": 1, "seconds": 1, "hardware": "cpu",
        "alphabet": "ab", "input": {"channels": 1, "height": 48}, "parameters": 1}))
    return tmp_path


def lines(text, truth, count, page="p"):
    line_image = np.full((48, 60), 240, np.uint8)
    for place, character in enumerate(text):
        top = 13 if character == "a" else 29
        line_image[top:top + 6, 8 + 16 * place:16 + 16 * place] = 10
    return [LineSample(line_image, truth, page, "iam")] * count


def test_settings_are_measured_with_the_decoders_that_can_be_opened(run_folder, capsys):
    settings = measure_settings(run_folder, lines("aa", "aa", 40) + lines("a", "b", 40))
    assert set(settings) == {"upright_confidence", "calibration.greedy", "calibration.beam"}
    assert 0.4 < settings["upright_confidence"] < 0.6                        # of the b that an a is upside down; upright it is 1
    bias, certainty, agreement = settings["calibration.greedy"]
    assert (bias, certainty, agreement) == (round(bias, 3), round(certainty, 3), 0.0)
    told = capsys.readouterr().err
    assert "on 80 validation lines" in told and "calibration.beam+lm is not measured: english-characters" in told
    assert "calibration.lexicon is not measured" in told


def test_a_decoder_that_is_a_model_gets_the_calibration_of_the_readings_it_starts_from(run_folder, monkeypatch):
    from ocr.decoding.ctc.decoders import BestPath

    monkeypatch.setattr(measuring, "open_decoder", lambda *arguments: (BestPath(), ()))
    settings = measure_settings(run_folder, lines("aa", "aa", 30) + lines("bb", "aa", 30))
    assert settings["calibration.corrector"] == settings["calibration.beam+lm"]


@pytest.mark.parametrize("count, used", [(1000, 1000), (1001, 501), (2000, 1000), (2001, 667)])
def test_of_many_lines_some_are_measured(run_folder, capsys, monkeypatch, count, used):
    monkeypatch.setattr(measuring, "DECODERS", ())
    measure_settings(run_folder, lines("a", "a", count))
    assert f"on {used} validation lines" in capsys.readouterr().err


def test_without_lines_nothing_is_measured_and_that_is_reported(run_folder, capsys):
    assert measure_settings(run_folder, lines("a", "a", 7)) == {}
    assert "upright_confidence is not measured: there are 7 validation lines; 8 are needed" in capsys.readouterr().err
