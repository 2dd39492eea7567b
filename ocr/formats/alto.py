"""Write ALTO 4.4, the format in which libraries keep recognised pages; `ocr.formats.alto_reading` reads it.

Written: text, other readings of words (ALTERNATIVE), their confidences (WC), outlines, baselines,
languages, the kind of a region (as a tag), the order of regions, the quarter turns that make the image upright
(ROTATION, the counter-clockwise rotation of the writing in degrees), the processing steps. ALTO cannot hold other readings of
lines, nor the confidences of lines, outlines and other readings. Its lines have no text apart from that of their words: where
a line's text differs from its words', it is written as tokens without a position.
"""
from __future__ import annotations

import json
import re
from typing import Dict, List, Optional, Sequence, Union

from lxml import etree

from ocr.formats import xml_parsing as xml
from ocr.formats.alto_reading import FRAME
from ocr.page.model import Line, Page, ProcessingStep, Region, Word
from ocr.formats.page_schema import language_tag
from ocr.formats.plain_text import matching_words, written_lines
from ocr.formats.whole_pixels import points_text, whole_box

NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"

_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"


def alto_bytes(page: Page) -> bytes:
    """Return a page as an ALTO 4.4 document in UTF-8.

    Parameters
    ----------
    page : coordinates are rounded to whole pixels and clipped to the page, ids made unique.
    """
    return _AltoWriter(page).document()


def _sub(parent: etree._Element, name: str, text: Optional[str] = None, **attributes: Optional[str]) -> etree._Element:
    """Add an element; attributes that are None are left out."""
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}",
                               {key: xml.xml_text(value) for key, value in attributes.items() if value is not None})
    element.text = None if text is None else xml.xml_text(text)
    return element


class _AltoWriter:
    """Builds the tree of one page."""

    def __init__(self, page: Page):
        self.page, self.ids = page, xml.UniqueIds()
        self.tags: Dict[str, str] = {}
        self.root = etree.Element(f"{{{NAMESPACE}}}alto", nsmap={None: NAMESPACE, "xsi": _INSTANCE}, SCHEMAVERSION="4.4")
        self.root.set(f"{{{_INSTANCE}}}schemaLocation", f"{NAMESPACE} http://www.loc.gov/standards/alto/v4/alto-4-4.xsd")

    def document(self) -> bytes:
        """Return the whole document."""
        layout = etree.Element(f"{{{NAMESPACE}}}Layout")
        blocks = self._layout(layout)                           # first, so that regions, lines and words keep their ids
        self._description()
        self._tags()
        self._reading_order(blocks)
        self.root.append(layout)
        etree.indent(self.root)
        return etree.tostring(self.root, encoding="UTF-8", xml_declaration=True)

    def _description(self) -> None:
        description = _sub(self.root, "Description")
        _sub(description, "MeasurementUnit", "pixel")
        source = _sub(description, "sourceImageInformation")
        _sub(source, "fileName", self.page.image_filename)
        if self.page.frame:
            _sub(source, "fileIdentifier", str(self.page.frame), fileIdentifierLocation=FRAME)
        for step in self.page.steps:
            self._processing(description, step)

    def _processing(self, description: etree._Element, step: ProcessingStep) -> None:
        """Write a step, a description for its name and for each warning; its settings are JSON, a list of names and values."""
        element = _sub(description, "Processing", ID=self.ids.claim(None, "processing"))
        for text in (step.stage, *step.warnings):
            _sub(element, "processingStepDescription", text)
        if step.settings:
            _sub(element, "processingStepSettings", json.dumps(step.settings))
        software = _sub(element, "processingSoftware")
        for name, value in (("softwareName", step.model), ("softwareVersion", step.version),
                            ("applicationDescription", f"sha256 {step.sha256}" if step.sha256 else "")):
            if value:
                _sub(software, name, value)

    def _tags(self) -> None:
        """Write the kinds of regions."""
        if self.tags:
            tags = _sub(self.root, "Tags")
            for kind, name in self.tags.items():
                _sub(tags, "OtherTag", ID=name, LABEL=kind, TYPE="region", DESCRIPTION=f"block type {kind}")

    def _reading_order(self, blocks: Sequence[str]) -> None:
        if blocks:
            group = _sub(_sub(self.root, "ReadingOrder"), "OrderedGroup", ID=self.ids.claim(None, "reading_order"))
            for block in blocks:
                _sub(group, "ElementRef", ID=self.ids.claim(f"order_{block}"), REF=block)

    def _layout(self, layout: etree._Element) -> List[str]:
        """Write the page and return the ids of its blocks."""
        page, (height, width) = self.page, self.page.size
        size = {"WIDTH": str(width), "HEIGHT": str(height)}
        element = _sub(layout, "Page", PHYSICAL_IMG_NR=str(page.frame + 1), **size, LANG=language_tag(page.language),
                       ROTATION=str(page.orientation % 4 * 90) if page.orientation % 4 else None)
        space = _sub(element, "PrintSpace", HPOS="0", VPOS="0", **size)
        blocks = [self._block(space, region) for region in page.regions]
        element.set("ID", self.ids.claim(None, "page"))
        return blocks

    def _block(self, space: etree._Element, region: Region) -> str:
        if region.kind and region.kind not in self.tags:
            self.tags[region.kind] = self.ids.claim(f"kind_{region.kind}")
        element = self._shape(space, "TextBlock", region, TAGREFS=self.tags.get(region.kind or ""))
        for line in written_lines(region):
            self._line(element, line)
        return element.get("ID")

    def _line(self, block: etree._Element, line: Line) -> None:
        baseline = points_text(line.baseline, self.page.size) if len(line.baseline) > 1 else None
        element = self._shape(block, "TextLine", line, BASELINE=baseline)
        strings = ([self._word(element, word) for word in matching_words(line)]
                   or [_sub(element, "String", CONTENT=token) for token in re.split("[ \t]+", xml.written_line(line.text))])
        for string in strings[:-1]:
            string.addnext(etree.Element(f"{{{NAMESPACE}}}SP"))

    def _word(self, line: etree._Element, word: Word) -> etree._Element:
        """Write a word with its readings, best first."""
        confidence = word.readings[0].confidence if word.readings else None
        element = self._shape(line, "String", word, CONTENT=xml.written_line(word.text), WC=xml.confidence_text(confidence))
        for other in word.readings[1:]:
            _sub(element, "ALTERNATIVE", xml.written_line(other.text))
        return element

    def _shape(self, parent: etree._Element, name: str, item: Union[Region, Line, Word],
               **attributes: Optional[str]) -> etree._Element:
        """Add an element with id, language, box and outline."""
        box = whole_box(item.polygon.points, self.page.size)
        sides: Dict[str, float] = {"HPOS": box.left, "VPOS": box.top, "WIDTH": box.width, "HEIGHT": box.height}
        element = _sub(parent, name, ID=self.ids.claim(item.id, name.lower()), LANG=language_tag(item.language),
                       **{key: str(side) for key, side in sides.items()}, **attributes)
        _sub(_sub(element, "Shape"), "Polygon", POINTS=points_text(item.polygon.points, self.page.size))
        return element
