"""Write hOCR 1.2: pages as HTML that is also XML; regions, lines and words in reading order, which in hOCR is document order.

Written: text, boxes and outlines (poly), confidences of the best readings of words (x_wconf), languages, the
image and its page in a file of several (x_source). A baseline becomes the straight line that fits it best, from the bottom left corner
of the line's box, where the image is upright; where it is not, lines state their rotation in degrees
counter-clockwise (textangle), as Tesseract does. hOCR cannot hold other readings, confidences of outlines, the kinds of
regions, and the processing steps.
"""
from __future__ import annotations

from typing import Iterator, Optional, Sequence, Union

import numpy as np
from lxml import etree

import ocr
from ocr.formats import xml_parsing as xml
from ocr.page.model import Line, Page, Region, Word
from ocr.formats.page_schema import language_tag
from ocr.formats.plain_text import matching_words, written_lines
from ocr.formats.whole_pixels import whole_box, whole_points

NAMESPACE = "http://www.w3.org/1999/xhtml"
_CAPABILITIES = "ocr_page ocr_carea ocr_par ocr_line ocrx_word ocrp_lang ocrp_poly ocrp_wconf"
_ESCAPES = str.maketrans({character: f"%{ord(character):02X}" for character in '";\\'})


def hocr_bytes(pages: Sequence[Page]) -> bytes:
    """Return pages as one hOCR document in UTF-8.

    Parameters
    ----------
    pages : in their order; coordinates are rounded to whole pixels and clipped to the page, ids made unique.
    """
    root = etree.Element(f"{{{NAMESPACE}}}html", nsmap={None: NAMESPACE})
    _head(_sub(root, "head"), pages)
    body, ids = _sub(root, "body"), xml.UniqueIds()
    for number, page in enumerate(pages):
        _PageWriter(page, ids).write(body, number)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=False, doctype="<!DOCTYPE html>") + b"\n"


def _sub(parent: etree._Element, tag: str, text: Optional[str] = "", /, **attributes: Optional[str]) -> etree._Element:
    """Add an element; attributes that are None are left out, and a text that is None leaves out the end tag, too."""
    given = {name.rstrip("_"): xml.xml_text(value) for name, value in attributes.items() if value is not None}
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}", given)
    element.text = None if text is None else xml.xml_text(text)
    element.tail = "\n"
    return element


def _head(head: etree._Element, pages: Sequence[Page]) -> None:
    """Write the metadata of the whole document."""
    tags = {language_tag(name) for page in pages for name in _languages(page)}
    languages = {tag for tag in tags if tag is not None}
    _sub(head, "meta", None, charset="utf-8")
    _sub(head, "title", ", ".join(page.image_filename for page in pages))
    for name, content in {"ocr-system": f"ocr {ocr.__version__}", "ocr-capabilities": _CAPABILITIES,
                          "ocr-number-of-pages": str(len(pages)), "ocr-langs": " ".join(sorted(languages)) or "unknown",
                          "ocr-scripts": "Zyyy"}.items():                                   # undetermined script
        _sub(head, "meta", None, name=name, content=content)
    for page in pages:
        for warning in page.warnings:
            _sub(head, "meta", None, name="warning", content=f"{page.image_filename}: {warning}")


def _languages(page: Page) -> Iterator[Optional[str]]:
    yield page.language
    for region in page.regions:
        yield region.language
        for line in region.lines:
            yield line.language
            yield from (word.language for word in line.words)


def _file(name: str) -> str:
    """Return an image's name between quotation marks; characters that would end it or its property become %XX."""
    return f'"{name.translate(_ESCAPES)}"'


class _PageWriter:
    """Writes one page."""

    def __init__(self, page: Page, ids: xml.UniqueIds):
        self.page, self.ids = page, ids

    def write(self, body: etree._Element, number: int) -> None:
        """Write the page as the document's page of this number, from 0."""
        page, (height, width) = self.page, self.page.size
        properties = [f"image {_file(page.image_filename)}", f"bbox 0 0 {width} {height}", f"ppageno {number}"]
        if page.frame:
            properties.append(f"x_source {_file(page.image_filename)} {page.frame + 1}")
        element = _sub(body, "div", class_="ocr_page", id=self.ids.claim(f"page_{number + 1}"),
                       title="; ".join(properties), lang=language_tag(page.language))
        for region in page.regions:
            area = self._part(element, "div", "ocr_carea", region)
            paragraph = _sub(area, "p", class_="ocr_par", id=self.ids.claim(f"{area.get('id')}_par"),
                             title=self._box(region))
            for line in written_lines(region):
                self._line(paragraph, line)

    def _line(self, paragraph: etree._Element, line: Line) -> None:
        turns = self.page.orientation % 4
        direction = f"textangle {90 * turns}" if turns else self._baseline(line)
        element, words = self._part(paragraph, "span", "ocr_line", line, direction), matching_words(line)
        if not words:
            element.text = xml.written_line(line.text)
        for word in words:
            confidence = xml.confidence_text(word.readings[0].confidence) if word.readings else None
            written = self._part(element, "span", "ocrx_word", word, f"x_wconf {float(confidence) * 100:g}" if confidence else "")
            written.text = xml.written_line(word.text)
            written.tail = " " if word is not words[-1] else None

    def _baseline(self, line: Line) -> str:
        """Return the straight line fitted to a baseline, as slope and offset from its box's bottom left corner, y down."""
        points = np.asarray(line.baseline, dtype=np.float64).reshape(-1, 2)
        if len(points) < 2 or np.ptp(points[:, 0]) < 1:
            return ""
        box = whole_box(line.polygon.points, self.page.size)
        slope, height = np.polyfit(points[:, 0] - box.left, points[:, 1] - box.bottom, 1)
        return f"baseline {slope:.4f} {height:.2f}"

    def _box(self, item: Union[Region, Line, Word]) -> str:
        box = whole_box(item.polygon.points, self.page.size)
        return f"bbox {box.left} {box.top} {box.right} {box.bottom}"

    def _part(self, parent: etree._Element, tag: str, kind: str, item: Union[Region, Line, Word],
              properties: str = "") -> etree._Element:
        """Add a region, line or word with its outline and language."""
        outline = " ".join(f"{x} {y}" for x, y in whole_points(item.polygon.points, self.page.size))
        return _sub(parent, tag, class_=kind, id=self.ids.claim(item.id, kind), lang=language_tag(item.language),
                    title="; ".join(filter(None, (self._box(item), f"poly {outline}", properties))))
