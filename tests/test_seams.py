"""A reader and a detector of another kind, without networks, frames or boxes, in every place that reads pages.

They are known by rows of the table of tasks and by cards, as any other model is; nothing else knows of them.
"""
from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from PIL import Image

from ocr.datasets.ground_truth import GroundTruthPage
from ocr.decoding.settings import DecodingSettings
from ocr.engine.settings import EngineSettings
from ocr.evaluation import evaluate
from ocr.images.load import read_frame
from ocr.lines.detector import DetectedLine
from ocr.models import registry
from ocr.models.registry import ModelCard, ModelFile
from ocr.models.store import folder_of
from ocr.models.tasks import TASKS, Architecture
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, ProcessingStep, Reading, Region
from ocr.pipeline import Pipeline, ReadSettings
from ocr.recognition.recogniser import Transcription

SIZE = (120, 200)
HALVES = (Polygon.from_box(Box(20, 20, 180, 58)), Polygon.from_box(Box(20, 62, 180, 100)))
SHADES = {"dark": 30, "light": 230}


class WholePage:
    """Finds one region, whatever the page."""

    name = "paragraphs"

    def __init__(self, model, engine, keep_doubtful=False, text="handwriting"):
        warnings = () if keep_doubtful else ("1 region was left out as doubtful.",)
        self.step = ProcessingStep(self.name, model.card.name, model.card.sha256, warnings=warnings)

    def __call__(self, page, pixels):
        region = Region("r1", Polygon.from_box(Box(10, 10, 190, 110)), kind="paragraph")
        return replace(page, regions=(region,), steps=(*page.steps, self.step))


class Halves:
    """Finds an upper and a lower line in a region, the lower one first, without baselines or words."""

    provenance = (("halves", "2"),)

    def __init__(self, model, engine):
        self.engine = engine

    def __call__(self, pixels, region, orientation):
        left, right = region.box.left + 10, region.box.right - 10
        top, middle, bottom = region.box.top + 10, (region.box.top + region.box.bottom) / 2, region.box.bottom - 10
        halves = Box(left, middle + 2, right, bottom), Box(left, top, right, middle - 2)
        return [DetectedLine(Polygon.from_box(half), (), (), 0.5) for half in halves]


class Shade:
    """Reads how light a line image is."""

    height, upright_confidence = 17, 0.0

    def __init__(self, model, engine, decoding):
        self.provenance = (("decoder", str(decoding.decoder)), ("shades", "2"))
        self.language = decoding.language

    def __call__(self, lines):
        assert all(line.shape[0] == self.height and line.dtype == np.uint8 for line in lines)
        return [Transcription("dark" if line.mean() < 128 else "light", 0.75, language=self.language or "vi")
                for line in lines]


@pytest.fixture
def models(tmp_path, monkeypatch):
    """Register and install a model of each of the three kinds, and no other."""
    monkeypatch.setenv("OCR_CACHE", str(tmp_path / "cache"))
    openers = {"paragraphs": WholePage, "lines": Halves, "recognition": Shade}
    rows = {name: replace(TASKS[name], architectures=(
        *TASKS[name].architectures, Architecture("toy", ("toy.txt",), f"{__name__}:{opener.__name__}")))
        for name, opener in openers.items()}
    table = MappingProxyType({**TASKS, **rows})
    for module in [module for name, module in sys.modules.items() if name.startswith("ocr.")]:
        if getattr(module, "TASKS", None) is TASKS:
            monkeypatch.setattr(module, "TASKS", table)
    content = b"toy"
    file = ModelFile("toy.txt", hashlib.sha256(content).hexdigest(), len(content))
    cards = [ModelCard(f"toy-{task}", "1", task, (file,), (("channels", 1),), None, ("vi", "fr"), (), "", (), "", (), "", 0.0,
                       0, 0, architecture="toy") for task in openers]
    monkeypatch.setattr(registry, "REGISTRY", tmp_path / "registry.json")
    registry.write_registry(cards, tmp_path / "registry.json")
    for card in cards:
        folder_of(card).mkdir(parents=True)
        (folder_of(card) / "toy.txt").write_bytes(content)
    return cards


