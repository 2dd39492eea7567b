"""PAGE-XML, the document between the stages: any version since 2009 is read, 2019-07-15 is written, valid against its XSD.

What another program wrote and a Page cannot represent is written back unchanged. The order of regions is written as ReadingOrder, a
quarter turn as `orientation` in degrees, the index of an image in a file of several as `custom="frame {index:1;}"` of Page.
"""
from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import BinaryIO, Dict, Iterable, List, Optional, Sequence, Tuple, Union

from lxml import etree

import ocr
from ocr.errors import OutputError
from ocr.formats import page_schema as schema
from ocr.formats import xml_parsing as xml
from ocr.page.model import Foreign, Line, Page, ProcessingStep, Reading, Region, Word
from ocr.formats.page_xml_reading import page_from_xml, reading_order_refs, step_from_item
from ocr.formats.plain_text import region_text
from ocr.formats.whole_pixels import points_text

_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")
_LOCATION = f"{schema.NAMESPACE} {schema.NAMESPACE}/pagecontent.xsd"


def read_page_xml(path: Union[str, Path]) -> Page:
    """Read a PAGE-XML file of any version, as kraken, Transkribus, eScriptorium, OCR-D and this project write it.

    Parameters
    ----------
    path : the file.

    Returns
    -------
    Page : regions in the document's reading order (document order without one), text in NFC without line breaks.

    Raises
    ------
    PageFormatError : the file is unsafe, broken or not PAGE-XML.
    """
    return page_from_xml(xml.parse_xml(path), str(path))


def page_xml_bytes(page: Page, changed: Optional[datetime] = None) -> bytes:
    """Return a page as a PAGE-XML 2019-07-15 document in UTF-8.

    Parameters
    ----------
    page : coordinates are rounded to whole pixels and clipped to the page, ids made unique.
    changed : time of the last change; now, if None.
    """
    return _PageWriter(page).document(changed or datetime.now(timezone.utc))


def write_page_xml(page: Page, target: Union[str, Path, BinaryIO]) -> None:
    """Write a page as PAGE-XML 2019-07-15.

    Parameters
    ----------
    page : the page.
    target : a path, whose file is replaced, or a file open for writing bytes.

    Raises
    ------
    OutputError : the file cannot be written.
    """
    data = page_xml_bytes(page)
    try:
        if isinstance(target, (str, Path)):
            Path(target).write_bytes(data)
        else:
            target.write(data)
    except OSError as error:
        raise OutputError(f"{target}: cannot be written ({error.strerror}).") from error


def _tag(name: str) -> str:
    return f"{{{schema.NAMESPACE}}}{name}"


def _element(tag: str, **attributes: Optional[str]) -> etree._Element:
    """Make a PAGE element; attributes that are None are left out."""
    return etree.Element(_tag(tag), {key: xml.xml_text(value) for key, value in attributes.items() if value is not None})


def _text_equiv(text: str, confidence: Optional[float] = None, index: Optional[int] = None) -> etree._Element:
    equiv = _element("TextEquiv", index=None if index is None else str(index), conf=xml.confidence_text(confidence))
    etree.SubElement(equiv, _tag("Unicode")).text = text
    return equiv


def _text_equivs(readings: Sequence[Reading], separator: str = " ") -> List[etree._Element]:
    """Make one TextEquiv for each reading, with an index where there are several."""
    return [_text_equiv(xml.written_line(reading.text, separator), reading.confidence, index if len(readings) > 1 else None)
            for index, reading in enumerate(readings)]


def _content(element: etree._Element) -> Tuple[Optional[str], ...]:
    """Return what makes an outline, baseline or reading the same as another."""
    return element.tag, element.get("points"), xml.one_line(element.findtext(_tag("Unicode")))


def _adopt_extras(own: Iterable[etree._Element], kept: Iterable[etree._Element]) -> None:
    """Add to outlines, baselines and readings what their unchanged originals held besides."""
    originals: Dict[Tuple[Optional[str], ...], etree._Element] = {}
    for old in kept:
        originals.setdefault(_content(old), old)
    for element in own:
        old = originals.get(_content(element))
        if old is not None:
            for name, value in old.attrib.items():
                if name not in element.attrib:
                    element.set(name, value)
            element[:0] = [child for child in old if xml.local_name(child) != "Unicode"]


