"""Contract of every model that ships with the repository: its files, sizes, digests and card."""
from pathlib import Path

import pytest

from ocr.models.card import render_card
from ocr.models.registration import MAX_BYTES
from ocr.models.registry import registry
from ocr.models.store import Condition, verify

MODELS = Path(__file__).resolve().parents[2] / "models"


@pytest.fixture(params=registry(), ids=lambda card: card.name)  # an empty registry skips
def shipped(request):
    return request.param


def test_its_files_are_those_registered(shipped):
    assert verify(shipped, MODELS / shipped.name) == Condition((), ())
    assert {file.name for file in shipped.files} == set(shipped.kind.files)
    assert {path.name for path in (MODELS / shipped.name).iterdir()} == {*shipped.kind.files, "README.md"}


def test_it_is_small(shipped):
    assert shipped.size < MAX_BYTES


def test_its_card_is_the_one_rendered(shipped):
    assert (MODELS / shipped.name / "README.md").read_text(encoding="utf-8") == render_card(shipped)


def test_its_card_is_complete(shipped):
    assert shipped.licence and shipped.training_data and shipped.figures and shipped.measured_on and shipped.command
    assert (shipped.alphabet is not None) == (shipped.task == "recognition")


def test_no_folder_is_left_unregistered():
    folders = {path.name for path in MODELS.iterdir() if path.is_dir()} if MODELS.is_dir() else set()
    assert folders == {card.name for card in registry()}
