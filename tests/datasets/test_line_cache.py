"""The cache of line strips: what it holds, when it is used again, and that it is never half there."""
import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from ocr.datasets import line_cache
from ocr.datasets.iam import IamDataset
from ocr.datasets.line_cache import build_line_cache, open_line_cache
from ocr.errors import DatasetError, OutputError
from ocr.images.load import read_frame
from ocr.images.rectify import rectify_line
from ocr.page.model import Reading


@pytest.fixture
def pages(make_iam):
    return IamDataset(make_iam()).pages("all")


def test_strips_are_those_of_rectify(pages, tmp_path):
    cache = build_line_cache(pages, 32, tmp_path / "cache")
    assert len(cache) == 5 and cache.height == 32 and not cache.problems
    assert cache.texts[1] == "MPs won't go,\" ever."
    assert (cache.lines[2].id, cache.lines[2].page, cache.lines[2].writer) == ("a01-003-00", "a01-003", "002")
    index = 0
    for truth in pages:
        pixels = read_frame(truth.image).pixels
        for line in truth.page.lines:
            expected = rectify_line(pixels, line.polygon, line.baseline, 0, 32).pixels
            assert np.array_equal(cache.strip(index), expected)
            assert cache.widths[index] == expected.shape[1]
            index += 1
    assert not cache.strip(0).flags.writeable


def test_same_lines_are_not_cut_again_and_changed_ones_are(pages, tmp_path, monkeypatch):
    first = build_line_cache(pages, 32, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(line_cache, "read_frame", lambda *_: pytest.fail("cut again"))
        assert build_line_cache(pages, 32, tmp_path).folder == first.folder
    assert build_line_cache(pages, 24, tmp_path).folder != first.folder
    assert build_line_cache(pages[1:], 32, tmp_path).folder != first.folder
    page = pages[0].page
    region = replace(page.regions[0], lines=(replace(page.regions[0].lines[0], readings=(Reading("corrected"),)),))
    changed = [replace(pages[0], page=replace(page, regions=(region,)))]
    assert build_line_cache(changed, 32, tmp_path).texts == ("corrected",)
    Image.fromarray(np.zeros((160, 400), np.uint8)).save(pages[0].image)
    repainted = build_line_cache(pages, 32, tmp_path)
    assert repainted.folder != first.folder and repainted.strip(0).max() == 0


def test_lines_without_text_are_left_out(pages, tmp_path):
    page = pages[0].page
    lines = tuple(replace(line, words=(), readings=(Reading(text),))
                  for line, text in zip(page.regions[0].lines, ("  ", "e\u0301te\u0301 ")))
    truth = replace(pages[0], page=replace(page, regions=(replace(page.regions[0], lines=lines),)))
    assert build_line_cache([truth], 32, tmp_path).texts == ("été",)


def test_picture_that_breaks_off_is_named(pages, tmp_path):
    pages[0].image.write_bytes(pages[0].image.read_bytes()[:60])
    cache = build_line_cache(pages, 32, tmp_path)
    assert len(cache) == 3
    assert len(cache.problems) == 1 and "a01-000u.png" in cache.problems[0]
    assert open_line_cache(cache.folder).problems == cache.problems


def test_a_build_that_fails_leaves_nothing(pages, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(line_cache.np, "save", full)
    with pytest.raises(OutputError, match="No space left"):
        build_line_cache(pages, 32, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_nothing_to_cut(tmp_path):
    with pytest.raises(DatasetError, match="No line could be cut"):
        build_line_cache([], 32, tmp_path)


def test_damaged_caches_are_told(pages, tmp_path):
    cache = build_line_cache(pages, 32, tmp_path)
    listing = json.loads((cache.folder / "lines.json").read_text())
    listing["lines"].pop()
    (cache.folder / "lines.json").write_text(json.dumps(listing))
    with pytest.raises(DatasetError, match="is not whole"):
        open_line_cache(cache.folder)
    (cache.folder / "pixels.npy").write_bytes(b"")
    with pytest.raises(DatasetError, match="is no line cache"):
        open_line_cache(cache.folder)
