"""Read ALTO 2 to 4, as OCR engines, eScriptorium and `ocr.formats.alto` write it, into a Page in pixels."""
from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Callable, Dict, List, Optional, Tuple, Union

from lxml import etree

from ocr.errors import PageFormatError
from ocr.formats import xml_parsing as xml
from ocr.errors import report as warn
from ocr.page.geometry import Point, Polygon
from ocr.page.model import Line, Page, ProcessingStep, Reading, Region, Word
from ocr.formats.page_schema import TEXT_TYPES, language_code

FRAME = "ocr:frame"
"""Location of the fileIdentifier that holds the index of the image in its file, which ALTO itself cannot hold."""

_UNITS_PER_INCH = {"mm10": 254.0, "inch1200": 1200.0}
_STEPS = ("preProcessingStep", "ocrProcessingStep", "postProcessingStep", "Processing")


def read_alto(path: Union[str, Path], dpi: Optional[float] = None) -> Page:
    """Read an ALTO file of version 2, 3 or 4.

    Parameters
    ----------
    path : the file, of exactly one page.
    dpi : resolution of the image in dots per inch, needed where the file measures in millimetres or inches.

    Returns
    -------
    Page : TextBlocks as regions, their tag's label as kind. Strings are words, unless no line of the file has two of them
        and some String holds a space: then Strings are whole lines, and lines have no words.

    Raises
    ------
    PageFormatError : the file is unsafe, broken, not ALTO, or measures in a unit that needs `dpi`.
    """
    return page_from_alto(xml.parse_xml(path), str(path), dpi=dpi)


def page_from_alto(root: etree._Element, source: str, report: Callable[[str], object] = warn,
                   dpi: Optional[float] = None) -> Page:
    """Read the tree of an ALTO document; see `read_alto`.

    Parameters
    ----------
    root : the alto element.
    source : the file's name, for messages.
    report : is called with a message for each line that is left out, and for each outline or baseline that is not used.
    dpi : resolution of the image in dots per inch.
    """
    pages = root.findall("{*}Layout/{*}Page")
    if xml.local_name(root) != "alto" or len(pages) != 1:
        raise PageFormatError(f"{source}: root element {xml.local_name(root)} with {len(pages)} pages; "
                              "alto with exactly one Layout/Page is expected.")
    reader = _AltoReader(root, pages[0], source, _scale(root, source, dpi))
    page = reader.read()
    xml.report_problems(reader.problems, source, report)
    return page


def units_per_inch(root: etree._Element) -> Optional[float]:
    """Return how many of a document's units make an inch; None where it measures in pixels, or in units that are not known."""
    return _UNITS_PER_INCH.get(_unit(root))


def _unit(root: etree._Element) -> str:
    return (root.findtext("{*}Description/{*}MeasurementUnit") or "pixel").strip()


def _scale(root: etree._Element, source: str, dpi: Optional[float]) -> float:
    """Return pixels per unit of measurement."""
    unit = _unit(root)
    if unit == "pixel":
        return 1.0
    if unit not in _UNITS_PER_INCH:
        raise PageFormatError(f"{source}: MeasurementUnit is {unit!r}; pixel, mm10 and inch1200 are known.")
    if not dpi:
        raise PageFormatError(f"{source}: measures in {unit}; the image's resolution (dpi) is needed to make pixels of it.")
    return dpi / _UNITS_PER_INCH[unit]


def _children(element: etree._Element, *names: str) -> List[etree._Element]:
    return [child for child in element if xml.local_name(child) in names]


def _steps(root: etree._Element) -> Tuple[ProcessingStep, ...]:
    """Read the processing steps of the document."""
    steps = []
    for element in root.iterfind("{*}Description//*"):
        if xml.local_name(element) in _STEPS:
            stage, name, version, settings, about = (xml.one_line(element.findtext(f".//{{*}}{field}")) for field in (
                "processingStepDescription", "softwareName", "softwareVersion", "processingStepSettings",
                "applicationDescription"))
            digest = re.fullmatch("sha256 ([0-9a-f]{64})", about)
            warnings = [xml.one_line(other.text) for other in element.findall(".//{*}processingStepDescription")[1:]]
            steps.append(ProcessingStep(stage or xml.local_name(element), name, digest.group(1) if digest else "", version,
                                        _settings(settings), tuple(warnings)))
    return tuple(steps)


