"""The contract of line detectors, for every registered one and for one of the tests' own that is registered for a while."""
from __future__ import annotations

import json
import runpy
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np
import pytest
from PIL import Image

from ocr.engine.settings import EngineSettings
from ocr.formats.document import read_document
from ocr.formats.page_xml import page_xml_bytes
from ocr.images.load import read_frame
from ocr.images.rectify import turn
from ocr.lines.stage import LineStage, open_lines
from ocr.models import registry as registry_module
from ocr.models.registry import ModelFile, find, registry, write_registry
from ocr.models.store import CLONE, InstalledModel, folder_of
from ocr.models.tasks import TASKS, Architecture
from ocr.page.geometry import Box, Polygon, Transform
from ocr.page.model import Page, Region

SAMPLE, LINES_OF_SAMPLE = CLONE / "samples" / "harbour.jpg", 11
REGISTERED = [card for card in registry() if card.task == "lines"]
RULER = "ruler-lines"


@pytest.fixture
def ruler(monkeypatch, tmp_path):
    """Register and install a model of another architecture; give its card."""
    rows = (*TASKS["lines"].architectures, Architecture("projection", ("projection.json",), "projection_detector:ProjectionDetector"))
    tasks = MappingProxyType({**TASKS, "lines": replace(TASKS["lines"], architectures=rows)})
    monkeypatch.setattr(registry_module, "TASKS", tasks)
    monkeypatch.setattr(registry_module, "REGISTRY", tmp_path / "registry.json")
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    monkeypatch.setenv("OCR_CACHE", str(tmp_path / "cache"))
    content = json.dumps({"dark": 128}).encode()
    file = ModelFile("projection.json", sha256(content).hexdigest(), len(content))
    card = replace(find("lines", REGISTERED), name=RULER, architecture="projection", files=(file,), settings=())
    write_registry([*REGISTERED, card], tmp_path / "registry.json")
    folder_of(card).mkdir(parents=True)
    (folder_of(card) / file.name).write_bytes(content)
    return card


@pytest.fixture(params=[*(card.name for card in REGISTERED), RULER])
def stage(request):
    """Stage 2 with each detector."""
    if request.param == RULER:
        request.getfixturevalue("ruler")
        return open_lines(RULER, EngineSettings(threads=1))
    card = find(request.param)
    model = InstalledModel(card, CLONE / "models" / card.name)
    return LineStage(card.kind.open()(model, EngineSettings(threads=1)), card)


@pytest.fixture(scope="module")
def written():
    """A photo of eleven handwritten lines, small."""
    pixels = read_frame(SAMPLE).pixels
    return cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


def page_of(pixels, turns=0, margin=0.0):
    """A page turned counter-clockwise that has one region, the whole of it but a margin."""
    loaded, back = turn(pixels, -turns), Transform.quarter_turns(-turns, pixels.shape[:2])
    height, width = pixels.shape[:2]
    outline = back.polygon(Polygon.from_box(Box(margin, margin, width - margin, height - margin)))
    return Page("page.png", loaded.shape[:2], (Region("r1", outline),), turns), loaded


def bars():
    """Three level rows of four bars, right up to the page's right edge."""
    pixels = np.full((400, 600, 3), 240, np.uint8)
    for row in range(3):
        for column in range(4):
            pixels[60 + 100 * row:90 + 100 * row, 40 + 145 * column:165 + 145 * column] = 20
    return pixels


@pytest.mark.parametrize("turns", range(4))
def test_all_that_is_found_lies_on_the_page(stage, written, turns):
    for pixels in (written, bars()):
        page, loaded = page_of(pixels, turns)
        found = stage(page, loaded)
        height, width = page.size
        for line in found.lines:
            points = [*line.polygon.points, *line.baseline, *(p for word in line.words for p in word.polygon.points)]
            assert all(0 <= x <= width and 0 <= y <= height for x, y in points)
            assert line.polygon.area > 0 and 0 <= line.confidence <= 1 and all(0 <= w.confidence <= 1 for w in line.words)
        assert found.steps == (stage.step,)


@pytest.mark.parametrize("turns", range(4))
def test_lines_come_from_top_to_bottom_and_baselines_run_from_left_to_right(stage, written, turns):
    for pixels in (written, bars()):
        page, loaded = page_of(pixels, turns)
        lines, upright = list(stage(page, loaded).lines), Transform.quarter_turns(turns, page.size)
        middles = [upright.polygon(line.polygon).box.centre[1] for line in lines]
        assert middles == sorted(middles)
        assert [line.id for line in lines] == [f"r1_l{number + 1}" for number in range(len(lines))]
        for first, last in (upright.points((line.baseline[0], line.baseline[-1])) for line in lines if line.baseline):
            assert first[0] < last[0]


@pytest.mark.parametrize("name", [card.name for card in REGISTERED])
def test_registered_detectors_find_the_lines_of_a_photo(name, written):
    card = find(name)
    detector = card.kind.open()(InstalledModel(card, CLONE / "models" / name), EngineSettings(threads=1))
    page, loaded = page_of(written)
    assert abs(len(detector(loaded, page.regions[0].polygon, 0)) - LINES_OF_SAMPLE) <= 1


def test_the_same_page_gives_the_same_lines_in_grey_and_in_colour(stage, written):
    page, loaded = page_of(written)
    outline, grey = page.regions[0].polygon, cv2.cvtColor(loaded, cv2.COLOR_RGB2GRAY)
    first = stage.detector(grey, outline, 0)
    assert isinstance(first, list) and stage.detector(grey, outline, 0) == first
    same = np.repeat(grey[..., None], 3, axis=2)
    assert len(stage.detector(same, outline, 0)) == len(first)


def test_a_blank_region_gives_an_empty_list(stage):
    page, loaded = page_of(np.full((300, 400, 3), 250, np.uint8), margin=20)
    assert stage.detector(loaded, page.regions[0].polygon, 0) == []
    assert stage(page, loaded).regions == page.regions


def test_the_provenance_of_a_detector_goes_into_the_step(stage):
    assert all(isinstance(word, str) for pair in stage.detector.provenance for word in pair)
    assert stage.step.settings == tuple(sorted(stage.detector.provenance)) and stage.step.model in (RULER, "lines-words-ssd")


def test_a_detector_of_another_kind_goes_through_the_script(ruler, tmp_path):
    """From a row in the table of tasks and a card in the registry to lines in PAGE-XML, nothing else being touched."""
    page, pixels = page_of(bars(), margin=10)
    Image.fromarray(pixels).save(tmp_path / "page.png")
    (tmp_path / "page.xml").write_bytes(page_xml_bytes(page))
    main = runpy.run_path(str(CLONE / "scripts" / "2_segment_lines.py"))["main"]
    assert main(["run", "--model", RULER, str(tmp_path / "page.xml"), str(tmp_path / "out")]) == 0
    found = read_document(tmp_path / "out" / "page.xml")
    boxes = [line.polygon.box for line in found.lines]
    assert [(box.top, box.bottom) for box in boxes] == [(60, 90), (160, 190), (260, 290)]
    assert (found.steps[-1].model, found.steps[-1].sha256) == (RULER, ruler.sha256)
    assert dict(found.steps[-1].settings)["method"] == "projection"
