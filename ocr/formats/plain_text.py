"""Plain text: one line of writing per line, an empty line between regions, a form feed between pages, as in pdftotext."""
from __future__ import annotations

from dataclasses import replace
from typing import Sequence, Tuple

from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, Reading, Region, Word
from ocr.formats.xml_parsing import written_line


def written_lines(region: Region) -> Tuple[Line, ...]:
    """Return the lines of a region, for formats that write nothing but lines.

    Where only the region as a whole has a text, its lines are given it; where their number differs, equal bands of the region
    take their place.
    """
    if not region.readings or any(line.text for line in region.lines):
        return region.lines
    texts, box = region.text.split("\n"), region.polygon.box
    lines, height = region.lines, box.height / len(texts)
    if len(lines) != len(texts):
        lines = tuple(Line(f"{region.id}_l{number + 1}", Polygon.from_box(
            Box.from_xywh(box.left, box.top + number * height, box.width, height))) for number in range(len(texts)))
    return tuple(replace(line, readings=(Reading(text),)) for line, text in zip(lines, texts))


def region_text(region: Region) -> str:
    """Return a region's text as documents hold it, one line of writing per line; see `written_line`."""
    return "\n".join(written_line(line.text) for line in written_lines(region))


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
    texts = ("\n\n".join(region_text(region) for region in page.regions if written_lines(region)) for page in pages)
    return "\f".join(f"{text}\n" for text in texts).encode("utf-8")
