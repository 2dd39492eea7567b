"""Labelled pages: gaps between lines closed, upright, in pixels of the small image."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ocr.datasets.opening import GroundTruthPage
from ocr.errors import DatasetError
from ocr.images.rectify import turn
from ocr.page.geometry import Box, Polygon, Transform
from ocr.page.model import Line, Page, Reading, Region
from ocr.formats.page_xml import page_xml_bytes
from ocr.paragraphs.ground_truth import draw_writing, load_labelled_page, load_labelled_pages, outlines

LINES = (Box(100, 100, 500, 140), Box(100, 200, 300, 240), Box(100, 600, 400, 640))


def page_of(path: Path, orientation: int = 0) -> Page:
    """Write an image with three black lines, turned, and its Page."""
    pixels = np.full((1200, 800), 255, np.uint8)
    for box in LINES:
        pixels[int(box.top):int(box.bottom), int(box.left):int(box.right)] = 0
    loaded = turn(pixels, -orientation)
    Image.fromarray(loaded).save(path)
    back = Transform.quarter_turns(orientation, loaded.shape).inverse()
    lines = tuple(Line(f"l{i}", back.polygon(Polygon.from_box(box)), readings=(Reading(f"line {i}"),))
                  for i, box in enumerate(LINES))
    region = Region("r", back.polygon(Polygon.from_box(Box(100, 100, 500, 640))), lines)
    return Page(path.name, loaded.shape, (region,), orientation)


def test_paper_between_near_lines_is_filled_and_between_far_ones_not():
    mask = draw_writing([Polygon.from_box(box) for box in LINES], (1200, 800))
    assert mask[170, 200] == 255 and mask[170, 400] == 0 and mask[400, 200] == 0
    assert len(outlines(mask)) == 2


def test_no_lines_no_writing():
    assert not draw_writing([], (50, 40)).any()
    assert outlines(np.zeros((50, 40), np.uint8)) == ()


@pytest.mark.parametrize("orientation", range(4))
def test_labelled_pages_are_upright_and_fit_their_image(tmp_path, orientation):
    page = page_of(tmp_path / "page.png", orientation)
    labelled = load_labelled_page(GroundTruthPage(page, tmp_path / "page.png", "writer", "page"), longest=600)
    assert labelled.pixels.shape == (600, 400)
    dark = labelled.pixels < 128
    assert (labelled.writing[dark] == 255).mean() > 0.98
    assert labelled.writing[:48].max() == 0 and len(labelled.regions) == 2
    assert labelled.text.splitlines()[0] == "line 0"


def test_a_damaged_picture_is_named_and_the_others_are_read(tmp_path, capsys):
    for name in ("good", "bad"):
        (tmp_path / f"{name}.xml").write_bytes(page_xml_bytes(page_of(tmp_path / f"{name}.png")))
    image = tmp_path / "bad.png"
    image.write_bytes(image.read_bytes()[:-40])
    pages = load_labelled_pages([f"page:{tmp_path}"], "all")
    assert [labelled.name for labelled in pages] == ["good"]
    assert "bad.png" in capsys.readouterr().err


def test_nothing_to_read_is_an_error(tmp_path):
    (tmp_path / "bad.xml").write_bytes(page_xml_bytes(page_of(tmp_path / "bad.png")))
    (tmp_path / "bad.png").write_bytes(b"")
    with pytest.raises(DatasetError):
        load_labelled_pages([f"page:{tmp_path}"], "all")
