"""The evaluation with a pipeline that knows the answers: a page that cannot be read counts as not read at all."""
from __future__ import annotations

from dataclasses import replace

import pytest
from PIL import Image

from ocr.datasets.ground_truth import GroundTruthPage
from ocr.errors import DatasetError
from ocr.evaluation import evaluate
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, Reading, Region, Word
from ocr.recognition.recogniser import Transcription


def page(path, text):
    outline = Polygon.from_box(Box(10, 10, 90, 30))
    word = Word("w1", outline, (Reading(text),))
    return Page(str(path), (60, 100), (Region("r1", outline, (Line("l1", outline, (), (word,), (Reading(text),)),)),))


class Recogniser:
    height = 16

    def __call__(self, lines):
        assert all(line.shape[0] == self.height for line in lines)
        return [Transcription("abcd", 0.0) for _ in lines]


class Pipeline:
    recogniser = Recogniser()

    def steps(self, image):
        segmented = page(image.path, "")
        yield from (("paragraphs", Page(str(image.path), (60, 100))), ("lines", segmented),
                    ("recognition", page(image.path, "abcd")), ("entities", Page(str(image.path), (60, 100))))


@pytest.fixture
def ground_truths(tmp_path):
    for name in ("good.png", "bad.png"):
        Image.new("L", (100, 60), 255).save(tmp_path / name)
    return [GroundTruthPage(page(tmp_path / name, "abcd"), tmp_path / name, "writer", name) for name in ("good.png", "bad.png")]


def test_every_stage_is_scored(ground_truths):
    result = evaluate(ground_truths, Pipeline()).as_dict()
    assert (result["page_cer"], result["line_cer"], result["true_line_cer"], result["pages"]) == (0, 0, 0, 2)
    assert (result["area_iou"], result["region_f1"], result["line_f1"], result["word_f1"]) == (1, 1, 1, 1)


def test_a_page_that_cannot_be_read_counts_in_every_rate(ground_truths):
    ground_truths[1].image.write_bytes(b"")
    result = evaluate(ground_truths, Pipeline())
    figures = result.as_dict()
    assert (figures["page_cer"], figures["line_cer"], figures["true_line_cer"], figures["area_iou"]) == (0.5, 0.5, 0.5, 0.5)
    assert figures["old_protocol"] == {**figures["old_protocol"], "page_cer": 0.5, "line_cer": 0.5, "true_line_cer": 0.5}
    assert "| whole pages | 50.0 % | 0.0 to 100.0 % | 50.0 % | 50.0 % | 2 | 2 |" in result.markdown()
    assert "bad.png" in result.failed[0] and "bad.png" in result.markdown()


@pytest.mark.parametrize("count", [0, 2])
def test_nothing_to_score_is_an_error(ground_truths, count):
    pages = [replace(one, page=replace(one.page, regions=())) for one in ground_truths[:count]]
    with pytest.raises(DatasetError, match=f"nothing to score: of {count} pages"):
        evaluate(pages, Pipeline())
