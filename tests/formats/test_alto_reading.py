"""ALTO 2 to 4 becomes a Page in pixels."""
from pathlib import Path

import pytest

from ocr.errors import PageFormatError
from ocr.formats.alto_reading import read_alto
from ocr.page.geometry import Box
from ocr.page.model import ProcessingStep, Reading

DATA = Path(__file__).parents[1] / "data" / "page"


def test_alto_4_with_whole_lines_as_strings():
    page = read_alto(DATA / "alto4.xml")
    assert (page.image_filename, page.size, page.language) == ("page.jpg", (600, 800), "fr")
    assert page.steps == (ProcessingStep("Text line recognition", "kraken", "", "5.2"),)
    assert [(region.id, region.kind) for region in page.regions] == [("b2", "marginalia"), ("b1", None)]
    line = page.regions[1].lines[0]
    assert line.text == "le chat est" and line.words == () and line.baseline == ((20, 50), (200, 52), (400, 55))
    assert line.polygon.points == ((20, 20), (400, 22), (400, 60), (20, 58))


def test_block_and_line_without_outline_get_one_from_the_baseline():
    region = read_alto(DATA / "alto4.xml").regions[0]
    box = region.lines[0].polygon.box
    assert region.polygon.box == box and box.left < 455 and box.right > 595 and 40 < box.top < 90 < box.bottom < 120


def test_alto_2_in_inches_with_words_hyphen_and_alternatives():
    page = read_alto(DATA / "alto2.xml", dpi=300)
    assert page.size == (900, 600) and page.regions[0].polygon.box == Box(30, 30, 330, 90) and page.regions[0].language == "en"
    first, second = page.regions[0].lines
    assert (first.text, second.text) == ("A bro-", "ken word")
    assert first.baseline == ((30, 54), (330, 54)) and second.baseline == ()
    assert first.words[0].readings == (Reading("A", 0.9), Reading("Á")) and first.words[1].readings == (Reading("bro"),)
    assert first.words[0].polygon.box == Box(30, 30, 90, 60)
    ids = [item.id for line in page.lines for item in (line, *line.words)]
    assert len(ids) == len(set(ids)) == 6


def test_unit_other_than_pixels_asks_for_the_resolution():
    with pytest.raises(PageFormatError, match="alto2.xml.*inch1200.*dpi"):
        read_alto(DATA / "alto2.xml")


@pytest.mark.parametrize("old, new, message", [
    ("<MeasurementUnit>pixel", "<MeasurementUnit>furlong", "furlong"),
    ('WIDTH="800" HEIGHT="600" PHYSICAL', "PHYSICAL", None),
    ('BASELINE="20 50 200 52 400 55"', 'BASELINE="20 50 200"', "BASELINE of TextLine l1"),
    (' BASELINE="450 90 600 95"', "", "TextLine l2 has no"),
    ("</Layout>", "<Page/></Layout>", "2 pages"),
    ("Layout>", "Other>", "0 pages"),
])
def test_what_cannot_be_read_is_named(tmp_path, old, new, message):
    path = tmp_path / "a.xml"
    path.write_text((DATA / "alto4.xml").read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    if message is None:
        assert read_alto(path).size == (600, 800)                      # the print space tells
    else:
        with pytest.raises(PageFormatError, match=message):
            read_alto(path)


def _changed(tmp_path, *pairs):
    text = (DATA / "alto4.xml").read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "a.xml").write_text(text, encoding="utf-8")
    return read_alto(tmp_path / "a.xml")


@pytest.mark.parametrize("settings, pairs", [
    ("beam: 4", (("settings", "beam: 4"),)), ('[["a", "b"]]', (("a", "b"),)), ("[1, 2]", (("settings", "[1, 2]"),)),
    ('{"a": 1}', (("settings", '{"a": 1}'),)), ("", ())])
def test_settings_in_the_words_of_another_program_stay_as_they_are(tmp_path, settings, pairs):
    old = "<processingSoftware>"
    page = _changed(tmp_path, (old, f"<processingStepSettings>{settings}</processingStepSettings>{old}"))
    assert page.steps[0].settings == pairs


@pytest.mark.parametrize("degrees, turns", [("90", 1), ("-90", 3), ("359.2", 0), ("1.5", 0), ("x", 0)])
def test_rotation_gives_the_quarter_turns_back(tmp_path, degrees, turns):
    assert _changed(tmp_path, ('ID="p" LANG', f'ID="p" ROTATION="{degrees}" LANG')).orientation == turns


def test_only_our_own_name_of_a_frame_is_one(tmp_path):
    for location, frame in (("ocr:frame", 3), ("shelf", 0)):
        identifier = f'<fileIdentifier fileIdentifierLocation="{location}">3</fileIdentifier>'
        assert _changed(tmp_path, ("</fileName>", f"</fileName>{identifier}")).frame == frame


def test_strings_with_spaces_are_words_where_some_line_has_two(tmp_path):
    two = '<String CONTENT="si seul" HPOS="1" VPOS="1" WIDTH="9" HEIGHT="9"/><SP/><String CONTENT="ici"/>'
    page = _changed(tmp_path, ('<String CONTENT="seul"/>', two))
    assert [word.text for line in page.lines for word in line.words] == ["si seul", "le chat est"]


def _alto(tmp_path, page):
    path = tmp_path / "a.xml"
    path.write_text('<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#"><Description><MeasurementUnit>pixel</MeasurementUnit>'
                    '<sourceImageInformation><fileName>a.png</fileName></sourceImageInformation></Description><Layout>'
                    f'<Page ID="p" {page}><PrintSpace><TextBlock ID="b" HPOS="0" VPOS="0" WIDTH="1" HEIGHT="1">'
                    '<TextLine ID="l" HPOS="0" VPOS="0" WIDTH="1" HEIGHT="1"><String CONTENT="x"/></TextLine></TextBlock>'
                    '</PrintSpace></Page></Layout></alto>')
    return path


def test_a_page_of_one_pixel_is_read_and_one_of_none_is_refused(tmp_path):
    assert read_alto(_alto(tmp_path, 'WIDTH="1" HEIGHT="1"')).size == (1, 1)
    with pytest.raises(PageFormatError, match="above 0"):
        read_alto(_alto(tmp_path, 'WIDTH="0.4" HEIGHT="9"'))
