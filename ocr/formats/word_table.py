"""A tab-separated table of words with their boxes and confidences, in the columns of Tesseract.

Rows are in reading order. Fields are never quoted: no text holds a tab or a line break.

    level                     1 page, 2 and 3 region (Tesseract's block and paragraph), 4 line, 5 word
    page_num ... word_num     count from 1 within what is around them; par_num is always 1
    left, top, width, height  box in whole pixels of the original image
    conf                      confidence of a word's reading from 0 to 100; -1 in other rows, and where none is known
    text                      of a word; where a line's text differs from its words', one row holds the whole line
"""
from __future__ import annotations

from typing import Iterator, Optional, Sequence, Tuple, Union

from ocr.page.geometry import Point
from ocr.page.model import Line, Page, Word
from ocr.formats.plain_text import matching_words, written_lines
from ocr.formats.whole_pixels import whole_box
from ocr.formats.xml_parsing import confidence_text, written_line

COLUMNS = "level page_num block_num par_num line_num word_num left top width height conf text".split()
_Size = Tuple[int, int]


def word_table_bytes(pages: Sequence[Page]) -> bytes:
    """Return the words of pages as a table in UTF-8, its first row the columns' names.

    Parameters
    ----------
    pages : in their order.
    """
    rows = ["\t".join(COLUMNS)]
    for number, page in enumerate(pages, 1):
        rows += _page_rows(page, number)
    return "".join(f"{row}\n" for row in rows).encode("utf-8")


def _page_rows(page: Page, number: int) -> Iterator[str]:
    height, width = page.size
    yield _row(1, (number, 0, 0, 0, 0), ((0, 0), (width, height)), page.size)
    for block, region in enumerate(page.regions, 1):
        for level in (2, 3):
            yield _row(level, (number, block, level - 2, 0, 0), region.polygon.points, page.size)
        for place, line in enumerate(written_lines(region), 1):
            yield _row(4, (number, block, 1, place, 0), line.polygon.points, page.size)
            yield from _word_rows(line, (number, block, 1, place), page.size)


def _word_rows(line: Line, numbers: Tuple[int, ...], size: _Size) -> Iterator[str]:
    words: Sequence[Union[Word, Line]] = matching_words(line) or ((line,) if line.text.strip() else ())
    for number, word in enumerate(words, 1):
        confidence = word.readings[0].confidence if word.readings else None
        yield _row(5, (*numbers, number), word.polygon.points, size, confidence, word.text)


def _row(level: int, numbers: Tuple[int, ...], outline: Sequence[Point], size: _Size, confidence: Optional[float] = None,
         text: str = "") -> str:
    box, shown = whole_box(outline, size), confidence_text(confidence)
    sides = (box.left, box.top, box.width, box.height)
    return "\t".join(str(field) for field in (level, *numbers, *sides, f"{float(shown) * 100:g}" if shown else -1,
                                              written_line(text).replace("\t", " ")))
