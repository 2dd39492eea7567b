"""The language of a page, region, line and word, a code of BCP 47, in every format that can say it."""
from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import etree

from ocr.formats.available import FORMATS
from ocr.formats.document import read_document
from ocr.formats.page_json import page_from_json
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, Reading, Region, Sheet, Word


def outline(left, right):
    return Polygon.from_box(Box(left, 10, right, 50))


def page(page_language="fr", region="en", line="vi", word="ru"):
    first, second = (Word(f"w{number}", outline(60 * number, 60 * number + 50), (Reading("mot"),), language=language)
                     for number, language in enumerate((word, None)))
    lines = (Line("l1", outline(0, 120), (), (first, second), (Reading("mot mot"),), language=line),
             Line("l2", outline(0, 120), (), (), (Reading("mot"),), language=line))
    return Page("a.png", (600, 400), (Region("r1", outline(0, 120), lines, language=region),), language=page_language)


def languages(found):
    return [found.language, *(item.language for region in found.regions for line in region.lines
                              for item in (region, line, *line.words))]


def read_back(name, written, folder):
    data = FORMATS[name].write([Sheet(written)])
    if name == "json":
        return page_from_json(data)
    path = folder / "page.xml"
    path.write_bytes(data)
    return read_document(path)


@pytest.mark.parametrize("name", ["page", "alto", "json"])
@pytest.mark.parametrize("codes", [("fr", "en", "vi", "ru"), ("fr", None, None, None), (None, None, "fr", None),
                                   (None, None, None, None)])
def test_languages_come_back_where_they_were(name, codes, tmp_path):
    written = page(*codes)
    expected = languages(written)
    found = languages(read_back(name, written, tmp_path))
    if name == "alto":                                      # there a line without words has its text as a word
        assert found[:len(expected)] == expected
    else:
        assert found == expected


def test_page_xml_has_the_names_of_its_schema():
    root = etree.fromstring(FORMATS["page"].write([Sheet(page())]))
    found = {etree.QName(element).localname: element.get("primaryLanguage") or element.get("language")
             for element in reversed(list(root.iter(etree.Element)))}
    assert {name: found[name] for name in ("Page", "TextRegion", "TextLine", "Word")} == {
        "Page": "French", "TextRegion": "English", "TextLine": "Vietnamese", "Word": "Russian"}


def test_hocr_has_the_codes_and_lists_them():
    root = etree.fromstring(FORMATS["hocr"].write([Sheet(page())]))
    found = [(element.get("class"), element.get("lang")) for element in root.iter(etree.Element) if element.get("lang")]
    assert found == [("ocr_page", "fr"), ("ocr_carea", "en"), ("ocr_line", "vi"), ("ocrx_word", "ru"), ("ocr_line", "vi")]
    assert root.xpath("string(//*[@name='ocr-langs']/@content)") == "en fr ru vi"


def test_a_region_of_the_world_is_kept_where_the_format_has_codes(tmp_path):
    written = replace(page(), language="fr-CA")
    assert [read_back(name, written, tmp_path).language for name in ("page", "alto", "json")] == ["fr", "fr-CA", "fr-CA"]
