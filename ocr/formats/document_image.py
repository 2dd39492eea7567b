"""The image of a document: found as the document names it."""
from __future__ import annotations

import os
from pathlib import Path

from ocr.errors import ImageError
from ocr.page.model import Page


def find_image(document: Path, page: Page) -> Path:
    """Find the image of a PAGE-XML or ALTO file: as named, from its folder, or by its bare name beside it.

    Raises
    ------
    ImageError : it lies in none of these places.
    """
    named = Path(page.image_filename.replace("\\", "/"))
    places = [document.parent / named, document.parent / named.name, document.parent.parent / named.name]
    for place in places:
        if os.path.isfile(place):                       # unlike Path.is_file, no error for a name that is too long
            return place
    raise ImageError(f"{document}: its image {page.image_filename!r} was not found, looked for "
                     f"{', '.join(str(place) for place in places)}. Put the image beside the document.")