@pytest.fixture
def image(tmp_path):
    pixels = np.full((*SIZE, 3), 255, np.uint8)
    for half, shade in zip(HALVES, SHADES.values()):
        box = half.box
        pixels[int(box.top):int(box.bottom), int(box.left):int(box.right)] = shade
    Image.fromarray(pixels).save(tmp_path / "page.png")
    return tmp_path / "page.png"


def test_the_pipeline_reads_with_them(models, image):
    pipeline = Pipeline(ReadSettings(EngineSettings(threads=1), decoding=DecodingSettings("greedy")))
    page = pipeline.read(read_frame(image))
    assert page.text == "dark\nlight"
    assert [line.language for line in page.lines] == ["vi", "vi"]
    assert [line.readings[0].confidence for line in page.lines] == pytest.approx([0.75, 0.75])
    assert [step.model for step in page.steps] == [card.name for card in models]
    assert dict(page.steps[2].settings)["shades"] == "2" and dict(page.steps[1].settings)["halves"] == "2"
    french = pipeline.with_decoding(DecodingSettings("beam", "fr"))
    assert [line.language for line in french.read(read_frame(image)).lines] == ["fr", "fr"]
    assert [transcription.text for transcription in french.recogniser([np.zeros((17, 40), np.uint8)])] == ["dark"]


def test_the_evaluation_scores_them(models, image):
    texts = ("dark", "dark")                                # the second one is light
    lines = tuple(Line(f"l{number}", half, (), (), (Reading(text),)) for number, (half, text) in enumerate(zip(HALVES, texts)))
    ground_truth = Page(str(image), SIZE, (Region("r", Polygon.from_box(Box(10, 10, 190, 110)), lines),))
    result = evaluate([GroundTruthPage(ground_truth, image, "writer", "page")], Pipeline())
    assert result.lines.cer == result.ground_truth_lines.cer == pytest.approx(5 / 8)
    assert result.line_boxes.f1 == result.regions.f1 == 1 and not result.failed
    assert (result.worst[0].pair.hypothesis, result.worst[0].image.shape[0]) == ("light", 17)


def test_the_service_reads_with_them(models, image, tmp_path):
    from ocr.serving.reading import notes_of, open_reader

    read, on_progress = open_reader(), []
    task = {"path": str(image), "frame": 0, "decoder": "greedy", "language": "fr", "language_models": None, "whole": None,
            "keep_doubtful": False, "page": str(tmp_path / "0001.json"), "picture": str(tmp_path / "0001.jpg")}
    for _ in range(2):                                      # the second time it is there already
        assert read(task, on_progress.append) == {"warnings": ("1 region was left out as doubtful.",), "left_out": True}
    found = json.loads((tmp_path / "0001.json").read_text())
    assert on_progress == ["paragraphs", "lines", "recognition"]
    assert [line["text"] for line in found["regions"][0]["lines"]] == ["dark", "light"]
    assert (found["image"], found["language"]) == ("page.png", "fr")
    assert [line["language"] for line in found["regions"][0]["lines"]] == ["fr", "fr"]
    assert Image.open(tmp_path / "0001.jpg").size == SIZE[::-1]
    on_progress.clear()
    for _ in range(2):                                      # what was left out is read once
        assert read({**task, "keep_doubtful": True}, on_progress.append) == {"warnings": (), "left_out": False}
    assert on_progress == ["paragraphs", "lines", "recognition"]
    other = ProcessingStep("paragraphs", warnings=("1 region of print was left out as other text.",))
    assert not notes_of(Page("", SIZE, steps=(other,)))["left_out"]             # keep_doubtful does not read it
    on_progress.clear()
    read({**task, "whole": "line", "page": str(tmp_path / "0002.json")}, on_progress.append)
    assert on_progress == ["lines", "recognition"]
    assert len(json.loads((tmp_path / "0002.json").read_text())["regions"][0]["lines"]) == 1
