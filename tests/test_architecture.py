"""ARCHITECTURE.md followed exactly: its recogniser reads a page, its detector finds lines, its format writes; no package is missing."""
from __future__ import annotations

import importlib
import json
import re
import shlex
import shutil
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from tests.documents import ROOT, fenced, section

TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


def blocks(title, language):
    return [block for block in fenced(section(TEXT, title)) if block.language == language]


@pytest.fixture()
def make_module(tmp_path, monkeypatch):
    """Write a block of code to the file that the text before it names, in a package beside the project's own."""
    def make(block):
        name = re.findall(r"`(ocr/[\w/]+\.py)`", block.before)[-1]
        file = tmp_path / "made" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.text, encoding="utf-8")
        parent = "/".join(name.split("/")[:2])
        package = importlib.import_module(parent.replace("/", "."))
        if file.parent != tmp_path / "made" / parent:
            (file.parent / "__init__.py").touch()
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path / "made" / parent)])
        importlib.invalidate_caches()
        return importlib.import_module(name[:-3].replace("/", "."))

    before = set(sys.modules)
    yield make
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", None) and str(tmp_path) in str(sys.modules[name].__file__):
            del sys.modules[name]


@pytest.fixture()
def add_row(monkeypatch):
    """Put a row of code into the table of tasks, as if it were in ocr/models/tasks.py."""
    def add(task_name, row):
        from dataclasses import replace

        from ocr.models import tasks

        made = eval(row, vars(tasks).copy())                                    # as the table's own rows are
        known = tasks.TASKS
        changed = {**known, task_name: replace(known[task_name], architectures=(*known[task_name].architectures, made))}
        for module in list(sys.modules.values()):
            if getattr(module, "TASKS", None) is known:
                monkeypatch.setattr(module, "TASKS", changed)
        return made
    return add


def test_a_recogniser_is_added_as_the_steps_say_and_reads_a_page(tmp_path, monkeypatch, installed_models, make_module, add_row):
    from ocr import read_page
    from ocr.decoding.settings import DecodingSettings
    from ocr.engine.settings import EngineSettings
    from ocr.images.load import read_frame
    from ocr.models import registry
    from ocr.models.store import fetch, require
    from ocr.recognition.opening import open_recognition
    from ocr.scoring.error_rates import TextPair, score_texts

    code, row = blocks("Add a recogniser", "python")
    module = make_module(code)                                                                          # step 1
    architecture = add_row("recognition", row.text)                                                     # step 2
    assert architecture.open() is module.BestPathRecogniser

    run, shipped = tmp_path / "runs" / "best-path", require("latin-crnn")                               # step 3
    run.mkdir(parents=True)
    for name in architecture.files:
        shutil.copyfile(shipped.folder / name, run / name)
    (block,) = blocks("Add a recogniser", "json")
    description = {**json.loads(block.text), "alphabet": shipped.card.alphabet}
    (run / "run.json").write_text(json.dumps(description), encoding="utf-8")

    sample = ROOT / "samples" / "harbour.jpg"
    found, image, ground_truth = read_page(sample), read_frame(sample), sample.with_suffix(".txt").read_text(encoding="utf-8")
    engine, decoding = EngineSettings(threads=1), DecodingSettings()
    read = open_recognition(str(run), engine, decoding)(found, image.pixels)
    assert score_texts([TextPair(ground_truth, read.text, "page")]).cer < 0.15

    (block,) = blocks("Add a recogniser", "sh")                                                             # step 4
    register = next(shlex.split(line) for line in block.text.splitlines() if "register_model" in line)
    (tmp_path / "scores.json").write_text('{"cer": 0.05}')
    shutil.copyfile(registry.REGISTRY, tmp_path / "registry.json")
    monkeypatch.chdir(tmp_path)
    spec = importlib.util.spec_from_file_location("register_model", ROOT / register[1])
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.main([*register[2:], "--models", str(tmp_path / "models"), "--registry", str(tmp_path / "registry.json")]) == 0
    card = (tmp_path / "models" / "best-path-latin" / "README.md").read_text(encoding="utf-8")
    assert "`best-path`" in card and "reduction" in card and "CC BY 4.0" in card

    monkeypatch.setattr(registry, "REGISTRY", tmp_path / "registry.json")
    monkeypatch.setenv("OCR_CACHE", str(tmp_path / "cache"))
    fetch(registry.find("best-path-latin"), str(tmp_path / "models"))
    again = open_recognition("best-path-latin", engine, decoding)(found, image.pixels)
    assert again.text == read.text
    assert again.steps[-1].model == "best-path-latin" and ("decoder", "best path") in again.steps[-1].settings
    assert all(word.polygon.box.area > 0 for line in again.lines for word in line.words)


@pytest.mark.parametrize("orientation", [0, 1, 2, 3])
def test_a_detector_is_added_as_the_steps_say_and_finds_lines(make_module, add_row, orientation):
    from ocr.engine.settings import EngineSettings
    from ocr.page.geometry import Box, Polygon, Transform

    code, row = blocks("Add a detector", "python")
    module = make_module(code)
    assert add_row("lines", row.text).open() is module.ProfileDetector
    model = SimpleNamespace(card=SimpleNamespace(setting=lambda name, default: default))
    detector = module.ProfileDetector(model, EngineSettings())
    upright, written = np.full((200, 300), 240, np.uint8), [Box(20, 30, 280, 50), Box(20, 80, 280, 104)]
    for box in written:
        upright[int(box.top):int(box.bottom), int(box.left):int(box.right)] = 30
    pixels = np.ascontiguousarray(np.rot90(upright, orientation))
    to_page = Transform.quarter_turns(orientation, pixels.shape).inverse()
    lines = detector(pixels, to_page.polygon(Polygon.from_box(Box(10, 10, 290, 190))), orientation)
    expected = [to_page.polygon(Polygon.from_box(Box(10, box.top, 290, box.bottom))).box for box in written]
    assert [line.polygon.box for line in lines] == expected and dict(detector.provenance)


def test_a_format_is_added_as_the_steps_say_and_writes(make_module):
    from ocr.formats import available
    from ocr.page.geometry import Box, Polygon
    from ocr.page.model import Line, Page, Reading, Region, Sheet

    code, row = blocks("Add a format", "python")
    module = make_module(code)
    made = eval(row.text, {**vars(available), **vars(module)})
    outline = Polygon.from_box(Box(0, 0, 10, 10))
    lines = tuple(Line(f"l{number}", outline, (), (), (Reading(text, 0.9),)) for number, text in enumerate(("one", "two")))
    page = Page("a.jpg", (20, 20), (Region("r", outline, lines),))
    assert made.write([Sheet(page)]).decode() == "# a.jpg\n\none  \ntwo\n" and made.name not in available.FORMATS


def test_every_package_is_in_the_table_of_layers():
    packages = {path.name for path in (ROOT / "ocr").iterdir()
                if path.suffix == ".py" and path.name != "__init__.py" or (path / "__init__.py").is_file()}
    table = section(TEXT, "Layers")
    assert not {package for package in packages if f"`ocr/{package}`" not in table}
