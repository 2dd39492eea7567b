"""All formats in which a page can be written, in one table; a format's module is imported when it is first used."""
from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Callable, Mapping, Sequence

from ocr.errors import OutputError
from ocr.page.model import Page, Sheet


@dataclass(frozen=True)
class Format:
    """One document format.

    Parameters
    ----------
    name : as given on the command line.
    suffix : of its files, with the leading dot.
    media_type : for HTTP, with the charset of text.
    together : whether one file can hold several pages.
    write : returns a file's bytes, given its pages; OutputError where there are several and one file cannot hold them.
    """

    name: str
    suffix: str
    media_type: str
    together: bool
    write: Callable[[Sequence[Sheet]], bytes]


def _only_page(sheets: Sequence[Sheet], kind: str) -> Page:
    """Return the page of the only sheet."""
    if len(sheets) != 1:
        raise OutputError(f"A file of {kind} holds exactly one page, but {len(sheets)} were given. Write one file a page.")
    return sheets[0].page


def _text(sheets: Sequence[Sheet]) -> bytes:
    from ocr.formats.plain_text import text_bytes

    return text_bytes([sheet.page for sheet in sheets])


def _page_xml(sheets: Sequence[Sheet]) -> bytes:
    from ocr.formats.page_xml import page_xml_bytes

    return page_xml_bytes(_only_page(sheets, "PAGE-XML"))


def _alto(sheets: Sequence[Sheet]) -> bytes:
    from ocr.formats.alto import alto_bytes

    return alto_bytes(_only_page(sheets, "ALTO"))


def _hocr(sheets: Sequence[Sheet]) -> bytes:
    from ocr.formats.hocr import hocr_bytes

    return hocr_bytes([sheet.page for sheet in sheets])


def _pdf(sheets: Sequence[Sheet]) -> bytes:
    from ocr.formats.pdf.document import pdf_bytes

    return pdf_bytes(sheets)


def _tsv(sheets: Sequence[Sheet]) -> bytes:
    from ocr.formats.word_table import word_table_bytes

    return word_table_bytes([sheet.page for sheet in sheets])


def _json(sheets: Sequence[Sheet]) -> bytes:
    from ocr.formats.page_json import page_json_bytes

    return page_json_bytes(_only_page(sheets, "JSON"))


FORMATS: Mapping[str, Format] = MappingProxyType({entry.name: entry for entry in (
    Format("txt", ".txt", "text/plain; charset=utf-8", True, _text),
    Format("page", ".xml", "application/xml", False, _page_xml),
    Format("alto", ".alto.xml", "application/xml", False, _alto),
    Format("hocr", ".hocr", "text/html; charset=utf-8", True, _hocr),
    Format("pdf", ".pdf", "application/pdf", True, _pdf),
    Format("tsv", ".tsv", "text/tab-separated-values; charset=utf-8", True, _tsv),
    Format("json", ".json", "application/json", False, _json),
)})
"""The formats by name."""
