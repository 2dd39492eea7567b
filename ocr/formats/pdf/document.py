"""Searchable PDF: the very images or PDF pages that were read, upright, and the recognised text with them, invisible."""
from __future__ import annotations

import re
from collections import Counter
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from typing import Dict, Optional, Sequence, Tuple

import pikepdf
from pikepdf import Dictionary

import ocr
from ocr.errors import ImageError, OutputError
from ocr.images.load import is_pdf
from ocr.page.geometry import Transform
from ocr.page.model import Page, Sheet
from ocr.formats.page_schema import language_code
from ocr.formats.pdf.font import InvisibleFont
from ocr.formats.pdf.image import page_image
from ocr.formats.pdf.original import add_original
from ocr.formats.pdf.text import text_layer, to_points
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
    with ExitStack() as stack:
        document, font, originals = stack.enter_context(pikepdf.new()), InvisibleFont(), _Originals(stack)
        resources = [_add_sheet(document, sheet, font, originals) for sheet in sheets]
        fonts = document.make_indirect(font.dictionary(document))
        for one in resources:
            one.Font = fonts
        document.trailer.Info = document.make_indirect(Dictionary(Title=pikepdf.String(_title(sheets)),
                                                                  Producer=pikepdf.String(f"ocr {ocr.__version__}")))
        language = _language(sheets)
        if language:
            document.Root.Lang = pikepdf.String(language)
        file = BytesIO()
        document.save(file, min_version=originals.version, object_stream_mode=pikepdf.ObjectStreamMode.generate,
                      deterministic_id=True)
    return file.getvalue()


class _Originals:
    """The PDF files that pages are taken from, open until the new one is saved."""

    def __init__(self, stack: ExitStack):
        self._stack = stack
        self._open: Dict[Tuple[Path, int], pikepdf.Pdf] = {}
        self._taken: Counter = Counter()
        self.version = "1.5"

    def open(self, path: Path, frame: int) -> pikepdf.Pdf:
        """Open a file; once more for a page that was taken already, as what is added to a page is in all its copies.

        Raises
        ------
        ImageError : it is damaged.
        """
        key = path, self._taken[path, frame]
        self._taken[path, frame] += 1
        if key not in self._open:
            try:
                self._open[key] = self._stack.enter_context(pikepdf.open(path))
            except pikepdf.PdfError as error:
                raise ImageError(f"{path}: the PDF is damaged or locked by a password ({error}).") from error
            self.version = max(self.version, self._open[key].pdf_version)
        return self._open[key]


def _add_sheet(document: pikepdf.Pdf, sheet: Sheet, font: InvisibleFont, originals: _Originals) -> pikepdf.Object:
    """Append a page, and return the dictionary that its fonts belong into."""
    if sheet.image is None:
        raise OutputError(f"{sheet.page.image_filename}: a PDF holds the pages' images, but the file of this one was not given. "
                          "Give it, or choose a format without images.")
    path = Path(sheet.image)
    if is_pdf(path):
        return add_original(document, originals.open(path, sheet.page.frame), path, sheet.page, font)
    return _add_image(document, path, sheet.page, font)


def _add_image(document: pikepdf.Pdf, path: Path, page: Page, font: InvisibleFont) -> pikepdf.Object:
    image = page_image(path, page.frame)
    height, width = image.points
    size = (width, height) if page.orientation % 2 else (height, width)                         # (height, width), upright
    placed = (_UPWARDS.then(image.turn).then(Transform((width, 0, 0, 0, height, 0, 0, 0, 1)))
              .then(Transform.quarter_turns(page.orientation, image.points)).then(Transform((1, 0, 0, 0, -1, size[0], 0, 0, 1))))
    a, c, e, b, d, f = placed.matrix[:6]
    matrix = " ".join(f"{value:.4f}" for value in (a, b, c, d, e, f))
    text = text_layer(page, to_points(page, image.points), size, font)
    added = document.add_blank_page(page_size=size[::-1])
    added.Contents = document.make_stream(f"q {matrix} cm {_IMAGE_NAME} Do Q\n".encode("ascii") + text)
    added.Resources = Dictionary(XObject=Dictionary({_IMAGE_NAME: image.stream(document)}))
    return added.Resources


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