def _item(step: ProcessingStep) -> etree._Element:
    """Make the MetadataItem of a processing step."""
    item = _element("MetadataItem", type="processingStep", name=step.stage, value=step.model)
    groups = [("model", [("sha256", step.sha256)] * bool(step.sha256)),
              ("version", [("ocr", step.version)] * bool(step.version)), ("parameters", step.settings),
              ("warnings", [("warning", text) for text in step.warnings])]
    for name, pairs in groups:
        if not pairs:
            continue
        labels = etree.SubElement(item, _tag("Labels"), externalModel="ocr", externalId=name)
        for kind, value in pairs:
            labels.append(_element("Label", value=value, type=kind))
    return item


class _PageWriter:
    """Builds the tree of one page."""

    def __init__(self, page: Page):
        ids = xml.UniqueIds()
        self.page = replace(page, regions=tuple(replace(region, id=ids.claim(region.id, "region")) for region in page.regions))
        self.order_id = ids.claim("reading_order")
        self.shell: Optional[etree._Element] = None
        self.foreign: List[etree._Element] = []
        for element in self._restored(page.foreign):
            if element.tag == _tag("PcGts"):
                self.shell = element
            else:
                self.foreign.append(element)

    def document(self, changed: datetime) -> bytes:
        """Return the whole document."""
        root = etree.Element(_tag("PcGts"), nsmap={None: schema.NAMESPACE, "xsi": schema.SCHEMA_LOCATION[1:].split("}")[0]})
        root.attrib.update(self.shell.attrib if self.shell is not None else {})
        root.set(schema.SCHEMA_LOCATION, _LOCATION)
        root.append(self._metadata(changed.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")))
        root.append(self._page())
        xml.unify_ids(root)
        _drop_dangling(root)
        etree.cleanup_namespaces(root, keep_ns_prefixes=["xsi"])
        etree.indent(root)
        return etree.tostring(root, encoding="UTF-8", xml_declaration=True)

    @staticmethod
    def _restored(foreign: Foreign) -> List[etree._Element]:
        return [xml.parse_xml_bytes(data, "kept element") for data in foreign.elements]

    def _metadata(self, now: str) -> etree._Element:
        """Build Metadata from what the document held before, and from the steps."""
        metadata = self.shell.find(_tag("Metadata")) if self.shell is not None else None
        metadata = _element("Metadata") if metadata is None else metadata
        for name, text, keep in (("Creator", f"ocr {ocr.__version__}", re.compile(".*", re.DOTALL)),
                                 ("Created", now, _DATE_TIME), ("LastChange", now, re.compile("(?!)"))):
            child, *others = metadata.findall(_tag(name)) or [etree.SubElement(metadata, _tag(name))]
            for other in others:
                metadata.remove(other)
            child.text = child.text if child.text and keep.fullmatch(child.text.strip()) else text
        originals = {}
        for item in metadata.findall(f"{_tag('MetadataItem')}[@type='processingStep']"):
            step = step_from_item(item)
            originals[step, step.warnings] = item
            metadata.remove(item)
        keys = [(step, step.warnings) for step in self.page.steps]
        metadata.extend([originals.pop(key) if key in originals else _item(key[0]) for key in keys])
        schema.sort_children(metadata)
        return metadata

    def _page(self) -> etree._Element:
        page, (height, width) = self.page, self.page.size
        degrees = (0, 90, 180, -90)[page.orientation % 4]
        element = _element("Page", imageFilename=page.image_filename, imageWidth=str(width), imageHeight=str(height),
                           orientation=str(degrees) if degrees else None, primaryLanguage=schema.language_name(page.language))
        self._add_foreign_attributes(element, page.foreign)
        before = xml.number(element.get("orientation")) or 0.0
        if math.floor(before / 90 + 0.5) % 4 != page.orientation % 4:
            element.set("orientation", str(degrees))
        if page.frame:
            element.set("custom", schema.with_custom(element.get("custom"), "frame", index=str(page.frame)))
        regions = {region.id: self._region(region, place) for place, region in enumerate(page.regions)}
        element.extend(self.foreign)
        self._set_regions(element, regions)
        self._set_reading_order(element)
        schema.sort_children(element)
        return element

    def _set_regions(self, element: etree._Element, regions: Dict[str, etree._Element]) -> None:
        """Put the regions into the page; one that was nested is put back where an empty region with its id marks the place."""
        waiting = dict(regions)
        for tree in [element, *regions.values()]:
            for mark in [e for e in tree.iter(_tag("TextRegion")) if e.find(_tag("Coords")) is None]:
                if mark.get("id") in waiting and waiting[mark.get("id")] not in mark.iterancestors():
                    mark.getparent().replace(mark, waiting.pop(mark.get("id")))
                else:
                    mark.getparent().remove(mark)
        element.extend(waiting.values())

    def _set_reading_order(self, element: etree._Element) -> None:
        """Keep the ReadingOrder where it still gives the order of the regions, else write a plain one."""
        ids = [region.id for region in self.page.regions]
        order, known = element.find(_tag("ReadingOrder")), set(ids)
        if order is not None and [ref for ref in reading_order_refs(order) if ref in known] == ids:
            return
        if order is not None:
            element.remove(order)
        if ids:
            order = etree.SubElement(element, _tag("ReadingOrder"))
            group = etree.SubElement(order, _tag("OrderedGroup"), id=self.order_id)
            for index, region in enumerate(ids):
                etree.SubElement(group, _tag("RegionRefIndexed"), index=str(index), regionRef=region)

    def _region(self, region: Region, place: int) -> etree._Element:
        kind = region.kind if region.kind is None or region.kind in schema.TEXT_TYPES else "other"
        production = schema.production_name(region.production, dict(region.foreign.attributes).get("production"))
        element = _element("TextRegion", id=region.id, type=kind, production=production,
                           primaryLanguage=schema.language_name(region.language))
        self._add_foreign_attributes(element, region.foreign, place)
        if kind != region.kind or schema.custom_value(element.get("custom"), "structure", "type"):
            custom = schema.with_custom(element.get("custom"), "structure", **({"type": region.kind} if region.kind else {}))
            element.set("custom", xml.xml_text(custom))
        own = [self._coords(region)] + [self._line(line, index) for index, line in enumerate(region.lines)]
        has_text = any(line.text for line in region.lines)
        own += [_text_equiv(region_text(region))] if has_text else _text_equivs(region.readings, "\n")
        return self._finished(element, own, region.foreign)

    def _line(self, line: Line, place: int) -> etree._Element:
        element = _element("TextLine", id=line.id, primaryLanguage=schema.language_name(line.language))
        self._add_foreign_attributes(element, line.foreign, place)
        own = [self._coords(line)] + [self._word(word) for word in line.words] + _text_equivs(line.readings)
        if len(line.baseline) > 1:
            own.append(_element("Baseline", points=points_text(line.baseline, self.page.size)))
        return self._finished(element, own, line.foreign)

    def _word(self, word: Word) -> etree._Element:
        element = _element("Word", id=word.id, language=schema.language_name(word.language))
        self._add_foreign_attributes(element, word.foreign)
        return self._finished(element, [self._coords(word)] + _text_equivs(word.readings), word.foreign)

    def _coords(self, shape: Union[Region, Line, Word]) -> etree._Element:
        return _element("Coords", points=points_text(shape.polygon.points, self.page.size),
                        conf=xml.confidence_text(shape.confidence))

    @staticmethod
    def _add_foreign_attributes(element: etree._Element, foreign: Foreign, place: Optional[int] = None) -> None:
        """Add kept attributes that the page does not set itself; a kept place in the reading order is updated."""
        for name, value in foreign.attributes:
            if name not in element.attrib:
                element.set(name, xml.xml_text(value))
        if place is not None and schema.custom_value(element.get("custom"), "readingOrder", "index"):
            element.set("custom", schema.with_custom(element.get("custom"), "readingOrder", index=str(place)))
        if place is not None and element.get("index"):
            element.set("index", str(place))

    def _finished(self, element: etree._Element, own: Sequence[etree._Element], foreign: Foreign) -> etree._Element:
        """Fill an element with its own children and the kept ones, in the order of the schema."""
        kept = self._restored(foreign)
        rivals = {_tag("Coords"), _tag("Baseline")} | {child.tag for child in own}
        rivals |= {_tag("TextEquiv")} if element.tag != _tag("TextRegion") else set()
        _adopt_extras((child for child in own if xml.local_name(child) in ("Coords", "Baseline", "TextEquiv")), kept)
        element.extend(own)
        element.extend(child for child in kept if child.tag not in rivals)
        schema.sort_children(element)
        return element


def _drop_dangling(root: etree._Element) -> None:
    """Remove references to regions that do not exist, and the groups and orders that this leaves empty."""
    ids = {element.get("id") for element in root.iter(etree.Element)}
    for element in [e for e in root.iter(etree.Element) if e.get("regionRef") is not None and e.get("regionRef") not in ids]:
        if xml.local_name(element).startswith("RegionRef"):
            element.getparent().remove(element)
        else:
            del element.attrib["regionRef"]
    for name in ("OrderedGroup", "UnorderedGroup", "OrderedGroupIndexed", "UnorderedGroupIndexed", "ReadingOrder"):
        for element in [e for e in root.iter(_tag(name)) if not reading_order_refs(e)]:
            element.getparent().remove(element)
