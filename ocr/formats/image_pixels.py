"""Map a document's coordinates to the pixels of its image as it is loaded, from physical units and from stored pixels."""
from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Mapping, Match, Tuple, TypeVar

import numpy as np
from PIL import Image

from ocr.errors import ImageError, PageFormatError
from ocr.formats.whole_pixels import points_text
from ocr.formats.xml_parsing import points
from ocr.images.augment_pages import move_page
from ocr.images.load import is_pdf, open_image, read_frame
from ocr.page.geometry import Transform
from ocr.page.model import Foreign, Line, Page, Region, Word

_EXIF_ORIENTATION = 0x0112
EXIF_TURNS: Mapping[int, Tuple[float, ...]] = {         # of the unit square, y downwards, by the tag's value
    2: (-1, 0, 1, 0, 1, 0, 0, 0, 1), 3: (-1, 0, 1, 0, -1, 1, 0, 0, 1), 4: (1, 0, 0, 0, -1, 1, 0, 0, 1),
    5: (0, 1, 0, 1, 0, 0, 0, 0, 1), 6: (0, -1, 1, 1, 0, 0, 0, 0, 1), 7: (0, -1, 1, -1, 0, 1, 0, 0, 1),
    8: (0, 1, 0, -1, 0, 1, 0, 0, 1)}
_QUARTER_TURNS = {3: 2, 6: 1, 8: 3}                     # clockwise, by the tag's value
_OWN_STAGES = frozenset(("paragraphs", "lines", "recognition"))
_MAX_STRETCH = 1.03         # of a page in physical units against its image, across and down
_POINTS = re.compile(rb'(?<= points=")[^"]*(?=")')
Item = TypeVar("Item", Region, Line, Word)


def exif_orientation(image: Image.Image) -> int:
    """Return the EXIF orientation; 1 (upright) where EXIF is missing or broken."""
    try:
        return int(image.getexif().get(_EXIF_ORIENTATION, 1))
    except (OSError, ValueError, SyntaxError, KeyError, TypeError):
        return 1


def in_loaded_pixels(page: Page, image: Path, source: str, measured: bool = False) -> Page:
    """Return a page in pixels of its image as `ocr.images` loads it.

    Images are loaded after the rotation that their EXIF tag gives. Other programs ignore the tag, and count pixels as they are
    stored: a page without a step of this program is rotated where its size is the stored one. An image that cannot be read leaves
    the page as it is.

    Parameters
    ----------
    page : as read from the document.
    image : the file of its image.
    source : the document's name, for messages.
    measured : whether the page is in physical units; they are scaled to the image's pixels.

    Raises
    ------
    PageFormatError : a page in physical units has other proportions than its image.
    """
    try:
        stored, tag = _stored(image, page.frame)
    except ImageError:                              # is reported by what opens the image
        return page
    loaded = stored[::-1] if tag >= 5 else stored
    if measured:
        size = next((size for size in (stored, loaded) if _fits(page.size, size)), None)
        if size is None:
            raise PageFormatError(f"{source}: measures a page of {page.size[1]} x {page.size[0]} units, but {image} has "
                                  f"{loaded[1]} x {loaded[0]} pixels, of other proportions. Give the one it was made from.")
        page = _moved(page, _scale(size[1] / page.size[1], size[0] / page.size[0]), size)
    if tag not in EXIF_TURNS or page.size != stored or any(step.stage in _OWN_STAGES for step in page.steps):
        return page
    turn = _scale(1 / stored[1], 1 / stored[0]).then(Transform(EXIF_TURNS[tag])).then(_scale(loaded[1], loaded[0]))
    orientation = (page.orientation - _QUARTER_TURNS.get(tag, 0)) % 4 if page.orientation else 0
    return replace(_moved(page, turn, loaded), orientation=orientation)


def _stored(image: Path, frame: int) -> Tuple[Tuple[int, int], int]:
    """Return an image's (height, width) as it is stored, and its EXIF orientation."""
    if is_pdf(image):
        height, width = read_frame(image, frame).pixels.shape[:2]
        return (height, width), 1
    with open_image(image, frame) as opened:
        return opened.size[::-1], exif_orientation(opened)


def _fits(page: Tuple[int, int], image: Tuple[int, int]) -> bool:
    down, across = (pixels / units for pixels, units in zip(image, page))
    return max(down, across) < min(down, across) * _MAX_STRETCH


def _scale(across: float, down: float) -> Transform:
    return Transform.from_array(np.diag([across, down, 1.0]))


def _moved(page: Page, transform: Transform, size: Tuple[int, int]) -> Page:
    """Move a page, also what was kept of other programs."""
    def moved_points(found: Match[bytes]) -> bytes:
        try:
            return points_text(transform.points(points(found.group().decode(), "")), size).encode()
        except PageFormatError:
            return found.group()

    def kept(foreign: Foreign) -> Foreign:
        return replace(foreign, elements=tuple(_POINTS.sub(moved_points, element) for element in foreign.elements))

    def inner(item: Item, **parts: Any) -> Item:
        return replace(item, foreign=kept(item.foreign), **parts)

    page = move_page(page, transform, size)
    return replace(page, foreign=kept(page.foreign), regions=tuple(
        inner(region, lines=tuple(inner(line, words=tuple(map(inner, line.words))) for line in region.lines))
        for region in page.regions))
