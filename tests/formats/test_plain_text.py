"""Plain text: lines, an empty line between regions, a form feed between pages."""
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, Reading, Region, Word
from ocr.formats.plain_text import matching_words, text_bytes

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
