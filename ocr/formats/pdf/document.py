"""Searchable PDF: the images of pages, upright, with the recognised text over them, invisible."""
from __future__ import annotations

import re
from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import Optional, Sequence

import numpy as np
import pikepdf
from pikepdf import Dictionary

import ocr
from ocr.errors import OutputError
from ocr.page.geometry import Transform
from ocr.page.model import Sheet
from ocr.formats.page_schema import language_code
from ocr.formats.pdf.font import InvisibleFont
from ocr.formats.pdf.image import page_image
from ocr.formats.pdf.text import text_layer
from ocr.formats.xml_parsing import xml_text

_IMAGE_NAME = "/Im0"
_UPWARDS = Transform((1, 0, 0, 0, -1, 1, 0, 0, 1))          # of the unit square: PDF's y points up, ours down


def pdf_bytes(sheets: Sequence[Sheet]) -> bytes:
    """Return pages as one PDF whose text can be searched, and selected word by word.

    The same sheets give the same bytes. Images are decoded one at a time. The document's language is that of most pages, or
    of most lines where no page names one.

    Parameters
    ----------
    sheets : pages with their images, in the order of the PDF.

    Raises
    ------
    OutputError : no sheet is given, or one has no image.
    ImageError : an image is missing or cannot be read.
    """
    if not sheets:
        raise OutputError("A PDF needs at least one page, but none was given.")
    with pikepdf.new() as document:
        font = InvisibleFont()
        for sheet in sheets:
            _add_page(document, sheet, font)
        fonts = document.make_indirect(font.dictionary(document))
        for page in document.pages:
            page.Resources.Font = fonts
        document.trailer.Info = document.make_indirect(Dictionary(Title=pikepdf.String(_title(sheets)),
                                                                  Producer=pikepdf.String(f"ocr {ocr.__version__}")))
        language = _language(sheets)
        if language:
            document.Root.Lang = pikepdf.String(language)
        file = BytesIO()
        document.save(file, min_version="1.5", object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    return file.getvalue()


def _add_page(document: pikepdf.Pdf, sheet: Sheet, font: InvisibleFont) -> None:
    page = sheet.page
    if sheet.image is None:
        raise OutputError(f"{page.image_filename}: a PDF holds the pages' images, but the file of this one was not given. "
                          "Give it, or choose a format without images.")
    image = page_image(Path(sheet.image), page.frame)
    height, width = image.points
    turn = Transform.quarter_turns(page.orientation, image.points)
    size = (width, height) if page.orientation % 2 else (height, width)                         # (height, width), upright
    upwards = Transform((1, 0, 0, 0, -1, size[0], 0, 0, 1))
    placed = _UPWARDS.then(image.turn).then(_scale(width, height)).then(turn).then(upwards)
    to_points = _scale(width / page.size[1], height / page.size[0]).then(turn).then(upwards)
    a, c, e, b, d, f = placed.matrix[:6]
    matrix = " ".join(f"{value:.4f}" for value in (a, b, c, d, e, f))
    content = f"q {matrix} cm {_IMAGE_NAME} Do Q\n".encode("ascii") + text_layer(page, to_points, size, font)
    added = document.add_blank_page(page_size=size[::-1])
    added.Contents = document.make_stream(content)
    added.Resources = Dictionary(XObject=Dictionary({_IMAGE_NAME: image.stream(document)}))


def _scale(across: float, down: float) -> Transform:
    return Transform.from_array(np.diag([across, down, 1.0]))


def _title(sheets: Sequence[Sheet]) -> str:
    """Return the first image's name, and the number of further pages."""
    first = xml_text(Path(sheets[0].page.image_filename).name)
    return first if len(sheets) == 1 else f"{first} and {len(sheets) - 1} more"


def _language(sheets: Sequence[Sheet]) -> Optional[str]:
    """Return the code (BCP 47) of the most common language, None where none is known."""
    named = [sheet.page.language for sheet in sheets] + [None]
    if not any(named):
        named = [line.language for sheet in sheets for line in sheet.page.lines]
    codes = [code for code in map(language_code, named) if code and re.fullmatch("[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", code)]
    return Counter(codes).most_common(1)[0][0] if codes else None
