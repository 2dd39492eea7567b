"""Detected lines take the text of the one ground-truth line that they show, and no other; only requested pages are read."""
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from ocr.datasets.detected import detected_pages, match_lines
from ocr.datasets.line_cache import build_line_cache
from ocr.datasets.ground_truth import GroundTruthPage
from ocr.errors import DatasetError
from ocr.images.load import read_frame
from ocr.images.rectify import rectify_line
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, Reading, Region
from ocr.formats.page_xml import page_xml_bytes

FIRST, SECOND = (100, 50, 500, 90), (100, 100, 500, 140)


def page(*lines, size=(200, 600), orientation=0):
    """A page of lines, each (left, top, right, bottom) or such a box with a text."""
    made = tuple(Line(f"l{number}", Polygon.from_box(Box(*line[:4])), baseline=((line[0], line[3]), (line[2], line[3])),
                      readings=(Reading(line[4]),) if len(line) > 4 else ()) for number, line in enumerate(lines))
    return Page("p.png", size, (Region("r", Polygon.from_box(Box(0, 0, 600, 200)), made),), orientation=orientation)


TRUTH = page((*FIRST, "one"), (*SECOND, "two"))


@pytest.mark.parametrize("found, texts", [
    ((105, 52, 495, 88), ["one"]), ((40, 45, 590, 95), ["one"]),             # a little smaller; out over the paper
    ((118, 50, 482, 90), ["one"]), ((125, 50, 500, 90), []), ((100, 50, 475, 90), []),      # cut off at one end
    ((100, 50, 500, 69), []), ((100, 74, 500, 124), []),                     # half of its height; half of each
    ((100, 50, 500, 109), ["one"]), ((100, 50, 500, 113), []),               # a second line up to a quarter
    ((100, 150, 500, 190), []), ((100, 50, 320, 90), [])])
def test_a_detected_line_takes_the_text_of_the_line_that_it_shows(found, texts):
    assert [line.text for line in match_lines(page((*found, "misread")), TRUTH)] == texts


def test_lines_without_text_give_none_and_take_none():
    blank = page((*FIRST, " "), (*SECOND, "two"))
    for found, ground_truth in ((page(FIRST), blank), (page(), TRUTH), (page(FIRST), page())):
        assert match_lines(found, ground_truth) == []


def test_ends_are_those_of_the_reading_direction():
    def upright(left, top, right, bottom, *text):                            # as it lies on a page that needs one turn
        return (top, 600 - right, bottom, 600 - left, *text)

    ground_truth = page(upright(*FIRST, "one"), upright(*SECOND, "two"), size=(600, 200), orientation=1)
    for found, texts in ((FIRST, ["one"]), ((140, 50, 500, 90), [])):
        lines = match_lines(page(upright(*found), size=(600, 200), orientation=1), ground_truth)
        assert [line.text for line in lines] == texts


@pytest.fixture
def ground_truth(tmp_path):
    """Two ground-truth pages with images."""
    pages = []
    for name in ("a", "b"):
        pixels = np.full((200, 600), 230, np.uint8)
        pixels[55:85, 105:495:9] = pixels[105:135, 105:495:13] = 20
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
        pages.append(GroundTruthPage(TRUTH, tmp_path / f"{name}.png", "writer", name))
    return pages


def written(folder, **pages):
    folder.mkdir(exist_ok=True)
    for name, content in pages.items():
        (folder / f"{name}.xml").write_bytes(content if isinstance(content, bytes) else page_xml_bytes(content))
    return folder


def test_line_images_are_those_that_stage_3_cuts_and_only_of_requested_pages(ground_truth, tmp_path):
    found = page((104, 48, 520, 92), SECOND, (100, 150, 300, 190))
    folder = written(tmp_path / "found", a=found, b=found, c=b"of no interest")
    detected = detected_pages(ground_truth[:1], [folder])
    assert (detected.matched, detected.unmatched, detected.without_document, detected.problems) == (2, 1, 0, ())
    cache = build_line_cache(detected.pages, 32, tmp_path / "cache")
    assert cache.texts == ("one", "two") and {line.page for line in cache.lines} == {"a"}
    line = next(found.lines)
    expected = rectify_line(read_frame(ground_truth[0].image).pixels, line.polygon, line.baseline, 0, 32).pixels
    assert np.array_equal(cache.line_image(0), expected)


def test_pages_may_lie_in_several_folders_or_in_none(ground_truth, tmp_path):
    folders = [written(tmp_path / name, a=page(FIRST)) for name in ("first", "second")]
    detected = detected_pages(ground_truth, folders)
    assert (len(detected.pages), detected.matched, detected.without_document) == (2, 2, 1)
    assert "2 took the text" in str(detected) and "1 pages have no document" in str(detected)


@pytest.mark.parametrize("content, words", [
    (b"<PcGts", "a.xml"), (page(FIRST, size=(100, 300)), "300 x 100"), (page(FIRST, orientation=2), "orientation 2")])
def test_documents_that_do_not_fit_are_named_and_the_rest_used(ground_truth, tmp_path, content, words):
    detected = detected_pages(ground_truth, [written(tmp_path / "found", a=content, b=page(FIRST))])
    assert detected.matched == 1 and len(detected.problems) == 1 and words in detected.problems[0]


def test_a_folder_without_documents_is_refused(ground_truth, tmp_path):
    with pytest.raises(DatasetError, match="holds no .xml file"):
        detected_pages(ground_truth, [tmp_path / "nowhere"])


def test_a_page_of_a_longer_file_keeps_its_frame(ground_truth, tmp_path):
    second = replace(ground_truth[0], page=replace(TRUTH, frame=1))
    assert detected_pages([second], [written(tmp_path / "found", a=page(FIRST))]).pages[0].page.frame == 1
