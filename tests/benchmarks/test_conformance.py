"""Conformance: judges pass what is right, find what is wrong, and text that breaks documents passes in every format."""
from __future__ import annotations

from dataclasses import replace
from html import escape
from types import SimpleNamespace

import pytest

from ocr.formats.available import FORMATS
from ocr.page.model import Sheet


@pytest.fixture(scope="module")
def conformance(benchmark_named):
    return benchmark_named("conformance")


@pytest.fixture(scope="module")
def awkward(conformance, tmp_path_factory):
    return conformance.awkward_page(tmp_path_factory.mktemp("awkward"))


@pytest.fixture
def case(conformance, awkward, tmp_path):
    """Write the page of awkward text in a format, its bytes changed."""
    def make(kind, change=lambda data: data):
        file = tmp_path / f"001{FORMATS[kind].suffix}"
        file.write_bytes(change(FORMATS[kind].write([awkward])))
        return conformance.Case(awkward, file)
    return make


def _own(conformance):
    return [judge for judge in conformance.JUDGES if not judge.program]


def test_every_format_is_judged_on_awkward_text_and_passes(conformance, case):
    assert {judge.format for judge in conformance.JUDGES} == set(FORMATS)
    assert {judge.format for judge in _own(conformance)} == set(FORMATS) - {"pdf"}
    for judge in _own(conformance):
        assert judge.check(case(judge.format)) is None, judge


def test_the_awkward_page_is_awkward(awkward):
    text = awkward.page.text
    assert set('&<>"') < set(text) and "\x00" in text and "e\u0301" in text and "\ud800" in text
    assert len({line.id for line in awkward.page.lines}) == 1 and awkward.image.exists()


@pytest.mark.parametrize("kind, name, old, new", [
    ("txt", "text and order", b"R&D", b"R&amp;D"), ("hocr", "text and order", b"trol", b"tro"),
    ("tsv", "text and order", b"trol", b"tro"), ("json", "page unchanged", b'"frame":0', b'"frame":1'),
    ("page", "text and order", b"trol", b"tro"), ("alto", "text and order", "été".encode(), b"ete"),
    ("alto", "official schema", b'PHYSICAL_IMG_NR="1"', b""), ("page", "official schema", b"Coords", b"Cords"),
    ("page", "ids, places", b'points="0,20', b'points="0,720'), ("hocr", "ids, places", b"bbox 0 20", b"bbox -1 20"),
    ("alto", "ids, places", b'BASELINE="0,80', b'BASELINE="901,80'), ("hocr", "ids, places", b'id="r"', b'id="r_par"'),
])
def test_judges_find_what_is_wrong(conformance, case, kind, name, old, new):
    (judge,) = (judge for judge in conformance.JUDGES if (judge.format, judge.name) == (kind, name))

    def spoil(data):
        assert old in data
        return data.replace(old, new)
    assert judge.check(case(kind, spoil))


def test_the_table_counts_and_names(conformance, awkward, capsys, monkeypatch):
    cases = {name: {"txt": conformance.Case(awkward, name)} for name in ("right", "wrong", "broken")}
    judge = conformance.Judge("txt", "a judge", None, lambda case: {"right": None, "wrong": "odd"}[case.file])
    assert conformance.judged(judge, cases) == {"format": "txt", "judge": "a judge", "passed": 1, "failed": 2}
    said = capsys.readouterr().err
    assert "a judge: wrong: odd" in said and "a judge: broken: KeyError" in said
    monkeypatch.setenv("PATH", "")
    assert conformance.judged(replace(judge, program="qpdf"), cases)["failed"] == "judge not installed"


@pytest.mark.parametrize("turns, width", [(0, 90), (1, 70)])
def test_words_are_looked_for_where_the_upright_page_shows_them(conformance, awkward, tmp_path, monkeypatch, turns, width):
    found = []
    for word in (word for line in awkward.page.lines for word in line.words):
        x, y = word.polygon.clip((700, 900)).box.centre
        x, y = ((700 - y) / 10, x / 10) if turns else (x / 10, y / 10)
        found += [[x - 1, y - 3, x + 1, y + 3, escape(text)] for text in conformance.written_line(word.text).split()]

    def reason(words):
        shown = "".join('<word xMin="{}" yMin="{}" xMax="{}" yMax="{}">{}</word>'.format(*word) for word in words)
        output = f'<html xmlns="http://www.w3.org/1999/xhtml"><page width="{width}" height="70">{shown}</page></html>'
        monkeypatch.setattr(conformance, "run", lambda *command: SimpleNamespace(stdout=output))
        return conformance.by_pdftotext(conformance.Case(sheet, tmp_path / "a.pdf"))
    sheet = Sheet(replace(awkward.page, orientation=turns))
    assert reason(found) is None
    assert reason(found[1:]) == f"1 of {len(found)} words: R&D (missing)"
    left, top, right, bottom, text = found[0]
    assert "R&D (5.0 points away)" in reason([[left, top + 5, right, bottom + 5, text], *found[1:]])
    assert "R&D" in reason([[left - 15, top, right, bottom, text], *found[1:]])
    assert "R&D" in reason([[left, top, right + 15, bottom, text], *found[1:]])
