"""Plain text: lines, an empty line between regions, a form feed between pages."""
import pypdfium2
from PIL import Image

from ocr.formats.available import FORMATS
from ocr.formats.page_json import page_from_json, page_json_bytes
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, Reading, Region, Sheet, Word
from ocr.formats.plain_text import matching_words, text_bytes, written_lines

OUTLINE = Polygon.from_box(Box(0.0, 0.0, 9.0, 9.0))


def _page(*regions):
    return Page("a.png", (10, 10), tuple(
        Region("r", OUTLINE, tuple(Line("l", OUTLINE, readings=(Reading(text),)) for text in texts)) for texts in regions))


def test_lines_regions_and_pages_are_separated():
    pages = [_page(("one", "two"), (), ("three",)), _page(), _page(("four",))]
    assert text_bytes(pages) == b"one\ntwo\n\nthree\n\f\n\ffour\n"


def test_a_line_stays_one_line_in_nfc():
    assert text_bytes([_page((" e\u0301\n\u2028a\fb\x00\ud800 ",))]) == "é a b\ufffd\ufffd\n".encode()


def test_words_match_a_line_only_where_they_make_up_its_text():
    words = tuple(Word("w", OUTLINE, (Reading(text),)) for text in ("one\n", "", "e\u0301"))
    for texts, expected in ((("one é",), words), ((), words), (("oneé",), ()), (("one  é",), ())):
        line = Line("l", OUTLINE, (), words, tuple(map(Reading, texts)))
        assert matching_words(line) == expected


TEXT = (Reading("first line\nsecond line"),)


def _region(*texts):
    lines = tuple(Line(f"own{number}", OUTLINE, readings=(Reading(text),) if text else ()) for number, text in enumerate(texts))
    return Region("r", Polygon.from_box(Box(2.0, 10.0, 8.0, 30.0)), lines, readings=TEXT)


def test_a_text_of_a_region_without_lines_lies_in_bands_of_it():
    found = [(line.id, line.text, line.polygon.box) for line in written_lines(_region())]
    assert found == [("r_l1", "first line", Box(2, 10, 8, 20)), ("r_l2", "second line", Box(2, 20, 8, 30))]
    assert written_lines(_region("", "", ""))[0].id == "r_l1"


def test_a_region_s_text_goes_to_as_many_lines_without_a_text():
    assert [(line.id, line.text) for line in written_lines(_region("", ""))] == [("own0", "first line"), ("own1", "second line")]


def test_lines_with_a_text_say_more_than_the_region():
    region = _region("", "other")
    assert written_lines(region) == region.lines and region.text == "\nother"
    assert written_lines(Region("r", OUTLINE)) == ()


def test_every_format_keeps_the_text_of_a_region_without_lines(tmp_path):
    Image.new("L", (60, 40)).save(tmp_path / "a.png")
    page = Page("a.png", (40, 60), (Region("e", OUTLINE), _region(), _region("", "")))
    assert text_bytes([page]).decode() == "first line\nsecond line\n\nfirst line\nsecond line\n" == page.text + "\n"
    for kind in FORMATS.values():
        data = kind.write([Sheet(page, tmp_path / "a.png")])
        text = pypdfium2.PdfDocument(data)[0].get_textpage().get_text_range() if kind.name == "pdf" else data.decode()
        assert text.count("second") == 2 and text.count("first") == 2, kind.name
    assert page_from_json(page_json_bytes(page)) == page
