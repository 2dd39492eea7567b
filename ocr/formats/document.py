"""Read a page's document in PAGE-XML or ALTO, detected by the root element, alone or together with its image."""
from __future__ import annotations

from pathlib import Path
from typing import Callable, Optional, Union

from lxml import etree

from ocr.errors import ImageError, PageFormatError
from ocr.formats.alto_reading import page_from_alto, units_per_inch
from ocr.formats.document_image import ImageIndex, find_image
from ocr.formats.image_pixels import in_loaded_pixels
from ocr.formats.page_xml_reading import page_from_xml
from ocr.formats.xml_parsing import local_name, parse_xml
from ocr.errors import report as warn
from ocr.page.model import Page, Sheet

NOT_PAGES = ("mets.xml", "metadata.xml")
"""Names, in lower case, of files beside documents that are none."""
PAGE_XML, ALTO = "PcGts", "alto"
"""The root elements of documents."""
Report = Callable[[str], object]


def read_document(path: Union[str, Path], report: Report = warn) -> Page:
    """Read a page's document without its image.

    Parameters
    ----------
    path : a PAGE-XML file of any version, or an ALTO file of version 2 to 4.
    report : is called with a message for each line that is left out, and for everything else that is not read as it is.

    Returns
    -------
    Page : in the document's pixels, see `open_document`; of ALTO in physical units, one pixel is one unit, which is reported.

    Raises
    ------
    PageFormatError : the file is unsafe, broken, or neither PAGE-XML nor ALTO.
    """
    root = parse_xml(path)
    if _is_measured(root):
        report(f"{path}: is in physical units; without its image, their size in pixels is not known, and each counts as one.")
    return _page(root, path, report)


def open_document(path: Path, index: Optional[ImageIndex] = None, report: Report = warn, kind: Optional[str] = None,
                  needs_image: bool = True) -> Sheet:
    """Read a page's document and find its image.

    Parameters
    ----------
    path : see `read_document`.
    index : the images of a data set, see `find_image`.
    report : see `read_document`.
    kind : PAGE_XML or ALTO where only that is accepted.
    needs_image : whether it is an error that the image is not found; otherwise the sheet is without it.

    Returns
    -------
    Sheet : the page in pixels of its image as `ocr.images` loads it; see `in_loaded_pixels`.

    Raises
    ------
    PageFormatError : the file is unsafe, broken, or of another kind; or its units do not fit its image.
    ImageError : its image is not found.
    """
    root = parse_xml(path)
    if kind not in (None, local_name(root)):
        raise PageFormatError(f"{path}: its root element is {local_name(root)}; {kind} is expected in this data set.")
    page = _page(root, path, report)
    try:
        image = find_image(path, page, index)
    except ImageError:
        if needs_image:
            raise
        return Sheet(page)
    return Sheet(in_loaded_pixels(page, image, str(path), _is_measured(root)), image)


def _is_measured(root: etree._Element) -> bool:
    """Return whether a document is in physical units."""
    return local_name(root) == ALTO and units_per_inch(root) is not None


def _page(root: etree._Element, path: Union[str, Path], report: Report) -> Page:
    """Read a document in its own units."""
    if local_name(root) == PAGE_XML:
        return page_from_xml(root, str(path), report)
    if local_name(root) == ALTO:
        return page_from_alto(root, str(path), report, units_per_inch(root))
    raise PageFormatError(f"{path}: is neither PAGE-XML (root PcGts) nor ALTO (root alto); its root is {local_name(root)}.")
