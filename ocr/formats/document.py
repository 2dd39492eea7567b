"""Read a page's document in PAGE-XML or ALTO, detected by the root element."""
from __future__ import annotations

from pathlib import Path
from typing import Union

from ocr.errors import PageFormatError
from ocr.formats.alto_reading import page_from_alto
from ocr.page.model import Page
from ocr.formats.page_xml_reading import page_from_xml
from ocr.formats.xml_parsing import local_name, parse_xml

_READERS = {"PcGts": page_from_xml, "alto": page_from_alto}


def read_document(path: Union[str, Path]) -> Page:
    """Read a page's document.

    Parameters
    ----------
    path : a PAGE-XML file of any version, or an ALTO file of version 2 to 4 that measures in pixels.

    Raises
    ------
    PageFormatError : the file is unsafe, broken, or neither PAGE-XML nor ALTO.
    """
    root = parse_xml(path)
    reader = _READERS.get(local_name(root))
    if reader is None:
        raise PageFormatError(f"{path}: is neither PAGE-XML (root PcGts) nor ALTO (root alto); its root is {local_name(root)}.")
    return reader(root, str(path))
