"""One page of ground truth: outlines and texts, the image, and the writer."""
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
    """A page with its transcript and its image; polygons are in pixels of that image.

    Parameters
    ----------
    page : regions, lines and words with their texts.
    image : the image's file.
    writer : name of the writer, as the data set names it; the page's name where that is not known.
    name : the page's name in the data set, the unit of splits and of bootstrap intervals.
    doubtful : ids of words whose outlines the data set marks as doubtful.
    """

    page: Page
    image: Path
    writer: str
    name: str
    doubtful: FrozenSet[str] = frozenset()


def image_size(path: Path) -> Tuple[int, int]:
    """Return the (height, width) of an image after the rotation of its EXIF tag, from its header only.

    Raises
    ------
    DatasetError : the file is not an image or its header is broken.
    """
    from PIL import Image

    try:
        with Image.open(path) as image:
            width, height = image.size
            is_sideways = image.getexif().get(_EXIF_ORIENTATION, 1) in (5, 6, 7, 8)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DatasetError(f"{path}: the image cannot be read ({error}). Copy it from the data set again.") from error
    return (width, height) if is_sideways else (height, width)
