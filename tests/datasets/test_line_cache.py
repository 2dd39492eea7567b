"""The cache of line images: what it holds, when it is used again, and that it is never half there."""
import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from ocr.datasets import line_cache
from ocr.datasets.iam import IamDataset
from ocr.datasets.line_cache import build_line_cache, open_line_cache
from ocr.errors import DatasetError, OutputError
from ocr.images.alone import word_image
from ocr.images.load import read_frame
from ocr.images.rectify import rectify_line
from ocr.page.model import Reading


@pytest.fixture
def pages(make_iam):
    return IamDataset(make_iam()).pages("all")


def test_line_images_are_those_of_rectify(pages, tmp_path):
    cache = build_line_cache(pages, 32, tmp_path / "cache")
    assert len(cache) == 5 and cache.height == 32 and not cache.problems
    assert cache.texts[1] == "MPs won't go,\" ever."
    assert (cache.lines[2].id, cache.lines[2].page, cache.lines[2].writer) == ("a01-003-00", "a01-003", "002")
    index = 0
    for ground_truth in pages:
        pixels = read_frame(ground_truth.image).pixels
        for line in ground_truth.page.lines:
            expected = rectify_line(pixels, line.polygon, line.baseline, 0, 32).pixels
            assert np.array_equal(cache.line_image(index), expected)
            assert cache.widths[index] == expected.shape[1]
            index += 1
    assert not cache.line_image(0).flags.writeable


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
    assert repainted.folder != first.folder and repainted.line_image(0).max() == 0


def test_lines_without_text_are_left_out(pages, tmp_path):
    page = pages[0].page
    lines = tuple(replace(line, words=(), readings=(Reading(text),))
                  for line, text in zip(page.regions[0].lines, ("  ", "e\u0301te\u0301 ")))
    ground_truth = replace(pages[0], page=replace(page, regions=(replace(page.regions[0], lines=lines),)))
    cache = build_line_cache([ground_truth], 32, tmp_path)
    assert cache.texts == ("été",) and cache.problems == ("1 lines without text are left out",)


def test_image_that_breaks_off_is_named(pages, tmp_path):
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


def damage_listing(**changes):
    def damage(folder):
        listing = {**json.loads((folder / "lines.json").read_text()), **changes}
        (folder / "lines.json").write_text(json.dumps(listing))
    return damage


def damage_array(name, change):
    def damage(folder):
        np.save(folder / name, change(np.load(folder / name)))
    return damage


def flipped(array):
    array = array.copy()
    array[len(array) // 2] ^= 1
    return array


DAMAGES = {"a line less": damage_listing(lines=[["a", "b", "c", "d"]]), "another format": damage_listing(format=1),
           "another height": damage_listing(height=16), "rows of another shape": damage_listing(lines=[["a"]]),
           "no object": lambda folder: (folder / "lines.json").write_text("[1]"),
           "cut off": lambda folder: (folder / "lines.json").write_text('{"format": 2, "lin'),
           "gone": lambda folder: (folder / "lines.json").unlink(),
           "empty pixels": lambda folder: (folder / "pixels.npy").write_bytes(b""),
           "pixels cut off": lambda folder: (folder / "pixels.npy").write_bytes((folder / "pixels.npy").read_bytes()[:-9]),
           "a pixel changed": damage_array("pixels.npy", flipped), "an offset changed": damage_array("offsets.npy", flipped),
           "pixels of another type": damage_array("pixels.npy", lambda array: array.view(np.int8)),
           "pixels of another shape": damage_array("pixels.npy", lambda array: array.reshape(-1, 32)),
           "offsets cut off": damage_array("offsets.npy", lambda array: array[:-1]),
           "an archive": lambda folder: np.savez(open(folder / "pixels.npy", "wb"), a=np.zeros(3)),   # noqa: SIM115
           "objects": damage_array("offsets.npy", lambda array: array.astype(object))}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_cache_is_reported_and_built_again(pages, tmp_path, damage):
    whole = build_line_cache(pages, 32, tmp_path)
    line_images = [whole.line_image(index).copy() for index in range(len(whole))]
    damage(whole.folder)
    with pytest.raises(DatasetError, match="is no whole line cache"):
        open_line_cache(whole.folder)
    again = build_line_cache(pages, 32, tmp_path)
    assert "built again" in again.problems[0] and again.folder == whole.folder and again.lines == whole.lines
    assert all(np.array_equal(again.line_image(index), line_image) for index, line_image in enumerate(line_images))
    assert build_line_cache(pages, 32, tmp_path).problems == ()


def test_words_are_cut_alone_and_doubtful_ones_left_out(pages, tmp_path):
    cache = build_line_cache(pages, 32, tmp_path, "word")
    assert cache.folder.name.startswith("words-32-")
    assert cache.texts == ("He", "said:", '"We', "The")                      # the words of the second line are marked err
    assert cache.problems == ("2 words that the data set marks as doubtful are left out",)
    pixels, said = read_frame(pages[0].image).pixels, next(pages[0].page.lines).words[1]
    assert cache.lines[1].id == said.id
    assert np.array_equal(cache.line_image(1), word_image(pixels, said.polygon, height=32))
    assert build_line_cache(pages, 32, tmp_path).folder != cache.folder


def test_pages_without_words_are_reported(pages, tmp_path):
    with pytest.raises(DatasetError, match="No word could be cut from 1 pages"):
        build_line_cache(pages[2:], 32, tmp_path, "word")
