"""Convert the tree of a PAGE-XML document of any version to a Page; what a Page cannot represent is kept as Foreign."""
from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Callable, Dict, Iterable, List, Optional, Sequence, Tuple

from lxml import etree

from ocr.errors import PageFormatError
from ocr.formats import page_schema as schema
from ocr.formats import xml_parsing as xml
from ocr.errors import report as warn
from ocr.page.geometry import Point, Polygon
from ocr.page.model import Foreign, Line, Page, ProcessingStep, Reading, Region, Word


_CELL = {"row": "rowIndex", "col": "columnIndex", "rowSpan": "rowSpan", "colSpan": "colSpan"}
_BORDERS = tuple(f"{side}BorderVisible" for side in ("left", "right", "top", "bottom"))


def page_from_xml(root: etree._Element, source: str, report: Callable[[str], object] = warn) -> Page:
    """Read the tree of a PAGE-XML document; the tree is modified.

    Parameters
    ----------
    root : the PcGts element, in any version's namespace or in none.
    source : the file's name, for messages.
    report : is called with a message for each line that is left out, and for each outline or baseline that is not used.

    Raises
    ------
    PageFormatError : the document is not PAGE-XML, or lacks a part that is required.
    """
    _modernise(root, source)
    _make_regions(root)
    xml.unify_ids(root)
    pages = root.findall(_tag("Page"))
    if len(pages) != 1:
        raise PageFormatError(f"{source}: holds {len(pages)} Page elements; PAGE-XML has exactly one.")
    reader = _PageReader(pages[0], source)
    page = reader.read(root)
    xml.report_problems(reader.problems, source, report)
    return page


def step_from_item(item: etree._Element) -> ProcessingStep:
    """Read a MetadataItem of type processingStep, as this project or OCR-D writes it."""
    labels: Dict[str, List[Tuple[str, str]]] = {}
    for group in item.findall(_tag("Labels")):
        pairs = [(label.get("type", ""), label.get("value", "")) for label in group.findall(_tag("Label"))]
        labels.setdefault(group.get("externalId", ""), []).extend(pairs)
    versions = [value for kind, value in labels.get("version", [])]
    settings = labels.get("parameters", labels.get("", []))
    return ProcessingStep(item.get("name", ""), item.get("value", ""), dict(labels.get("model", [])).get("sha256", ""),
                          versions[0] if versions else "", tuple(sorted(settings)),
                          tuple(value for _, value in labels.get("warnings", [])))


def reading_order_refs(order: Optional[etree._Element]) -> List[str]:
    """Return the ids of regions that a ReadingOrder names, nested groups flattened, ordered groups by index."""
    if order is None:
        return []
    refs = [order.get("regionRef")] if order.get("regionRef") else []
    children = [child for child in order if xml.local_name(child).startswith(("RegionRef", "Ordered", "Unordered"))]
    if xml.local_name(order).startswith("Ordered"):
        children.sort(key=lambda child: xml.number(child.get("index")) or 0.0)
    return refs + [ref for child in children for ref in reading_order_refs(child)]


def _tag(name: str) -> str:
    return f"{{{schema.NAMESPACE}}}{name}"


def _modernise(root: etree._Element, source: str) -> None:
    """Move every PAGE element into the namespace of 2019-07-15, and points of before 2013 into attributes."""
    namespace = etree.QName(root).namespace or ""
    if xml.local_name(root) != "PcGts" or (namespace and not schema.ANY_VERSION.fullmatch(namespace)):
        raise PageFormatError(f"{source}: is not PAGE-XML; its root element is {root.tag}, "
                              "PcGts in a PAGE namespace is expected.")
    for element in root.iter(etree.Element):
        if (etree.QName(element).namespace or "") == namespace:
            element.tag = _tag(xml.local_name(element))
    for element in root.iter(_tag("Coords"), _tag("Baseline")):
        corners = element.findall(_tag("Point"))
        if corners and element.get("points") is None:
            element.set("points", " ".join(f"{point.get('x')},{point.get('y')}" for point in corners))
        for point in corners:
            element.remove(point)
    etree.cleanup_namespaces(root)


