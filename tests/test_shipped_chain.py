"""The whole chain with the models that ship: the samples are read, bad pages stop nothing, blank and printed pages are empty."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr.images.load import read_frame
from ocr.images.rectify import turn
from ocr.formats.document import read_document
from ocr.formats.page_xml import page_xml_bytes
from ocr.scoring.error_rates import TextPair, score_texts
from ocr.engine.settings import EngineSettings
from ocr.pipeline import Pipeline, ReadSettings

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def reader(installed_models):
    return Pipeline(ReadSettings(EngineSettings(threads=1)))


def cer(text, ground_truth):
    return score_texts([TextPair(ground_truth.read_text(encoding="utf-8"), text, "page")]).cer


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_page_is_read_whichever_way_it_lies(reader, turns):
    ground_truth = ROOT / "samples" / "harbour.txt"
    image = read_frame(ground_truth.with_suffix(".jpg"))
    page = reader.read(type(image)(image.path, 0, turn(image.pixels, turns)))
    assert page.orientation == (4 - turns) % 4 and cer(page.text, ground_truth) < 0.02


def test_what_is_found_lies_inside_the_picture_with_ids_of_its_own(reader):
    image = read_frame(ROOT / "samples" / "garden-sideways.jpg")
    page = reader.read(image)
    height, width = page.size
    items = [item for region in page.regions for line in region.lines for item in (region, line, *line.words)]
    for item in items:
        box = item.polygon.clip(page.size).box
        assert box.area > 0 and box.right <= width and box.bottom <= height
    assert len({word.id for line in page.lines for word in line.words}) == sum(len(line.words) for line in page.lines)
    assert all(0 <= word.readings[0].confidence <= 1 for line in page.lines for word in line.words)
    assert [step.stage for step in page.steps] == ["paragraphs", "lines", "recognition"]


def test_blank_and_printed_pages_have_no_lines(reader):
    blank = np.full((1200, 850, 3), 244, np.uint8)
    printed = Image.new("RGB", (850, 1200), (246, 246, 243))
    for row in range(20):
        ImageDraw.Draw(printed).text((90, 120 + 34 * row), "Printed words and nothing else are on this page, line by line.",
                                     fill=(30, 30, 30), font=ImageFont.load_default(21))
    for pixels in (blank, np.asarray(printed)):
        assert list(reader.read(read_frame_of(pixels)).lines) == []


def read_frame_of(pixels):
    from ocr.images.load import PageImage

    return PageImage(Path("drawn.png"), 0, pixels)


def test_the_scripts_read_good_pages_among_bad_ones(tmp_path, installed_models):
    pages = tmp_path / "pages"
    pages.mkdir()
    good = ROOT / "samples" / "voyage.jpg"
    (pages / "good.jpg").write_bytes(good.read_bytes())
    (pages / "cut.jpg").write_bytes(good.read_bytes()[:5000])
    (pages / "empty.png").write_bytes(b"")
    (pages / "text.png").write_text("not an image")
    Image.new("RGB", (1, 1)).save(pages / "dot.png")
    source, codes = pages, []
    for number, script in enumerate(("1_segment_paragraphs", "2_segment_lines", "3_recognise_text")):
        out = tmp_path / str(number)
        result = subprocess.run([sys.executable, ROOT / "scripts" / f"{script}.py", "run", source, out, "--threads", "1"],
                                capture_output=True, text=True, env={**os.environ, **installed_models}, timeout=120)
        assert "Traceback" not in result.stderr, result.stderr
        codes.append(result.returncode)
        source = out
    assert codes == [1, 0, 0]
    named = {Path(json.loads(line)["page"]).name for line in (tmp_path / "0" / "failures.jsonl").read_text().splitlines()}
    assert named == {"cut.jpg", "empty.png", "text.png", "dot.png"}
    assert cer(read_document(source / "good.xml").text, good.with_suffix(".txt")) < 0.02


def test_a_page_scored_against_its_own_reading_has_no_errors(tmp_path, reader, installed_models):
    data, out = tmp_path / "data", tmp_path / "report"
    image = read_frame(ROOT / "samples" / "voyage.jpg")
    data.mkdir()
    (data / "voyage.jpg").write_bytes(image.path.read_bytes())
    (data / "voyage.xml").write_bytes(page_xml_bytes(replace(reader.read(image), image_filename="voyage.jpg")))
    result = subprocess.run([sys.executable, ROOT / "scripts" / "evaluate_iam.py", "--data", f"page:{data}", "--split", "all",
                             "--out", out, "--json", "--threads", "1"],
                            capture_output=True, text=True, env={**os.environ, **installed_models}, timeout=120)
    assert result.returncode == 0, result.stderr
    scores = json.loads(result.stdout.splitlines()[-1])
    assert scores["page_cer"] == scores["line_cer"] == 0 and scores["line_f1"] == 1 and scores["pages"] == 1
    assert json.loads((out / "report.json").read_text()) == scores
    assert "whole pages" in (out / "report.md").read_text(encoding="utf-8")
    assert Image.open(out / "worst_lines.png").size[0] == 1000
