"""ALTO 2 to 4 becomes a Page in pixels."""
import time
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


BLOCK = '<TextBlock ID="b" HPOS="0" VPOS="0" WIDTH="1" HEIGHT="1"><TextLine ID="l" HPOS="0" VPOS="0" WIDTH="1" HEIGHT="1">' \
        '<String CONTENT="x"/></TextLine></TextBlock>'


def _alto(tmp_path, page, body=BLOCK, order=""):
    path = tmp_path / "a.xml"
    path.write_text('<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#"><Description><MeasurementUnit>pixel</MeasurementUnit>'
                    '<sourceImageInformation><fileName>a.png</fileName></sourceImageInformation></Description>'
                    f'<ReadingOrder><OrderedGroup>{order}</OrderedGroup></ReadingOrder><Layout>'
                    f'<Page ID="p" {page}><PrintSpace>{body}</PrintSpace></Page></Layout></alto>')
    return path


def test_a_page_of_one_pixel_is_read_and_one_of_none_is_refused(tmp_path):
    assert read_alto(_alto(tmp_path, 'WIDTH="1" HEIGHT="1"')).size == (1, 1)
    with pytest.raises(PageFormatError, match="above 0"):
        read_alto(_alto(tmp_path, 'WIDTH="0.4" HEIGHT="9"'))


def test_a_page_far_too_large_is_refused(tmp_path):
    assert read_alto(_alto(tmp_path, 'WIDTH="1000000" HEIGHT="9"')).size == (9, 1_000_000)
    for side in ("1000001", "1e308"):
        with pytest.raises(PageFormatError, match="up to 1,000,000 pixels"):
            read_alto(_alto(tmp_path, f'WIDTH="9" HEIGHT="{side}"'))


SIZE = 'WIDTH="200" HEIGHT="100"'
LINE = '<TextLine ID="{}" {}>{}<String CONTENT="{}"/></TextLine>'
PLACE = 'HPOS="10" VPOS="10" WIDTH="80" HEIGHT="20"'


def _lines(tmp_path, *lines):
    return list(read_alto(_alto(tmp_path, SIZE, f'<TextBlock ID="b" {PLACE}>{"".join(lines)}</TextBlock>')).lines)


@pytest.mark.parametrize("place, shape, message", [
    ("", "", "TextLine bad has no Shape, HPOS to HEIGHT, BASELINE or String that says where it is. The line is left out."),
    ('HPOS="NaN" VPOS="1" WIDTH="9" HEIGHT="9"', "", "TextLine bad has no Shape"),
    ('HPOS="1e20" VPOS="1" WIDTH="9" HEIGHT="9"', "", "box of TextLine bad: x is from 1e+20 to 1e+20, outside the page of 200 x 100"),
    ('HPOS="-90" VPOS="1" WIDTH="9" HEIGHT="9"', "", "box of TextLine bad: x is from -90 to -81, outside the page"),
    ("", '<Shape><Polygon POINTS="1 2 3"/></Shape>', "Polygon of TextLine bad: the points '1 2 3'"),
    ("", '<Shape><Polygon POINTS="7 7"/></Shape>', "TextLine bad has no Shape"),
    ('BASELINE="1 2 3"', "", "BASELINE of TextLine bad: the points '1 2 3'"),
])
def test_a_bad_line_costs_that_line_and_is_named(tmp_path, capsys, place, shape, message):
    lines = _lines(tmp_path, LINE.format("l1", PLACE, "", "one"), LINE.format("bad", place, shape, "lost"),
                   LINE.format("l2", PLACE, "", "two"))
    assert [line.text for line in lines] == ["one", "two"]
    assert f"a.xml: {message}" in capsys.readouterr().err


@pytest.mark.parametrize("place, shape", [
    (f'{PLACE} BASELINE="1 2 3"', ""), (f'{PLACE} BASELINE="10 1e20 90 20"', ""), (f'{PLACE} BASELINE="-1e20"', ""),
    (PLACE, '<Shape><Polygon POINTS="1 2 x"/></Shape>'), (PLACE, '<Shape><Polygon POINTS="10,10 900,10 900,30"/></Shape>')])
def test_a_line_with_a_good_place_is_kept_without_its_bad_one(tmp_path, capsys, place, shape):
    (line,) = _lines(tmp_path, LINE.format("l1", place, shape, "one"))
    assert line.polygon.box == Box(10, 10, 90, 30) and line.baseline == ()
    assert " of TextLine l1: " in capsys.readouterr().err


def test_coordinates_end_at_the_edges_of_the_page(tmp_path, capsys):
    (line,) = _lines(tmp_path, LINE.format("l", 'HPOS="-5" VPOS="90" WIDTH="300" HEIGHT="20" BASELINE="-5,99 295,101"', "", "one"))
    assert line.polygon.box == Box(0, 90, 200, 100) and line.baseline == ((0, 99), (200, 100))
    assert capsys.readouterr().err == ""


def test_lines_outside_text_blocks_are_read(tmp_path):
    own, inner = (LINE.format(text, PLACE, "", text) for text in ("own", "inner"))
    body = f'<ComposedBlock ID="c">{own}<TextBlock>{inner}</TextBlock></ComposedBlock>'
    assert read_alto(_alto(tmp_path, SIZE, body)).text == "own\n\ninner"


def test_a_very_long_id_is_cut_and_stays_unique(tmp_path):
    ids = [line.id for line in _lines(tmp_path, *(LINE.format("x" * (300 + number), PLACE, "", "one") for number in range(2)))]
    assert ids == ["x" * 200, "x" * 200 + "_2"]


def test_a_long_order_takes_no_quadratic_time(tmp_path):
    def seconds(count):
        order = "".join(f'<ElementRef REF="b{count - 1 - n}"/>' for n in range(count))
        blocks = "".join(f'<TextBlock ID="b{n}" {PLACE}><TextLine ID="b{n}"/></TextBlock>' for n in range(count))
        path, start = _alto(tmp_path, SIZE, blocks, order), time.process_time()
        assert [region.id for region in read_alto(path).regions[:2]] == [f"b{count - 1}", f"b{count - 2}"]
        return time.process_time() - start

    assert min(seconds(4000) for _ in range(2)) < 9 * min(seconds(1000) for _ in range(2))