def _settings(text: str) -> Tuple[Tuple[str, str], ...]:
    """Read a step's settings: names and values where this project wrote them, else the whole text as a single one."""
    try:
        return tuple((str(name), str(value)) for name, value in json.loads(text))
    except (ValueError, TypeError, RecursionError):
        return (("settings", text),) if text else ()


class _AltoReader:
    """Reads the one Page of a document, and collects what is wrong in it."""

    def __init__(self, root: etree._Element, element: etree._Element, source: str, scale: float):
        self.root, self.element, self.source, self.scale = root, element, source, scale
        self.size = self._size(element)
        self.problems: List[str] = []
        self.ids = xml.UniqueIds(e.get("ID") for e in root.iter(etree.Element) if e.get("ID"))
        self.seen: set = set()
        self.labels = {tag.get("ID"): tag.get("LABEL") for tags in root.findall("{*}Tags") for tag in tags}
        self.has_words = (any(len(_children(line, "String")) > 1 for line in root.iter("{*}TextLine"))
                          or not any(len((string.get("CONTENT") or "").split()) > 1 for string in root.iter("{*}String")))

    def read(self) -> Page:
        element, size = self.element, self.size
        regions = [self._region(block) for block in self._blocks()]
        image = "{*}Description/{*}sourceImageInformation"
        frame = self.root.findtext(f"{image}/{{*}}fileIdentifier[@fileIdentifierLocation='{FRAME}']") or ""
        turns = math.floor((xml.number(element.get("ROTATION")) or 0.0) / 90 + 0.5)
        return Page((self.root.findtext(f"{image}/{{*}}fileName") or "").strip(), size,
                    tuple(region for region in regions if region is not None), turns % 4,
                    int(frame) if re.fullmatch("[0-9]{1,9}", frame) else 0, self._language(element), _steps(self.root))

    def _size(self, element: etree._Element) -> Tuple[int, int]:
        """Return the image's (height, width), from the print space where the page states none."""
        space = element.find("{*}PrintSpace")
        size = []
        for name, start in (("HEIGHT", "VPOS"), ("WIDTH", "HPOS")):
            value = xml.number(element.get(name))
            if not value and space is not None:
                value = (xml.number(space.get(name)) or 0.0) + (xml.number(space.get(start)) or 0.0)
            size.append(math.floor(min((value or 0.0) * self.scale, xml.MAX_SIDE + 1) + 0.5))
        if min(size) < 1 or max(size) > xml.MAX_SIDE:
            raise PageFormatError(f"{self.source}: Page has WIDTH {element.get('WIDTH')!r} and HEIGHT "
                                  f"{element.get('HEIGHT')!r}; numbers above 0, up to {xml.MAX_SIDE:,} pixels, are needed.")
        return size[0], size[1]

    def _blocks(self) -> List[etree._Element]:
        """Return what holds lines, in ReadingOrder where it, or something in it, is named there, the others after that."""
        block_of: Dict[etree._Element, Optional[etree._Element]] = {}
        named: Dict[str, etree._Element] = {}
        for element in self.root.iter(etree.Element):
            is_block = xml.local_name(element) == "TextBlock" or element.find("{*}TextLine") is not None
            block = block_of[element] = element if is_block else block_of.get(element.getparent())
            if block is not None:
                named.setdefault(element.get("ID", ""), block)
        places: Dict[etree._Element, int] = {}
        for place, reference in enumerate(self.root.iterfind("{*}ReadingOrder//{*}ElementRef")):
            if reference.get("REF") in named:
                places.setdefault(named[reference.get("REF")], place)
        blocks = [element for element, block in block_of.items() if element is block]
        return sorted(blocks, key=lambda block: places.get(block, math.inf))

    def _id(self, element: etree._Element, otherwise: str) -> str:
        """Return the element's id, or a new one where it has none, a very long one, or another element has the same."""
        found = element.get("ID") or ""
        if not found or len(found) > xml.MAX_ID or found in self.seen:
            found = self.ids.claim(None, found or otherwise)
        self.seen.add(found)
        return found

    def _language(self, element: etree._Element) -> Optional[str]:
        return language_code(element.get("LANG") or element.get("language"))

    def _kind(self, element: etree._Element) -> Optional[str]:
        """Return the block's kind; None for labels that only mean "text"."""
        labels = [self.labels.get(ref) for ref in (element.get("TAGREFS") or "").split()] + [element.get("TYPE")]
        label = next((label for label in labels if label), None)
        if label is None or label.lower() in ("text", "default"):
            return None
        return label.lower() if label.lower() in TEXT_TYPES else label

    def _outline(self, element: etree._Element) -> Optional[Polygon]:
        """Return the outline: the polygon, or the box, or None where neither can be used."""
        polygon = element.find("{*}Shape/{*}Polygon")
        found = polygon is not None and xml.outline(self._points(element, "Polygon", polygon.get("POINTS", "")))
        if found:
            return found
        x, y, width, height = (xml.number(element.get(name)) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT"))
        if x is None or y is None or width is None or height is None or width + height <= 0:
            return None
        return xml.outline(self._points(element, "box", f"{x},{y} {x + width},{y} {x + width},{y + height} {x},{y + height}"))

    def _points(self, element: etree._Element, name: str, text: str) -> Tuple[Point, ...]:
        """Read points, in pixels; where they cannot be used, report that and return none."""
        where = f"{self.source}: {name} of {xml.local_name(element)} {element.get('ID')}"
        try:
            return xml.inside([(x * self.scale, y * self.scale) for x, y in xml.points(text, where)], self.size, where)
        except PageFormatError as error:
            self.problems.append(f"{error} It is not used.")
            return ()

    def _baseline(self, element: etree._Element, polygon: Optional[Polygon]) -> Tuple[Point, ...]:
        """Return the baseline; a single number is its y on the page, along the whole outline."""
        text = (element.get("BASELINE") or "").strip()
        level = xml.number(text)
        if level is None or polygon is None:
            return self._points(element, "BASELINE", text if level is None else "")
        left, right = polygon.box.left / self.scale, polygon.box.right / self.scale
        return self._points(element, "BASELINE", f"{left},{level} {right},{level}")

    def _region(self, element: etree._Element) -> Optional[Region]:
        """Read one TextBlock; None where it has neither an outline nor lines."""
        name, polygon = self._id(element, "block"), self._outline(element)
        elements = _children(element, "TextLine")
        room = polygon.box.height / len(elements) if polygon and elements else math.inf
        read = [self._line(line, min(room, self.size[0] / 12)) for line in elements]
        lines = tuple(line for line in read if line is not None)
        polygon = polygon or xml.hull_box(line.polygon for line in lines)
        if polygon is None:
            return None
        return Region(name, polygon, lines, self._kind(element), language=self._language(element))

    def _line(self, element: etree._Element, height: float) -> Optional[Line]:
        """Read one line, or report that it is left out; the height, in pixels, is for an outline around its baseline alone."""
        name, polygon = self._id(element, "line"), self._outline(element)
        baseline = self._baseline(element, polygon)
        strings = _children(element, "String")
        words = [self._word(string) for string in strings]
        polygon = (polygon or xml.hull_box(word.polygon for word in words if word)
                   or xml.band(baseline, height, self.size))
        if polygon is None:
            self.problems.append(f"{self.source}: TextLine {element.get('ID')} has no Shape, HPOS to HEIGHT, BASELINE or String "
                                 "that says where it is. The line is left out.")
            return None
        text = _line_text(element)
        return Line(name, polygon, baseline, tuple(word for word in words if word) if self.has_words else (),
                    (Reading(text),) if text else (), language=self._language(element))

    def _word(self, element: etree._Element) -> Optional[Word]:
        """Read one String; None where it has no outline."""
        polygon = self._outline(element)
        if polygon is None:
            return None
        readings = [Reading(xml.one_line(element.get("CONTENT")), xml.confidence(element.get("WC")))]
        readings += [Reading(xml.one_line(other.text)) for other in _children(element, "ALTERNATIVE")]
        return Word(self._id(element, "word"), polygon, tuple(reading for reading in readings if reading.text),
                    language=self._language(element))


def _line_text(element: etree._Element) -> str:
    """Join a line's Strings by spaces, its hyphen directly after the last one."""
    text = ""
    for child in _children(element, "String", "SP", "HYP"):
        content = child.get("CONTENT") or ""
        if xml.local_name(child) == "HYP":
            text = text.rstrip() + (content or "-")
        elif xml.local_name(child) == "String" and content:
            text += f" {content}" if text and not text.endswith(" ") else content
        elif text and not text.endswith(" "):
            text += " "
    return xml.one_line(text)
