"""One page of ground truth: what is written where, in which image, by whom."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import FrozenSet, Tuple

from ocr.errors import DatasetError
from ocr.page.model import Page

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp")
_EXIF_ORIENTATION = 274


@dataclass(frozen=True)
class GroundTruthPage:
    """A page with its transcript, and the image that its polygons are in pixels of.

    Parameters
    ----------
    page : regions, lines and words with their texts.
    image : the image's file.
    writer : who wrote it, as the data set names it; the page's name where that is not known.
    name : the page's name in the data set, the unit of splits and of bootstrap intervals.
    doubtful : ids of words whose outline the data set itself marks as doubtful.
    """

    page: Page
    image: Path
    writer: str
    name: str
    doubtful: FrozenSet[str] = frozenset()


def image_size(path: Path) -> Tuple[int, int]:
    """Return the (height, width) of an image as its EXIF tag turns it, reading its header only.

    Raises
    ------
    DatasetError : the file is no image or its header is broken.
    """
    from PIL import Image

    try:
        with Image.open(path) as image:
            width, height = image.size
            turned = image.getexif().get(_EXIF_ORIENTATION, 1) in (5, 6, 7, 8)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DatasetError(f"{path}: the image cannot be read ({error}). Copy it anew from the data set.") from error
    return (width, height) if turned else (height, width)
