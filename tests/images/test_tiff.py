"""Pages of a TIFF, whole and cut short at any byte, in every layout; none is lost without a word."""
from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from ocr.errors import ImageError
from ocr.images import raster
from ocr.images.tiff import TiffPages, tiff_pages
from tests.images.tiffs import tiff

pytestmark = pytest.mark.filterwarnings("ignore:.*Corrupt EXIF:UserWarning")
LAYOUTS = [("<", False), (">", False), ("<", True)]             # Pillow reads no BigTIFF with the high byte first


def shade(level, side=4):
    return np.full((side, side), level, np.uint8)


def read_all(path):
    """Return the grey level of each page that is read, and the errors of the others; or the error of the file."""
    try:
        count, is_cut = raster.count_pages(path)
    except ImageError as error:
        return [], [str(error)]
    levels, errors = [], []
    for frame in range(count + is_cut):
        try:
            levels.append(int(raster.decode(path, frame, 10 ** 6, True)[0, 0, 0]))
        except ImageError as error:
            errors.append(str(error))
    return levels, errors


@pytest.mark.parametrize("order, big", [*LAYOUTS, (">", True)])
def test_pages_of_every_layout_are_counted_and_read(tmp_path, order, big):
    path = tmp_path / "a.tif"
    path.write_bytes(tiff([(shade(level), {254: 2}) for level in (10, 120, 240)] + [(shade(1), {254: 1})], order, big))
    assert tiff_pages(path) == TiffPages((0, 1, 2), 4, False)
    if (order, big) in LAYOUTS:
        assert read_all(path) == ([10, 120, 240], [])


@pytest.mark.parametrize("order, big", LAYOUTS)
def test_wherever_a_file_is_cut_the_pages_before_are_read_and_the_rest_is_named(tmp_path, order, big):
    whole = tiff([(shade(level), {}) for level in (10, 120, 240)], order, big)
    path, found = tmp_path / "a.tif", set()
    for end in range(1, len(whole), 2):
        path.write_bytes(whole[:end])
        levels, errors = read_all(path)
        assert levels == [10, 120, 240][:len(levels)] and errors, end
        found.add(len(levels))
    assert found == {0, 1, 2, 3}                                # a page is read though the link to the next one is cut off


def test_a_file_as_pillow_writes_it_is_cut(tmp_path):
    pages = [Image.fromarray(shade(level, 40)) for level in (10, 120, 240)]
    pages[0].save(tmp_path / "whole.tif", save_all=True, append_images=pages[1:], compression="tiff_lzw")
    whole = (tmp_path / "whole.tif").read_bytes()
    for end in range(8, len(whole), 23):
        (tmp_path / "a.tif").write_bytes(whole[:end])
        levels, errors = read_all(tmp_path / "a.tif")
        assert levels == [10, 120, 240][:len(levels)] and len(errors) == 1, end


@pytest.mark.parametrize("kind, is_page", [(0, True), (1, False), (2, True), (3, False), (4, False)])
def test_previews_and_masks_are_no_pages(tmp_path, kind, is_page):
    path = tmp_path / "a.tif"
    path.write_bytes(tiff([(shade(10), {}), (shade(120), {254: kind}), (shade(240), {})]))
    assert read_all(path) == ([10, 120, 240] if is_page else [10, 240], [])
    path.write_bytes(tiff([(shade(10), {254: kind})]))          # some programs mark the only page as a preview
    assert read_all(path) == ([10], [])


def test_a_raw_photo_is_named(tmp_path):
    (tmp_path / "a.dng").write_bytes(tiff([(shade(10), {254: 1, 50706: 1})]))
    levels, (error,) = read_all(tmp_path / "a.dng")
    assert not levels and "raw photo" in error


def test_directories_in_a_circle_end_there(tmp_path):
    data = bytearray(tiff([(shade(10), {}), (shade(120), {})]))
    first = int.from_bytes(data[4:8], "little")
    data[-4:] = first.to_bytes(4, "little")
    (tmp_path / "a.tif").write_bytes(data)
    assert read_all(tmp_path / "a.tif") == ([10, 120], [])