def _make_regions(root: etree._Element) -> None:
    """Make TextRegions of Transkribus' TableCells, and around lines that lie in other regions or on the page itself."""
    for table in dict.fromkeys(cell.getparent() for cell in root.iter(_tag("TableCell"))):
        table.extend(sorted(table.findall(_tag("TableCell")), key=_row_and_column))
    for cell in list(root.iter(_tag("TableCell"))):
        _make_cell_region(cell)
    for parent in dict.fromkeys(line.getparent() for line in root.iter(_tag("TextLine"))):
        name = xml.local_name(parent)
        if name != "TextRegion" and (name in schema.REGIONS or name == "Page"):
            region = etree.Element(_tag("TextRegion"))
            region.extend(parent.findall(_tag("TextLine")))
            parent.append(region)


def _row_and_column(cell: etree._Element) -> Tuple[float, float]:
    return xml.number(cell.get("row")) or 0.0, xml.number(cell.get("col")) or 0.0


def _make_cell_region(cell: etree._Element) -> None:
    """Turn a TableCell into the schema's TextRegion with the role of a cell; what that cannot hold goes into `custom`."""
    cell.tag = _tag("TextRegion")
    role = {new: cell.attrib.pop(old) for old, new in _CELL.items() if re.fullmatch("[0-9]{1,9}", cell.get(old, ""))}
    if len({"rowIndex", "columnIndex"} & set(role)) == 2:
        etree.SubElement(etree.SubElement(cell, _tag("Roles")), _tag("TableCellRole"), role)
    rest = {name: cell.attrib.pop(name) for name in (*_CELL, *_BORDERS) if name in cell.attrib}
    for corners in cell.findall(_tag("CornerPts")):
        rest["cornerPts"] = corners.text or ""
        cell.remove(corners)
    if rest:
        cell.set("custom", schema.with_custom(cell.get("custom"), "tableCell", **rest))


def _foreign(element: etree._Element, attributes: Iterable[str], children: Iterable[str]) -> Foreign:
    """Keep an element's attributes and children other than those named."""
    known, used = set(attributes), {_tag(name) for name in children}
    return Foreign(tuple((name, value) for name, value in element.attrib.items() if name not in known),
                   tuple(etree.tostring(child, with_tail=False, encoding="UTF-8", xml_declaration=False)
                         for child in element if child.tag not in used or _has_extras(child)))


def _has_extras(element: etree._Element) -> bool:
    """Return whether an outline, baseline or reading holds more than a Page can represent."""
    name = xml.local_name(element)
    if name not in ("Coords", "Baseline", "TextEquiv"):
        return False
    known = {"Coords": {"points", "conf"}, "Baseline": {"points"}, "TextEquiv": {"index", "conf"}}[name]
    return bool(set(element.attrib) - known) or any(xml.local_name(child) != "Unicode" for child in element)


def _confidence(element: etree._Element) -> Optional[float]:
    coords = element.find(_tag("Coords"))
    return xml.confidence(coords.get("conf")) if coords is not None else None


def _readings(element: etree._Element, separator: str = " ") -> Tuple[Reading, ...]:
    """Read the TextEquivs, best first: in order of their index, those without one after index 0, where corrections are."""
    found = []
    for equiv in element.findall(_tag("TextEquiv")):
        text = equiv.find(_tag("Unicode"))
        text = equiv.find(_tag("PlainText")) if text is None else text
        reading = Reading(xml.one_line(text.text if text is not None else "", separator), xml.confidence(equiv.get("conf")))
        if reading.text:
            index = xml.number(equiv.get("index"))
            found.append((0.5 if index is None else index, reading))
    return tuple(reading for _, reading in sorted(found, key=lambda pair: pair[0]))


