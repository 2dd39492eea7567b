"""Pages of other programs count the pixels of images as they are stored, those of this one after the rotation by EXIF."""
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ocr.formats.image_pixels import in_loaded_pixels
from ocr.images.load import read_frame
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Foreign, Line, Page, ProcessingStep, Region, Word

SIZE = (30, 50)                                             # (height, width), as stored
MARK = Box(4, 2, 14, 7)


@pytest.fixture
def photo(tmp_path):
    """Return a function that saves an image with a dark box and an EXIF tag."""
    def save(tag):
        pixels = np.full(SIZE, 255, np.uint8)
        pixels[2:7, 4:14] = 0
        image = Image.fromarray(pixels)
        exif = image.getexif()
        exif[274] = tag
        image.save(tmp_path / f"{tag}.png", exif=exif)
        return tmp_path / f"{tag}.png"

    return save


def _page(**changes):
    outline = Polygon.from_box(MARK)
    glyph = b'<Glyph><Coords xmlns="" points="4,2 14,2 14,7"/><Coords points="odd"/></Glyph>'
    line = Line("l", outline, ((4, 6), (14, 6)), (Word("w", outline, foreign=Foreign((), (glyph,))),))
    return replace(Page("p.png", SIZE, (Region("r", outline, (line,)),)), **changes)


@pytest.mark.parametrize("tag", range(0, 10))
def test_outlines_lie_where_the_ink_is_after_loading(photo, tag):
    path = photo(tag)
    page, pixels = in_loaded_pixels(_page(), path, "p.xml"), read_frame(path).pixels[..., 0]
    assert page.size == pixels.shape and page.orientation == 0
    (region,) = page.regions
    rows, columns = np.nonzero(pixels < 128)
    ink = Box(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    for outline in (region.polygon, region.lines[0].polygon, region.lines[0].words[0].polygon):
        assert outline.box == ink
    assert all(ink.left <= x <= ink.right and ink.top <= y <= ink.bottom for x, y in region.lines[0].baseline)
    (kept,) = region.lines[0].words[0].foreign.elements
    points = [tuple(map(int, pair.split(","))) for pair in kept.decode().split('points="')[1].split('"')[0].split()]
    assert all(x in (ink.left, ink.right) and y in (ink.top, ink.bottom) for x, y in points) and b'points="odd"' in kept


@pytest.mark.parametrize("stage, turned", [("recognition", False), ("lines", False), ("layout/segmentation/line", True)])
def test_pages_of_this_program_stay_as_they_are(photo, stage, turned):
    page = _page(steps=(ProcessingStep(stage),))
    assert (in_loaded_pixels(page, photo(3), "p.xml") != page) == turned


def test_a_page_of_another_size_than_the_stored_one_stays_as_it_is(photo):
    for page in (_page(size=SIZE[::-1]), _page(size=(31, 50))):
        assert in_loaded_pixels(page, photo(6), "p.xml") == page


@pytest.mark.parametrize("tag, stated, expected", [(3, 2, 0), (6, 1, 0), (8, 1, 2), (3, 0, 0), (1, 3, 3)])
def test_a_stated_orientation_is_that_of_the_stored_image(photo, tag, stated, expected):
    assert in_loaded_pixels(_page(orientation=stated), photo(tag), "p.xml").orientation == expected


def test_an_image_that_cannot_be_read_leaves_the_page_as_it_is(tmp_path):
    (tmp_path / "p.png").write_bytes(b"x")
    for path in (tmp_path / "p.png", Path("none.png")):
        assert in_loaded_pixels(_page(), path, "p.xml", measured=True) == _page()
