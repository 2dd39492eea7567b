"""What all tests share: MXNet imported the project's way, and the models of this clone installed once."""
from __future__ import annotations

import json
import os

import pytest

from ocr.engine.gluon import import_mxnet
from ocr.errors import EngineUnavailable

try:
    import_mxnet()                              # first, so that pytest.importorskip("mxnet") finds it ready
except EngineUnavailable:
    MXNET = False
else:
    MXNET = True


def pytest_report_header():
    """Say whether the tests that need MXNet will run."""
    return f"MXNet: {'installed' if MXNET else 'not installed, tests of the gluon engine are skipped'}"


@pytest.fixture(scope="session")
def installed_models(tmp_path_factory):
    """Install the clone's own models in a cache of the tests; give the environment that reads from it."""
    from ocr.models.registry import registry
    from ocr.models.store import CLONE, fetch

    cards = registry()
    if not {card.task for card in cards} >= {"paragraphs", "lines", "recognition"}:
        pytest.skip("no models are registered")
    cache = str(tmp_path_factory.mktemp("cache"))
    before = os.environ.get("OCR_CACHE")
    os.environ["OCR_CACHE"] = cache
    for card in cards:
        fetch(card, str(CLONE / "models"))
    yield {**os.environ, "OCR_CACHE": cache}
    if before is None:
        del os.environ["OCR_CACHE"]
    else:
        os.environ["OCR_CACHE"] = before


@pytest.fixture(scope="session")
def corrector_folder(tmp_path_factory):
    """A run folder with a corrector that has learned nothing."""
    pytest.importorskip("gluonnlp"), pytest.importorskip("onnx")
    from ocr.decoding.corrector.training import trace_corrector
    from ocr.engine.network import save_network

    folder, known = tmp_path_factory.mktemp("corrector"), " abcdefghijklmnopqrstuvwxyz"
    traced = trace_corrector(len(known) + 3, seed=0, units=8, hidden=8, heads=2, layers=1)
    save_network(folder, traced, traced.weights, {})
    (folder / "run.json").write_text(json.dumps({
        "task": "corrector", "command": ["train"], "data": ["english.txt"], "epochs": 1, "seconds": 1, "hardware": "cpu",
        "alphabet": known, "input": {}, "parameters": 1}))
    return folder


@pytest.fixture(scope="session")
def language_folder(tmp_path_factory):
    """A run folder with a small model of English in lower case."""
    from ocr.decoding.ngrams.file import save_ngrams
    from ocr.decoding.ngrams.training import learn_language

    folder = tmp_path_factory.mktemp("language")
    text = ("the old house and the mouse stood there while the sun was out and the house was loud so we all went to the "
            "shore where a boat lay on the sand the quick brown fox jumps over the lazy dog ")
    save_ngrams(folder / "ngrams.npz", learn_language([text], 4, (), 1))
    (folder / "run.json").write_text(json.dumps({
        "task": "language", "command": ["build"], "data": ["english.txt"], "epochs": 1, "seconds": 1, "hardware": "cpu",
        "alphabet": None, "input": {"order": 4}, "parameters": 1}))
    return folder
