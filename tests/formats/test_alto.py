"""ALTO: what is written is valid by the official schema of 4.4, and comes back except for what ALTO cannot hold."""
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from ocr.formats.alto import NAMESPACE, alto_bytes
from ocr.formats.alto_reading import page_from_alto, read_alto
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, ProcessingStep, Reading, Region, Word

DATA = Path(__file__).parents[1] / "data"
A = {"a": NAMESPACE}


class _Beside(etree.Resolver):
    def resolve(self, url, public_id, context):
        return self.resolve_filename(str(DATA / Path(url).name), context)


def _schema():
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Beside())
    return etree.XMLSchema(etree.parse(str(DATA / "alto-4-4.xsd"), parser))


SCHEMA = _schema()


def _box(*sides):
    return Polygon.from_box(Box(*map(float, sides)))


def _page():
    """A page that ALTO can hold all of."""
    words = (Word("w1", _box(10, 10, 60, 50), (Reading("l'été", 0.5), Reading("l'ete")), None, "fr"),
             Word("w2", Polygon(((70.0, 10.0), (200.0, 12.0), (198.0, 50.0))), (Reading("<&>\"", 1.0),), None, "ru"))
    lines = (Line("l1", _box(10, 10, 200, 50), ((10.0, 40.0), (100.0, 42.0), (200.0, 41.0)), words,
                  (Reading("l'été <&>\""),), None, "fr"), Line("l2", _box(10, 60, 200, 100)))
    regions = (Region("r2", _box(0, 0, 300, 200), lines, "paragraph", None, "fr-CA"),
               Region("r1", _box(310, 0, 400, 200), (), "Title zone"), Region("r3", _box(0, 210, 50, 400)))
    steps = (ProcessingStep("paragraphs", "regions-1", "ab" * 32, "0.1.0", (("device", "a\nb"), ("device", "c"))),
             ProcessingStep("lines"), ProcessingStep("lines", warnings=("One region is left out.", "It has <no> lines.")))
    return Page("folder/a & b.tif", (600, 400), regions, 3, 2, "en", steps)


def _written(page):
    root = etree.fromstring(alto_bytes(page))
    SCHEMA.assertValid(root)
    return root


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("frame", [0, 2])
def test_a_page_is_written_valid_and_comes_back_whole(tmp_path, turns, frame):
    page = replace(_page(), orientation=turns, frame=frame)
    root = _written(page)
    (tmp_path / "a.xml").write_bytes(alto_bytes(page))
    assert read_alto(tmp_path / "a.xml") == page
    assert read_alto(tmp_path / "a.xml").warnings == page.warnings
    assert root.xpath("string(//a:Page/@ROTATION)", namespaces=A) == ["", "90", "180", "270"][turns]


def test_the_order_of_regions_is_stated():
    root = _written(_page())
    assert root.xpath("//a:OrderedGroup/a:ElementRef/@REF", namespaces=A) == ["r2", "r1", "r3"]


def _one_line(text, *words, **changes):
    line = Line("l", _box(10, 10, 200, 50), (), tuple(words), (Reading(text, 0.25),) if text is not None else ())
    return replace(Page("a.png", (100, 200), (Region("r", _box(0, 0, 200, 100), (line,)),)), **changes)


def test_confidences_are_those_of_the_best_readings_of_words():
    words = [Word(str(number), _box(10, 10, 20, 20), (Reading(f"w{number}", given),))
             for number, given in enumerate([0.98765, 1.7, float("nan"), None])]
    root = _written(_one_line("w0 w1 w2 w3", *words))
    assert [string.get("WC") for string in root.iter("{*}String")] == ["0.9877", "1", None, None]


@pytest.mark.parametrize("text, words", [
    ("New York", ["new york"]), ("one  two", ["one"]), ("one two", []), ("a b", ["", ""])])
def test_a_line_that_says_something_else_than_its_words_keeps_its_text(text, words):
    page = _one_line(text, *(Word("w", _box(10, 10, 90, 50), (Reading(word),) if word else ()) for word in words))
    root = _written(page)
    assert [string.get("HPOS") for string in root.iter("{*}String")] == [None, None]
    assert [line.text for line in page_from_alto(root, "a").lines] == [" ".join(text.split())]


def test_words_with_a_space_stay_words_where_a_line_has_two():
    page = _one_line("New York City", Word("w1", _box(10, 10, 90, 50), (Reading("New York"),)),
                     Word("w2", _box(100, 10, 190, 50), (Reading("City"),)))
    assert [word.text for line in page_from_alto(_written(page), "a").lines for word in line.words] == ["New York", "City"]


def test_words_that_were_found_and_not_read_keep_their_outlines():
    line = next(page_from_alto(_written(_one_line(None, Word("w", _box(10, 10, 90, 50)))), "a").lines)
    assert line.words == (Word("w", _box(10, 10, 90, 50)),) and line.text == ""


def test_outlines_are_whole_and_inside_the_page_and_ids_unique():
    lines = (Line("1 a", _box(-5, 3.5, 1e300, 99), ((-3.0, 50.4), (500.0, 50.6))), Line("1 a", _box(300, 300, 400, 400)))
    root = _written(Page("a.png", (100, 200), (Region("page", _box(0, 0, 9, 9), lines), Region("page", _box(0, 0, 5, 5)))))
    first, second = root.iter("{*}TextLine")
    assert first.get("BASELINE") == "0,50 200,51" and first.find(".//{*}Polygon").get("POINTS") == "0,4 200,4 200,99 0,99"
    assert [second.get(side) for side in ("HPOS", "VPOS", "WIDTH", "HEIGHT")] == ["199", "99", "1", "1"]
    ids = root.xpath("//@ID")
    assert len(ids) == len(set(ids)) and ids[-1] == "page_2"


def test_languages_that_are_no_tags_are_left_out():
    page = _page()
    named = replace(page, language="klingon & co", regions=(replace(page.regions[0], language="French"),))
    assert _written(named).xpath("//a:Page/@LANG | //a:TextBlock/@LANG", namespaces=A) == ["fr"]


def test_pages_are_counted_from_one_and_a_baseline_has_two_points():
    page = _page()
    line = replace(page.regions[0].lines[0], baseline=((10.0, 40.0),))
    written = etree.fromstring(alto_bytes(replace(page, frame=2, regions=(replace(page.regions[0], lines=(line,)),))))
    assert written.find(".//a:Page", A).get("PHYSICAL_IMG_NR") == "3" and written.find(".//a:TextLine", A).get("BASELINE") is None
    whole = etree.fromstring(alto_bytes(page))
    assert whole.find(".//a:TextLine", A).get("BASELINE") == "10,40 100,42 200,41"
