"""A corrector from a text file and a table of confusions: what is written can be opened; errors in one line."""
from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

pytest.importorskip("gluonnlp")
pytest.importorskip("onnx")

from ocr.decoding.corrector.confusions import Confusions, measure_confusions
from ocr.decoding.corrector.search import search
from ocr.decoding.corrector.tokens import Tokens
from ocr.engine.network import open_network
from ocr.decoding.lstm.characters import Characters

SCRIPT = Path(__file__).parents[2] / "scripts" / "train_corrector.py"
LINE = "the cat sat on the mat and looked at the moon and then at the other cat on the mat"


def train(*words):
    return runpy.run_path(str(SCRIPT))["main"]([str(word) for word in words])


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("\n".join([LINE] * 60))
    return path


def test_a_text_becomes_a_corrector(text, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    measure_confusions([("tbe cat", "the cat")], Characters.of([LINE], 1)).save(run / "confusions.npz")
    assert train("--data", f"text:{text}", "--out", run, "--epochs", 1, "--batches", 2, "--units", 8, "--layers", 1,
                 "--workers", 1) == 0
    note = json.loads((run / "run.json").read_text())
    assert note["task"] == "corrector" and note["alphabet"] == " acdehklmnorst" and note["scores"]["bits_per_character"] > 0
    tokens = Tokens(Confusions.load(run / "confusions.npz").characters)
    onnx, gluon = (search(open_network(run, engine), tokens, ["tbe cat", "the"], 2, 4) for engine in ("onnx", "gluon"))
    assert [[one.text for one in found] for found in onnx] == [[one.text for one in found] for found in gluon]


def test_confusions_that_are_neither_there_nor_asked_for_are_an_error(text, tmp_path, capsys):
    assert train("--data", f"text:{text}", "--out", tmp_path / "run") == 1
    assert "--confusions" in capsys.readouterr().err


def test_a_damaged_table_is_an_error(text, tmp_path, capsys):
    (tmp_path / "confusions.npz").write_bytes(b"PK")
    assert train("--data", f"text:{text}", "--out", tmp_path) == 1
    assert "confusions.npz" in capsys.readouterr().err
