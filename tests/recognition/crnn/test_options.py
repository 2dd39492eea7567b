"""The options of CRNN training: what follows from others, and the settings that a run leaves for the card."""
from __future__ import annotations

import argparse
import json

import numpy as np
import pytest

from ocr.engine.learner import TracedTraining
from ocr.recognition.crnn import measuring, options
from ocr.training import run_folder


@pytest.mark.parametrize("given, unit, expected", [(None, "line", 16.0), (None, "word", 0.0), (0.0, "line", 0.0), (20.0, "word", 20.0)])
def test_a_run_records_its_network_and_what_was_measured(tmp_path, monkeypatch, given, unit, expected):
    class Task:
        name, alphabet, validation = "recognition", argparse.Namespace(characters="ab"), ["a line"]

    (tmp_path / "best.npz").write_bytes(b"")
    (tmp_path / "journal.jsonl").write_text(json.dumps({"epoch": 0, "best_epoch": 0, "seconds": 1, "cer": 0.5}) + "\n")
    monkeypatch.setattr(run_folder, "read_arrays", lambda path: {})
    monkeypatch.setattr(run_folder, "save_network", lambda *arguments: {"weight": np.zeros((2, 3))})
    monkeypatch.setattr(measuring, "measure_settings", lambda folder, lines: {"upright_confidence": 0.5, "lines": len(lines)})
    arguments = argparse.Namespace(out=tmp_path, data=["iam:x"], height=48, character_width=given, unit=unit)
    path = options.save_run(arguments, TracedTraining("", "", {}, (), ()), Task)
    record = json.loads(path.read_text())
    assert record["input"] == {"channels": 1, "height": 48, "character_width": expected} and record["alphabet"] == "ab"
    assert record["architecture"] == "crnn" and record["model_settings"] == {
        "reduction": 4, "width_step": 32, "upright_confidence": 0.5, "lines": 1}
