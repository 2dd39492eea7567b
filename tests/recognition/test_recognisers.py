"""What every registered recogniser keeps to, and which of them is opened."""
from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ocr.decoding.settings import DecodingSettings
from ocr.engine.settings import EngineSettings
from ocr.errors import InputError, ModelMismatch
from ocr.formats.page_xml import page_xml_bytes, read_page_xml
from ocr.images.alone import single_line_image
from ocr.models import registry as registry_module
from ocr.models import tasks
from ocr.models.registry import ModelFile, registry, write_registry
from ocr.models.store import folder_of
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, Region
from ocr.recognition.crnn.recogniser import open_crnn
from ocr.recognition.opening import open_recognition
from ocr.recognition.recogniser import Transcription, certainty, observe, read_each, words_of

ROOT = Path(__file__).parents[2]
GREEDY, ENGINE = DecodingSettings("greedy"), EngineSettings(threads=1)
NAMES = [card.name for card in registry() if card.task == "recognition"]
pytestmark = pytest.mark.usefixtures("installed_models")


@pytest.fixture(scope="module", params=NAMES)
def recogniser(request, installed_models):
    return open_recognition(request.param, ENGINE, GREEDY).recogniser


@pytest.fixture
def lines(recogniser):
    """The first lines of a sample page, cut out, and a blank one."""
    with Image.open(ROOT / "samples" / "harbour.jpg") as image:
        pixels = np.asarray(image.convert("L"))
    cut = [single_line_image(np.repeat(pixels[top:top + 60, 150:1110, None], 3, axis=2), recogniser.height) for top in (190, 252)]
    return [*cut, np.full((recogniser.height, 300), 235, np.uint8)]


def test_every_line_is_read_once_and_its_places_lie_on_it_in_order(recogniser, lines):
    found = recogniser(lines)
    assert len(found) == 3 and any(read.text for read in found[:2])
    for read, line in zip(found, lines):
        assert isinstance(read, Transcription) and 0 <= read.confidence <= 1 and 0 <= certainty(read) <= 1
        assert not read.characters or "".join(character.text for character in read.characters) == read.text
        words = words_of(read, line.shape[1])
        assert [word.text for word in words] == read.text.split()
        for part in (*read.characters, *words):
            assert 0 <= part.left < part.right <= line.shape[1] and 0 <= part.confidence <= 1
        for parts in (read.characters, words):
            assert all(before.right <= after.left for before, after in zip(parts, parts[1:]))
        if read.words:
            ink = np.flatnonzero((line < np.median(line) - 40).any(axis=0))
            assert read.words[-1].right > 0.6 * ink[-1]                      # in pixels of this image, not of another


def test_reading_is_the_same_each_time_and_looking_first_changes_nothing(recogniser, lines):
    found = recogniser(lines)
    seen = observe(recogniser, lines)
    assert recogniser(lines) == found == seen.transcribe() == seen.transcribe()
    assert 0 < seen.confidence <= 1


def test_no_line_and_a_blank_line_are_no_trouble(recogniser, lines):
    assert recogniser([]) == [] == read_each(recogniser, []) and observe(recogniser, []).confidence == 0
    blank = lines[-1]
    for found in (recogniser([blank]), read_each(recogniser, [blank])):
        (read,) = found
        assert len(read.text) <= 1 and (read.text or read.confidence == 0)
    narrow = np.full((recogniser.height, 1), 200, np.uint8)
    assert len(recogniser([narrow])) == 1


def test_lines_of_different_pages_do_not_change_each_other(recogniser, lines):
    together = read_each(recogniser, lines)
    apart = [recogniser([line])[0] for line in lines]
    assert [read.text for read in together] == [read.text for read in apart]


def test_a_recogniser_says_what_it_wants_and_what_it_is_made_of(recogniser):
    assert recogniser.height >= 8 and 0 <= recogniser.upright_confidence <= 1
    assert recogniser.provenance == tuple(sorted(recogniser.provenance))
    assert all(isinstance(part, str) for pair in recogniser.provenance for part in pair)


