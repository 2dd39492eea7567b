"""Error messages of a train verb whose engine or device cannot be used."""
from __future__ import annotations

import argparse
import sys

import pytest

from ocr.errors import EngineUnavailable
from ocr.training.options import add_options, make_learner


def arguments(*words):
    parser = argparse.ArgumentParser()
    add_options(parser, 1, 1e-3)
    return parser.parse_args(["--data", "iam:x", "--out", "y", *words])


def test_a_missing_pytorch_is_reported(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    for name in ("graph", "layers", "operators"):
        monkeypatch.delitem(sys.modules, f"ocr.engine.torch_{name}", raising=False)
    with pytest.raises(EngineUnavailable, match="needs PyTorch"):
        make_learner(arguments("--engine", "torch"), None)


@pytest.mark.parametrize("words, reason", [(["--device", "gpu:first"], "not a device"), (["--half"], "--engine torch")])
def test_settings_that_no_engine_has_are_refused(words, reason):
    with pytest.raises(EngineUnavailable, match=reason):
        make_learner(arguments(*words), None)
