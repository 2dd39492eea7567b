"""A language network from a text file: what is written can be opened by each engine; errors in one line."""
from __future__ import annotations

import json
import runpy
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("gluonnlp")
pytest.importorskip("onnx")

from ocr.engine.network import open_network

SCRIPT = Path(__file__).parents[2] / "scripts" / "train_language_model.py"


def train(*words):
    return runpy.run_path(str(SCRIPT))["main"]([str(word) for word in words])


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("\n".join(["the cat sat on the mat and looked at the moon"] * 120))
    return path


def test_a_text_becomes_a_network(text, tmp_path, capsys):
    assert train("--data", f"text:{text}", "--out", tmp_path / "run", "--epochs", 1, "--hidden", 8, "--workers", 1) == 0
    note = json.loads((tmp_path / "run" / "run.json").read_text())
    assert note["task"] == "language-network" and note["alphabet"] == " acdehklmnost"
    assert 0 < note["scores"]["bits_per_character"] < 5
    tokens = np.array([[0, 1, 2, 3]], np.float32)
    (first,), (second,) = (open_network(tmp_path / "run", engine)(tokens) for engine in ("onnx", "gluon"))
    assert first.shape == (1, 4, 14) and first == pytest.approx(second, abs=1e-5)
    assert "characters" in capsys.readouterr().err


def test_a_text_that_is_too_short_is_an_error_in_one_line(tmp_path, capsys):
    (tmp_path / "short.txt").write_text("a b")
    assert train("--data", f"text:{tmp_path / 'short.txt'}", "--out", tmp_path / "run", "--epochs", 1, "--hidden", 8) == 1
    assert "no training data" in capsys.readouterr().err


def test_a_text_that_is_not_there_is_an_error(tmp_path, capsys):
    assert train("--data", f"text:{tmp_path / 'gone.txt'}", "--out", tmp_path / "run") == 1
    assert "gone.txt" in capsys.readouterr().err
