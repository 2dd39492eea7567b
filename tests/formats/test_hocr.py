"""hOCR: well-formed as XML and the same as HTML, with every property where its specification wants it."""
from dataclasses import replace

import pytest
from lxml import etree, html

from ocr.page.geometry import Box, Polygon
from ocr.formats.hocr import hocr_bytes
from ocr.page.model import Line, Page, ProcessingStep, Reading, Region, Word


def _box(*sides):
    return Polygon.from_box(Box(*map(float, sides)))


def _page(**changes):
    words = (Word("w1", _box(10, 10, 60, 50), (Reading("l'été", 0.98765), Reading("l'ete")), None, "fr"),
             Word("w2", _box(70, 10, 200, 50), (Reading("<&>\""),)))
    slanted = Polygon(((10.4, 12.0), (200.0, 10.0), (200.0, 50.0), (10.0, 52.0)))
    lines = (Line("l1", slanted, ((10.0, 42.0), (110.0, 41.0), (210.0, 40.0)), words, (Reading("l'été <&>\""),)),
             Line("l2", _box(10, 60, 200, 100), (), words[:1], (Reading("something else"),)))
    regions = (Region("r1", _box(0, 0, 300, 200), lines), Region("r2", _box(-10, 500, 500, 700)))
    return replace(Page("a.png", (600, 400), regions, language="English"), **changes)


def _properties(element):
    return dict(part.split(" ", 1) for part in element.get("title").split("; "))


def _of_class(root, name):
    return root.xpath("//*[@class=$name]", name=name)


def test_as_xml_and_as_html_it_says_the_same():
    data = hocr_bytes([_page(image_filename="a & <b>.png"), Page("empty.png", (10, 10))])
    trees = etree.fromstring(data), html.document_fromstring(data)
    (texts, titles), other = ([(["".join(line.itertext()) for line in _of_class(tree, "ocr_line")],
                                [element.get("title") for element in tree.iter(etree.Element)]) for tree in trees])
    assert (texts, titles) == other and texts == ["l'été <&>\"", "something else"]
    assert [len(_of_class(trees[1], name)) for name in ("ocr_page", "ocr_carea", "ocr_par", "ocrx_word")] == [2, 2, 2, 2]


def test_places_and_confidences():
    root = etree.fromstring(hocr_bytes([_page()]))
    first, second = map(_properties, _of_class(root, "ocrx_word"))
    assert first == {"bbox": "10 10 60 50", "poly": "10 10 60 10 60 50 10 50", "x_wconf": "98.77"}
    assert "x_wconf" not in second
    line, without = map(_properties, _of_class(root, "ocr_line"))
    assert line["bbox"] == "10 10 200 52" and line["poly"] == "10 12 200 10 200 50 10 52"
    assert line["baseline"] == "-0.0100 -10.00" and "baseline" not in without      # rising, 10 above the box's bottom left
    assert _properties(_of_class(root, "ocr_carea")[1])["bbox"] == "0 500 400 600"
    assert _properties(_of_class(root, "ocr_page")[0]) == {"image": '"a.png"', "bbox": "0 0 400 600", "ppageno": "0"}


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_page_says_how_its_lines_lie(turns):
    line = _properties(_of_class(etree.fromstring(hocr_bytes([_page(orientation=turns)])), "ocr_line")[0])
    assert line["textangle"] == str(90 * turns) and "baseline" not in line


def test_an_upright_baseline_has_no_slope():
    region = Region("r", _box(0, 0, 99, 99), (Line("l", _box(0, 0, 99, 99), ((50.0, 0.0), (50.0, 99.0))),))
    root = etree.fromstring(hocr_bytes([_page(regions=(region,))]))
    assert "baseline" not in _properties(_of_class(root, "ocr_line")[0])


def test_the_document_says_what_is_in_it():
    root = html.document_fromstring(hocr_bytes([_page(), _page(language="Old Klingon")]))
    said = {meta.get("name"): meta.get("content") for meta in root.iter("meta") if meta.get("name")}
    used = {element.get("class") for element in root.iter(etree.Element)} - {None}
    assert said["ocr-number-of-pages"] == "2" and said["ocr-langs"] == "en fr" and said["ocr-system"].startswith("ocr ")
    assert used | {"ocrp_lang", "ocrp_poly", "ocrp_wconf"} == set(said["ocr-capabilities"].split())
    assert [page.get("lang") for page in root.find_class("ocr_page")] == ["en", None]


def test_each_page_brings_its_warnings():
    step = ProcessingStep("paragraphs", warnings=("One region is left out.", "It is small."))
    root = html.document_fromstring(hocr_bytes([_page(), _page(image_filename="b.png", steps=(step,))]))
    assert [meta.get("content") for meta in root.iter("meta") if meta.get("name") == "warning"] == [
        "b.png: One region is left out.", "b.png: It is small."]


def test_ids_are_unique_over_pages_and_pages_counted():
    root = etree.fromstring(hocr_bytes([_page(), _page(frame=4)]))
    ids = root.xpath("//@id")
    assert len(ids) == len(set(ids)) == 18
    first, second = map(_properties, _of_class(root, "ocr_page"))
    assert (first["ppageno"], second["ppageno"], second["x_source"]) == ("0", "1", '"a.png" 5')


def test_names_of_images_end_no_property():
    root = etree.fromstring(hocr_bytes([_page(image_filename='C:\\a "b"; bbox 1.png')]))
    assert _properties(_of_class(root, "ocr_page")[0])["image"] == '"C:%5Ca %22b%22%3B bbox 1.png"'


@pytest.mark.parametrize("right, written", [(11.0, True), (10.75, False)])
def test_a_baseline_has_a_slope_from_one_pixel_of_width_on(right, written):
    page = _page()
    line = replace(page.regions[0].lines[1], baseline=((10.0, 90.0), (right, 90.0)))
    (element,) = _of_class(etree.fromstring(hocr_bytes([replace(page, regions=(Region("r", line.polygon, (line,)),))])), "ocr_line")
    assert ("baseline" in _properties(element)) == written
