"""Samples of data sets: lines, words and detected lines, and what is said of those that are left out."""
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from ocr.errors import DatasetError
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, Reading, Region, Word
from ocr.formats.page_xml import page_xml_bytes
from ocr.recognition.samples import LineSample, WordSample, covered, load_samples
from ocr.text.alphabet import Alphabet


def line(number, text="all ill", left=40):
    box = Box(left, 40 + 60 * number, 250, 70 + 60 * number)
    words = (Word(f"w{number}a", Polygon.from_box(Box(40, box.top, 120, box.bottom)), (Reading("all"),)),
             Word(f"w{number}b", Polygon.from_box(Box(150, box.top, 250, box.bottom)), (Reading("ill"),)))
    return Line(f"l{number}", Polygon.from_box(box), words=words, readings=(Reading(text),))


def document(name, *lines):
    region = Region("r", Polygon.from_box(Box(30, 30, 260, 280)), lines, "paragraph")
    return page_xml_bytes(Page(f"{name}.png", (300, 320), (region,)))


@pytest.fixture
def pages(tmp_path):
    """PAGE-XML of two pages to learn from and one for validation, each of three lines of two words."""
    folder = tmp_path / "pages"
    folder.mkdir()
    for name in ("a", "b", "v"):
        pixels = np.full((300, 320), 235, np.uint8)
        for row in range(3):
            pixels[40 + 60 * row:70 + 60 * row, 40:250:9] = 30
        Image.fromarray(pixels).save(folder / f"{name}.png")
        (folder / f"{name}.xml").write_bytes(document(name, *map(line, range(3))))
    (folder / "validation.txt").write_text("v\n")
    return folder


def load(pages, split="train", **options):
    return load_samples([f"page:{pages}"], split, 32, pages.parent / "cache", **options)


def test_words_are_samples_of_their_own(pages):
    samples = load(pages, "validation", unit="word")
    assert [sample.text for sample in samples] == ["all", "ill"] * 3
    assert {type(sample) for sample in samples} == {WordSample} and {sample.page for sample in samples} == {"v"}
    assert {type(sample) for sample in load(pages, "validation")} == {LineSample}


def test_words_are_drawn_on_more_paper_or_less():
    line_image = np.full((32, 60), 230, np.uint8)
    line_image[4:28, 8:52] = 10
    rng = np.random.default_rng(0)
    drawn = [WordSample(line_image, "all", "p", "page").draw(rng) for _ in range(40)]
    heights = [int((image.min(axis=1) < 128).sum()) for image in drawn]
    assert {image.shape[0] for image in drawn} == {32} and max(heights) >= 23 and min(heights) <= 12


def test_detected_lines_of_the_split_are_added_and_counted(pages, tmp_path, capsys):
    found = tmp_path / "found"
    found.mkdir()
    for name in ("a", "v"):
        (found / f"{name}.xml").write_bytes(document(name, line(0, "", left=30), line(1, "misread", left=160)))
    samples = load(pages, detected=[found])
    assert [(sample.page, sample.text) for sample in samples[6:]] == [("a", "all ill")]
    assert samples[6].width > samples[0].width
    assert "1 took the text of a ground-truth line, 1 match none; 1 pages have no document" in capsys.readouterr().err
    assert len(load(pages, "validation")) == 3


def test_detected_lines_that_fit_nothing_are_an_error(pages, tmp_path):
    found = tmp_path / "found"
    found.mkdir()
    (found / "other.xml").write_bytes(document("other", line(0)))
    with pytest.raises(DatasetError, match="No detected line"):
        load(pages, detected=[found])
    with pytest.raises(DatasetError, match="--unit word"):
        load(pages, detected=[found], unit="word")


def test_what_is_left_out_is_counted_and_a_long_list_is_cut(pages, capsys):
    (pages / "a.xml").write_bytes(document("a", replace(line(0, " "), words=()), line(1)))
    whole = (pages / "b.png").read_bytes()
    (pages / "b.png").write_bytes(whole[:len(whole) // 2])
    assert len(load(pages)) == 1
    said = capsys.readouterr().err
    assert "1 lines without text are left out" in said and "b.png" in said
    for number in range(9):
        (pages / f"c{number}.xml").write_bytes(document("a", line(0)).replace(b"a.png", f"c{number}.png".encode()))
        (pages / f"c{number}.png").write_bytes((pages / "b.png").read_bytes())
    load(pages)
    assert "and 5 more problems" in capsys.readouterr().err


def test_an_alphabet_that_can_write_nothing_is_an_error(capsys):
    lines = [LineSample(np.zeros((32, 60), np.uint8), "всё", "p", "page")]
    with pytest.raises(DatasetError, match="can write none of the 1 lines"):
        covered(lines, Alphabet("abc"))
    assert "1 of 1" in capsys.readouterr().err and covered([], Alphabet("abc")) == []