def test_the_language_picks_the_recogniser(capsys):
    assert open_recognition(None, ENGINE, DecodingSettings("greedy", "fr-CA")).card.name == "latin-crnn"
    assert capsys.readouterr().err == ""
    named = open_recognition("latin-words", ENGINE, DecodingSettings("greedy", "fr"))
    assert named.card.name == "latin-words" and "latin-words has not learned fr" in capsys.readouterr().err
    assert open_recognition(None, ENGINE, DecodingSettings("greedy", "FRA")).step.settings[-1] == ("language", "fr")


def test_a_language_that_nothing_reads_is_named_with_those_that_are():
    with pytest.raises(InputError, match="reads the language nl.*de, en, es, fr, vi"):
        open_recognition(None, ENGINE, DecodingSettings("greedy", "nl"))
    with pytest.raises(InputError, match="deutsch"):
        open_recognition(None, ENGINE, DecodingSettings("greedy", "deutsch"))


class Counting:
    """A recogniser without frames or characters: says how many dark columns a line has."""

    height, upright_confidence = 32, 0.0

    def __init__(self, model, engine, decoding):
        self.provenance = (("unit", dict(model.card.inputs)["unit"]),)

    def __call__(self, lines):
        assert all(line.shape[0] == 32 and line.dtype == np.uint8 for line in lines)
        counts = [int((np.diff((line.min(axis=0) < 120).astype(int)) == 1).sum()) for line in lines]
        return [Transcription(f"{count} bars", 0.5, language="en") for count in counts]


@pytest.fixture
def counting(monkeypatch, tmp_path):
    """A registry with another recogniser, of an architecture of its own, first."""
    monkeypatch.setenv("OCR_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("ocr.recognition.Counting", Counting, raising=False)
    task = tasks.TASKS["recognition"]
    architecture = tasks.Architecture("counting", ("unit.txt",), "ocr.recognition:Counting")
    changed = {**tasks.TASKS, "recognition": replace(task, architectures=(*task.architectures, architecture))}
    for module in (tasks, registry_module):
        monkeypatch.setattr(module, "TASKS", changed)
    content = b"bars"
    from hashlib import sha256

    file = ModelFile("unit.txt", sha256(content).hexdigest(), len(content))
    card = replace(registry()[0], name="counter", task="recognition", architecture="counting", files=(file,), alphabet=None,
                   inputs=(("unit", "bars"),), settings=(), languages=("en",))
    path = tmp_path / "registry.json"
    write_registry([card, *registry()], path)
    monkeypatch.setattr(registry_module, "REGISTRY", path)
    folder_of(card).mkdir(parents=True)
    (folder_of(card) / "unit.txt").write_bytes(content)
    return card


def test_another_architecture_reads_pages_without_a_change_anywhere(counting, tmp_path, capsys):
    pixels = np.full((160, 320, 3), 235, np.uint8)
    pixels[30:54, 40:250:30] = pixels[30:54, 41:250:30] = pixels[30:54, 42:250:30] = 30
    outline = Polygon.from_box(Box(30, 25, 260, 60))
    page = Page("p.png", (160, 320), (Region("r", outline, (Line("l", outline),), "paragraph"),))
    Image.fromarray(pixels).save(tmp_path / "p.png")
    (tmp_path / "p.xml").write_bytes(page_xml_bytes(page))
    main = runpy.run_path(str(ROOT / "scripts" / "3_recognise_text.py"))["main"]
    assert main(["run", str(tmp_path / "p.xml"), str(tmp_path / "out")]) == 0
    read = read_page_xml(tmp_path / "out" / "p.xml")
    assert read.text == "7 bars" and read.language == "en"
    assert (read.steps[-1].model, read.steps[-1].settings) == ("counter", (("unit", "bars"),))
    line = next(read.lines)
    assert [word.text for word in line.words] == ["7", "bars"] and line.words[0].polygon.box.right < 120
    assert main(["read", str(tmp_path / "p.png")]) == 0
    _, text, confidence = capsys.readouterr().out.split("\t")
    assert text.endswith(" bars") and confidence == "0.500\n"


def test_decoders_are_not_tried_on_other_architectures(counting):
    with pytest.raises(InputError, match="counter is of the architecture counting"):
        open_crnn(None, ENGINE)


def test_an_architecture_that_is_not_known_is_refused(counting, monkeypatch):
    monkeypatch.undo()
    with pytest.raises(ModelMismatch, match="'counting' are not known"):
        replace(registry()[0], task="recognition", architecture="counting").kind.open()