def _in_given_order(elements: Sequence[etree._Element]) -> List[etree._Element]:
    """Sort siblings by their index, or readingOrder in `custom`, where every one has it."""
    keys = [xml.number(e.get("index") or schema.custom_value(e.get("custom"), "readingOrder", "index")) for e in elements]
    known = [key for key in keys if key is not None]
    if len(known) < len(keys):
        return list(elements)
    return [element for _, element in sorted(zip(known, elements), key=lambda pair: pair[0])]


class _PageReader:
    """Reads one Page element, and collects what is wrong in it."""

    def __init__(self, element: etree._Element, source: str):
        self.element, self.source = element, source
        self.problems: List[str] = []
        width, height = (xml.number(element.get(name)) or 0 for name in ("imageWidth", "imageHeight"))
        if min(width, height) < 1 or max(width, height) > xml.MAX_SIDE:
            raise PageFormatError(f"{source}: Page has imageWidth {element.get('imageWidth')!r} and imageHeight "
                                  f"{element.get('imageHeight')!r}; whole numbers from 1 to {xml.MAX_SIDE:,} are needed.")
        self.size = (int(height), int(width))

    def read(self, root: etree._Element) -> Page:
        element, regions = self.element, self._regions()
        degrees = xml.number(element.get("orientation")) or 0.0
        turns = math.floor(degrees / 90 + 0.5)
        custom = element.get("custom")
        frame = xml.number(schema.custom_value(custom, "frame", "index")) or 0
        known = ["imageFilename", "imageWidth", "imageHeight", "primaryLanguage"] + ["orientation"] * (degrees == 90 * turns)
        if frame:
            element.set("custom", schema.with_custom(custom, "frame"))
            known += ["custom"] * (not element.get("custom"))
        foreign = _foreign(element, known, ())
        items = root.findall(f"{_tag('Metadata')}/{_tag('MetadataItem')}[@type='processingStep']")
        root.remove(element)
        root.attrib.pop(schema.SCHEMA_LOCATION, None)
        shell = etree.tostring(root, encoding="UTF-8", xml_declaration=False)
        return Page(element.get("imageFilename", ""), self.size, regions, turns % 4, int(frame),
                    schema.language_code(element.get("primaryLanguage")), tuple(step_from_item(item) for item in items),
                    replace(foreign, elements=foreign.elements + (shell,)))

    def _regions(self) -> Tuple[Region, ...]:
        """Read all text regions in reading order, and remove them from the tree; an empty one marks where a nested one was."""
        for line in list(self.element.getroottree().iter(_tag("TextLine"))):
            parent = line.getparent()
            if parent.tag != _tag("TextRegion"):
                self.problems.append(f"{self.source}: TextLine {line.get('id')} lies in a {xml.local_name(parent)}, where there "
                                     "can be none. The line is left out.")
                parent.remove(line)
        elements = list(self.element.iter(_tag("TextRegion")))
        found = []
        for rank, element in reversed(list(zip(self._ranks(elements), elements))):         # inner ones first
            region, parent = self._region(element), element.getparent()
            if region is None or parent is self.element:
                parent.remove(element)
            else:
                parent.replace(element, etree.Element(_tag("TextRegion"), id=region.id))
            found += [(rank, region)] if region is not None else []
        found.reverse()
        return tuple(region for _, region in sorted(found, key=lambda pair: pair[0]))

    def _ranks(self, elements: Sequence[etree._Element]) -> List[float]:
        """Return each region's place in the reading order; a nested region without one has that of the region around it."""
        refs = reading_order_refs(self.element.find(_tag("ReadingOrder")))
        outer = [child for child in self.element if next(child.iter(_tag("TextRegion")), None) is not None]
        refs = refs or [element.get("id") for element in _in_given_order(outer)]
        places = {ref: float(place) for place, ref in reversed(list(enumerate(refs)))}
        for element in elements:
            above = (places[e.get("id")] for e in element.iterancestors() if e.get("id") in places)
            places.setdefault(element.get("id"), next(above, math.inf))
        return [places[element.get("id")] for element in elements]

    def _points(self, element: etree._Element, name: str) -> Tuple[Point, ...]:
        """Read the points of a Coords or Baseline child; none where there is no such child."""
        child = element.find(_tag(name))
        where = f"{self.source}: {name} of {xml.local_name(element)} {element.get('id')}"
        text = child.get("points", "") if child is not None else ""
        return xml.inside(xml.points(text, where), self.size, where)

    def _usable_points(self, element: etree._Element, name: str, otherwise: str) -> Tuple[Point, ...]:
        """Read points; where they cannot be used, report that with what is done instead, and return none."""
        try:
            return self._points(element, name)
        except PageFormatError as error:
            self.problems.append(f"{error} {otherwise}")
            return ()

    def _region(self, element: etree._Element) -> Optional[Region]:
        """Read one region; None where it has neither an outline nor lines."""
        polygon = xml.outline(self._usable_points(element, "Coords", "It is not used."))
        elements = _in_given_order(element.findall(_tag("TextLine")))
        room = (polygon.box.height / len(elements)) if polygon and elements else math.inf
        read = [self._line(line, min(room, self.size[0] / 12)) for line in elements]
        lines = tuple(line for line in read if line is not None)
        polygon = polygon or xml.hull_box(line.polygon for line in lines)
        readings = () if any(line.text for line in lines) else _readings(element, "\n")
        if polygon is None:
            if readings or element.find(_tag("Coords")) is not None:
                self.problems.append(f"{self.source}: TextRegion {element.get('id')} has neither Coords nor lines that say where "
                                     "it is. The region is left out.")
            return None
        kind = schema.custom_value(element.get("custom"), "structure", "type")
        kind = kind if element.get("type", "other") == "other" and kind else element.get("type")
        return Region(element.get("id"), polygon, lines, kind, _confidence(element),
                      schema.language_code(element.get("primaryLanguage")),
                      _foreign(element, ("id", "type", "primaryLanguage"), ("Coords", "TextLine", "TextEquiv")), readings,
                      schema.production_of(element.get("production")))

    def _line(self, element: etree._Element, height: float) -> Optional[Line]:
        """Read one line, or report that it is left out; the height, in pixels, is for an outline around its baseline alone."""
        try:
            corners = self._points(element, "Coords")
        except PageFormatError as error:
            self.problems.append(f"{error} The line is left out.")
            return None
        read = [(self._word(word), _readings(word)) for word in element.findall(_tag("Word"))]
        words = tuple(word for word, _ in read if word is not None)
        baseline = self._usable_points(element, "Baseline", "It is not used.")
        polygon = (xml.outline(corners) or xml.hull_box(word.polygon for word in words)
                   or xml.band(baseline, height, self.size))
        if polygon is None:
            self.problems.append(f"{self.source}: TextLine {element.get('id')} has no Coords, Baseline or Word that says where it "
                                 "is. The line is left out.")
            return None
        readings = _readings(element)
        if not readings and len(words) < len(read):                # the text of words without an outline stays
            readings = (Reading(" ".join(texts[0].text for _, texts in read if texts)),)
        return Line(element.get("id"), polygon, baseline, words, readings, _confidence(element),
                    schema.language_code(element.get("primaryLanguage")),
                    _foreign(element, ("id", "primaryLanguage"), ("Coords", "Baseline", "Word", "TextEquiv")))

    def _word(self, element: etree._Element) -> Optional[Word]:
        """Read one word; None where it has no outline."""
        corners = self._usable_points(element, "Coords", "The word's text stays in its line.")
        polygon: Optional[Polygon] = xml.outline(corners)
        if polygon is None:
            return None
        return Word(element.get("id"), polygon, _readings(element), _confidence(element),
                    schema.language_code(element.get("language")),
                    _foreign(element, ("id", "language"), ("Coords", "TextEquiv")))
