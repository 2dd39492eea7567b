"""Plain text: one line of writing per line, an empty line between regions, a form feed between pages, as in pdftotext."""
from __future__ import annotations

from typing import Sequence, Tuple

from ocr.page.model import Line, Page, Region, Word
from ocr.formats.xml_parsing import written_line


def region_text(region: Region) -> str:
    """Return a region's text as documents hold it, one line of writing per line; see `written_line`."""
    return "\n".join(written_line(line.text) for line in region.lines)


def matching_words(line: Line) -> Tuple[Word, ...]:
    """Return a line's words where they make up its text, an empty tuple where its text differs from theirs."""
    joined = " ".join(text for text in (written_line(word.text) for word in line.words) if text)
    return line.words if joined == written_line(line.text) else ()


def text_bytes(pages: Sequence[Page]) -> bytes:
    """Return the text of pages in UTF-8; each page ends in a line feed.

    Parameters
    ----------
    pages : in their order.
    """
    texts = ("\n\n".join(region_text(region) for region in page.regions if region.lines) for page in pages)
    return "\f".join(f"{text}\n" for text in texts).encode("utf-8")
