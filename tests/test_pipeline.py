"""The chain: what is opened from which settings, what is shared, that networks are loaded once, and what is refused."""
from __future__ import annotations

import pickle
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest

from ocr import pipeline as module
from ocr.decoding.settings import DecodingSettings
from ocr.engine.settings import EngineSettings
from ocr.errors import ImageError, InputError
from ocr.images.load import PageImage
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, ProcessingStep, Reading, Region
from ocr.pipeline import Pipeline, PipelineCache, ReadSettings, read_page

GREEDY = DecodingSettings("greedy")
PIXELS = np.full((40, 60, 3), 200, np.uint8)
OUTLINE = Polygon.from_box(Box(2, 2, 50, 30))


class Stage:
    """Adds what its place in the chain adds, and fails where the stage before it has not worked."""

    def __init__(self, name, settings):
        self.name, self.settings = name, settings
        self.step = ProcessingStep(name)
        self.recogniser = f"recogniser of {settings.decoding.decoder}"

    def __call__(self, page, pixels):
        if self.name == "paragraphs":
            page = replace(page, regions=(Region("r", OUTLINE),))
        elif self.name == "lines":
            page = replace(page, regions=(replace(page.regions[0], lines=(Line("l", OUTLINE),)),))
        else:
            (line,) = page.lines
            read = replace(line, readings=(Reading(f"read {self.settings.decoding.decoder}"),))
            page = replace(page, regions=(replace(page.regions[0], lines=(read,)),))
        return replace(page, steps=(*page.steps, self.step))


@pytest.fixture
def opened(monkeypatch):
    """The (stage, settings) pairs that were opened, slowly enough for other threads to come between."""
    found = []

    def open_stage(name, settings):
        found.append((name, settings))
        time.sleep(0.02)
        return Stage(name, settings)

    monkeypatch.setattr(module, "_open_stage", open_stage)
    monkeypatch.setattr(module, "_PIPELINES", PipelineCache())
    return found


def image():
    return PageImage(Path("a/p.png"), 2, PIXELS)


def test_each_step_is_named_and_gives_the_page_as_it_then_is(opened):
    pipeline = Pipeline(ReadSettings(decoding=GREEDY))
    names, pages = zip(*pipeline.steps(image()))
    assert names == pipeline.names == ("paragraphs", "lines", "recognition")
    assert [len(page.steps) for page in pages] == [1, 2, 3] and [len(list(page.lines)) for page in pages] == [0, 1, 1]
    page = pipeline.read(image())
    assert page == pages[2] and page.text == "read greedy"
    assert (page.image_filename, page.size, page.frame, page.language) == ("a/p.png", (40, 60), 2, None)


def test_a_stage_works_when_its_page_is_asked_for(opened):
    steps = Pipeline().steps(image())
    name, page = next(steps)
    assert name == "paragraphs" and not list(page.lines)


def test_another_decoding_shares_the_stages_before_recognition(opened):
    first = Pipeline(ReadSettings(EngineSettings("torch"), (("recognition", "small"),)))
    other = first.with_decoding(GREEDY)
    assert other.stages[:2] == first.stages[:2] and other.stages[2] is not first.stages[2]
    assert first.read(image()).text == "read None" and other.read(image()).text == "read greedy"
    assert other.recogniser == "recogniser of greedy" and other.settings == replace(first.settings, decoding=GREEDY)
    assert opened[3:] == [("recognition", other.settings)]
    assert other.with_decoding(GREEDY) is other


def test_other_settings_share_the_stages_that_they_leave_as_they_are(opened):
    cache = PipelineCache()
    page, more, line = (cache.get(settings) for settings in (ReadSettings(), ReadSettings(keep_doubtful=True),
                                                             ReadSettings(whole="line")))
    assert more.stages[1:] == page.stages[1:] and more.stages[0] is not page.stages[0]
    assert line.names == ReadSettings(whole="line").stages == ("lines", "recognition")
    assert [name for name, _ in opened] == ["paragraphs", "lines", "recognition", "paragraphs", "lines", "recognition"]
    assert cache.get(ReadSettings(whole="word")).stages[0] is not line.stages[0]
    assert cache.get(ReadSettings(EngineSettings("torch"))).stages[1] is not page.stages[1]
    assert cache.get(ReadSettings(models=(("lines", "fine"),))).stages[1] is not page.stages[1]


def test_the_models_of_stages_are_those_of_the_settings():
    settings = ReadSettings(models=(("lines", "fine"), ("recognition", "run")))
    assert [settings.model(name) for name in ("paragraphs", "lines", "recognition")] == [None, "fine", "run"]
    assert pickle.loads(pickle.dumps(settings)) == settings and hash(settings) == hash(replace(settings))


@pytest.mark.parametrize("models, said", [((("words", "x"),), "no stage 'words'"),
                                          ((("lines", "x"), ("lines", "y")), "lines was given 2 models")])
def test_models_of_no_stage_or_of_one_stage_twice_are_refused(models, said):
    with pytest.raises(InputError, match=said):
        ReadSettings(models=models)


def test_eight_threads_that_ask_at_once_load_the_networks_once(opened):
    together = Barrier(8)

    def ask(_):
        together.wait()
        return read_page(PIXELS)

    with ThreadPoolExecutor(8) as threads:
        pages = list(threads.map(ask, range(8)))
    assert [name for name, _ in opened] == ["paragraphs", "lines", "recognition"]
    assert {page.text for page in pages} == {"read None"}


def test_a_page_is_read_with_the_settings_and_language_asked_for(opened):
    settings = ReadSettings(EngineSettings(threads=1), decoding=GREEDY)
    page = read_page(PIXELS[:, :, 0], settings=settings, language="fr")
    assert page.text == "read greedy" and page.language == "fr"
    assert opened[-1][1] == replace(settings, decoding=DecodingSettings("greedy", "fr"))
    assert read_page(PIXELS, settings=settings).language is None
    assert [name for name, _ in opened] == ["paragraphs", "lines", "recognition", "recognition"]


def test_a_cache_keeps_the_pipelines_that_were_asked_for_last(opened):
    cache = PipelineCache(2)
    engines = [ReadSettings(EngineSettings(name)) for name in ("onnx", "torch", "gluon")]
    first, second = cache.get(engines[0]), cache.get(engines[1])
    assert cache.get(engines[0]) is first and cache.get(engines[2]) is not second
    assert cache.get(engines[0]) is first
    assert cache.get(engines[1]) is not second


@pytest.mark.parametrize("pixels", [np.zeros((40, 60, 4), np.uint8), np.zeros((40, 60), np.float32), np.zeros(9, np.uint8)])
def test_pixels_of_another_kind_are_refused(pixels):
    with pytest.raises(ImageError, match="uint8 of shape"):
        read_page(pixels)
