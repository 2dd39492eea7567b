"""JSON gives back the very page that it was made of, and refuses what it did not write."""
import json
from dataclasses import replace
from pathlib import Path

import pytest

from ocr.errors import PageFormatError
from ocr.formats.document import read_document
from ocr.page.geometry import Polygon
from ocr.page.model import Line, Page, ProcessingStep, Reading, Region, Word
from ocr.formats.page_json import page_from_json, page_json_bytes

DATA = Path(__file__).parents[1] / "data" / "page"


def _page():
    outline = Polygon(((0.1, -2.5), (1e300, 3), (1 / 3, 9.0)))
    words = (Word("w", outline, (Reading("a\x00\ud800\u2028", 1 / 3), Reading("b")), 0.25, "fr"), Word("", outline))
    lines = (Line("l", outline, ((0.1, 0.2), (3, 4)), words, (Reading("one", 0.5), Reading("two", 0.1)), 0.75, "en"),
             Line("l", outline, (), words))
    step = ProcessingStep("lines", "m", "ab" * 32, "1", (("b", "2"), ("a", "1"), ("a", "1")),
                          ("One region is left out.",))
    regions = (Region("r", outline, lines, "odd", 0.5, "de", production="printed"), Region("e", outline))
    return Page("a \"b\".tif", (600, 400), regions, 3, 2, "fr", (step,))


def test_every_field_comes_back():
    assert page_from_json(page_json_bytes(_page())) == _page()
    assert page_from_json(page_json_bytes(_page())).warnings == ("One region is left out.",)


def test_steps_that_an_earlier_version_wrote_have_no_warnings():
    found = json.loads(page_json_bytes(_page()))
    del found["steps"][0]["warnings"]
    assert page_from_json(json.dumps(found)).warnings == ()


@pytest.mark.parametrize("name", ["kraken", "escriptorium", "ocrd", "transkribus", "page2010", "alto4"])
def test_documents_of_other_programs_come_back_with_what_was_kept_of_them(name):
    page = read_document(DATA / f"{name}.xml")
    assert page_from_json(page_json_bytes(page)) == page


def test_what_a_web_page_shows_lies_at_hand():
    found = json.loads(page_json_bytes(_page()))
    (region, _), line = found["regions"], found["regions"][0]["lines"][0]
    assert (found["image"], found["size"], found["orientation"], found["version"]) == ('a "b".tif', [600, 400], 3, 1)
    assert (region["kind"], line["text"], line["confidence"], line["baseline"]) == ("odd", "one", 0.5, [[0.1, 0.2], [3, 4]])
    assert line["words"][0]["confidence"] == 1 / 3 and line["words"][1]["confidence"] is None
    assert region["lines"][1]["text"] == "a\x00\ud800\u2028" and region["lines"][1]["confidence"] is None
    assert "foreign" not in found and "foreign" not in line


def test_confidences_that_are_no_numbers_become_null():
    line = replace(_page().regions[0].lines[0], confidence=float("nan"), readings=(Reading("a", float("inf")),))
    page = replace(_page(), regions=(replace(_page().regions[0], lines=(line,)),))
    back = next(page_from_json(page_json_bytes(page)).lines)
    assert back.confidence is None and back.readings == (Reading("a"),)


def _changed(**changes):
    return json.dumps({**json.loads(page_json_bytes(_page())), **changes})


@pytest.mark.parametrize("data, message", [
    ("", "JSONDecodeError"), ("[" * 100_000, "RecursionError"), ("[]", "TypeError"), ("{}", "KeyError"),
    (b"\xff", "UnicodeDecodeError"),
    (_changed(version=2), "version 2; version 1 is read"), (_changed(size=[1]), "ValueError"),
    (_changed(image=None), "None found"),
    (_changed(regions=[{"id": "r"}]), "'polygon'"),
    (_changed(regions=[{"id": "r", "polygon": [[0, 0], [1, 1]], "lines": []}]), "at least 3 points"),
    (_changed(regions=[{"id": "r", "polygon": [[0, 0], [1, "1"], [2, 2]], "lines": []}]), "'1' found"),
])
def test_what_is_no_page_is_refused_with_its_name(data, message):
    with pytest.raises(PageFormatError, match=message) as caught:
        page_from_json(data, "x.json")
    assert str(caught.value).startswith("x.json: ")
