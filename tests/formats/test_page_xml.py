"""PAGE-XML: what is written is valid and comes back; what other programs wrote is read, and survives."""
import io
import time
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest
from lxml import etree

from ocr.errors import OutputError, PageFormatError
from ocr.formats import page_xml
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Foreign, Line, Page, ProcessingStep, Reading, Region, Word
from ocr.formats.page_xml import page_xml_bytes, read_page_xml, write_page_xml

DATA = Path(__file__).parents[1] / "data"
SCHEMA = etree.XMLSchema(etree.parse(str(DATA / "pagecontent-2019-07-15.xsd")))
NOON = datetime(2024, 5, 1, 12, tzinfo=timezone.utc)
PC = {"p": "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"}


def _box(*sides):
    return Polygon.from_box(Box(*map(float, sides)))


def _rich_page():
    words = (Word("w1", _box(10, 10, 60, 50), (Reading("l'été", 0.5),), 0.9, "fr"),
             Word("w2", _box(70, 10, 200, 50), (Reading("<&>\"", 1.0), Reading("б", 0.0)), None, "ru"))
    lines = (Line("l1", _box(10, 10, 200, 50), ((10.0, 40.0), (100.0, 42.0), (200.0, 41.0)), words,
                  (Reading("l'été <&>\"", 0.9877), Reading("l'ete", 0.25)), 0.75, "fr"),
             Line("l2", _box(10, 60, 200, 100)))
    regions = (Region("r2", _box(0, 0, 300, 200), lines, "paragraph", 0.5, "fr"),
               Region("r1", _box(310, 0, 400, 200), (), "Title zone"), Region("r3", _box(0, 210, 50, 400), (), None))
    steps = (ProcessingStep("paragraphs", "regions-1", "ab" * 32, "0.1.0", (("device", "cpu"), ("threshold", "0.5"))),
             ProcessingStep("lines"), ProcessingStep("lines", warnings=("One region is left out.", "It has <no> lines.")))
    return Page("folder/a & b.tif", (600, 400), regions, 3, 2, "en", steps)


def _plain(page):
    """The page without what was kept for other programs."""
    def bare(item, **changes):
        return replace(item, foreign=Foreign(), **changes)
    regions = (bare(r, lines=tuple(bare(line, words=tuple(bare(w) for w in line.words)) for line in r.lines)) for r in page.regions)
    return bare(page, regions=tuple(regions))


def _round_trip(page, tmp_path):
    data = page_xml_bytes(page, NOON)
    path = tmp_path / "round.xml"
    path.write_bytes(data)
    return data, read_page_xml(path)


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("frame", [0, 2])
def test_a_page_is_written_valid_and_comes_back_whole(tmp_path, turns, frame):
    page = replace(_rich_page(), orientation=turns, frame=frame)
    data, back = _round_trip(page, tmp_path)
    SCHEMA.assertValid(etree.fromstring(data))
    assert _plain(back) == page and back.warnings == page.warnings
    assert page_xml_bytes(back, NOON) == data


def test_orientation_is_in_page_s_degrees():
    degrees = [etree.fromstring(page_xml_bytes(replace(_rich_page(), orientation=t))).find("p:Page", PC).get("orientation")
               for t in range(4)]
    assert degrees == [None, "90", "180", "-90"]


def test_points_are_whole_and_inside_the_page(tmp_path):
    page = Page("a.png", (100, 200), (Region("r", Polygon(((-5.0, 3.5), (250.2, 1e300), (10.49, 99.6)))),))
    data, back = _round_trip(page, tmp_path)
    SCHEMA.assertValid(etree.fromstring(data))
    assert back.regions[0].polygon.points == ((0, 4), (200, 100), (10, 100))


def test_ids_are_made_valid_and_unique_and_the_order_follows(tmp_path):
    lines = (Line("0001", _box(1, 1, 9, 9)), Line("0001", _box(1, 1, 9, 9)))
    page = Page("a.png", (10, 10), (Region("r", _box(0, 0, 9, 9), lines), Region("r", _box(0, 0, 5, 5)),
                                    Region("reading_order", _box(0, 0, 3, 3))))
    data, back = _round_trip(page, tmp_path)
    SCHEMA.assertValid(etree.fromstring(data))
    ids = etree.fromstring(data).xpath("//@id")
    assert len(ids) == len(set(ids)) == 6
    assert [region.polygon.box.right for region in back.regions] == [9, 5, 3]


def test_control_characters_and_odd_confidences_do_not_break_writing(tmp_path):
    line = Line("l", _box(1, 1, 9, 9), ((1.0, 1.0),), (), (Reading("a\x00\x0b\ud800b", 1.2),), float("nan"))
    region = Region("r", _box(0, 0, 9, 9), (line,))
    data, back = _round_trip(Page("a\x01.png", (10, 10), (region,), steps=(ProcessingStep("x\x02"),)), tmp_path)
    SCHEMA.assertValid(etree.fromstring(data))
    line = back.regions[0].lines[0]
    assert (line.text, line.readings[0].confidence, line.confidence, line.baseline) == ("a\ufffd \ufffdb", 1.0, None, ())


def test_texts_of_words_lines_and_regions_fit_together_to_the_letter():
    words = (Word("w1", _box(0, 0, 4, 9), (Reading("e\u0301t "),)), Word("w2", _box(5, 0, 9, 9), (Reading("\na"),)))
    lines = (Line("l1", _box(0, 0, 9, 9), (), words, (Reading(" e\u0301t\u2028a "),)), Line("l2", _box(0, 0, 9, 9)))
    tree = etree.fromstring(page_xml_bytes(Page("a.png", (10, 10), (Region("r", _box(0, 0, 9, 9), lines),))))
    assert tree.xpath("//p:Unicode/text()", namespaces=PC) == ["\u00e9t", "a", "\u00e9t a", "\u00e9t a\n"]


def test_write_to_path_and_file(tmp_path):
    buffer = io.BytesIO()
    write_page_xml(_rich_page(), buffer)
    write_page_xml(_rich_page(), tmp_path / "a.xml")
    assert buffer.getvalue().startswith(b"<?xml") and read_page_xml(tmp_path / "a.xml").frame == 2
    with pytest.raises(OutputError, match="missing"):
        write_page_xml(_rich_page(), tmp_path / "missing" / "a.xml")


@pytest.mark.parametrize("name", ["kraken", "escriptorium", "ocrd", "page2010"])
def test_documents_of_others_come_out_valid(tmp_path, name):
    page = read_page_xml(DATA / "page" / f"{name}.xml")
    data, back = _round_trip(page, tmp_path)
    SCHEMA.assertValid(etree.fromstring(data))
    assert _plain(back) == _plain(page) or name == "escriptorium"        # there an outline is made, then rounded
    assert page_xml_bytes(back, NOON) == data


def test_kraken(tmp_path):
    page = read_page_xml(DATA / "page" / "kraken.xml")
    region = page.regions[0]
    assert (page.image_filename, page.size, region.kind) == ("scan/7.png", (400, 600), "Main")
    assert region.polygon.box == Box(10, 10, 310, 95)                    # its own outline encloses nothing
    assert [line.text for line in region.lines] == ["l'été dernier", "fin"]
    assert [line.id for line in region.lines] == ["line", "line_2"]
    assert [word.id for line in region.lines for word in line.words] == ["segment_0", "segment_1", "segment_0_2"]
    assert region.lines[0].readings == (Reading("l'été dernier", 0.7),)
    tree = etree.fromstring(_round_trip(page, tmp_path)[0])
    assert tree.xpath("//p:Word[@id='segment_0']/p:Glyph/p:TextEquiv/p:Unicode/text()", namespaces=PC) == ["l"]
    assert tree.xpath("//p:TextLine[1]/@readingDirection", namespaces=PC) == ["left-to-right"]
    assert tree.xpath("//p:TextLine[1]/@custom", namespaces=PC) == ["type {type:default;}"]


def test_transkribus(tmp_path):
    page = read_page_xml(DATA / "page" / "transkribus.xml")
    assert [(r.id, r.kind) for r in page.regions] == [("r2", "letter-head"), ("r1", "paragraph")]
    assert [line.text for line in page.regions[1].lines] == ["Mr first line", "second line"]
    tree = etree.fromstring(_round_trip(page, tmp_path)[0])
    assert tree.xpath("count(//p:TranskribusMetadata[@docId='12'])", namespaces=PC) == 1
    assert tree.xpath("count(//p:GraphicRegion[@id='g1'])", namespaces=PC) == 1
    assert tree.xpath("//p:TextRegion[@id='r2']/p:TextEquiv/p:Unicode/text()", namespaces=PC) == ["a region with text and no lines"]
    assert tree.xpath("//p:RegionRefIndexed/@regionRef", namespaces=PC) == ["r2", "r1", "g1"]
    assert "expansion:Mister" in tree.xpath("//p:TextLine[@id='r1l1']/@custom", namespaces=PC)[0]
    assert tree.xpath("//p:Created/text()", namespaces=PC) == ["2020-09-13T11:47:58.199+07:00"]
    tree.find("p:Metadata", PC).remove(tree.find("p:Metadata/p:TranskribusMetadata", PC))      # the one thing no schema knows
    SCHEMA.assertValid(tree)


def test_escriptorium_line_without_outline_gets_a_band_about_its_baseline():
    first, second = read_page_xml(DATA / "page" / "escriptorium.xml").regions[0].lines
    assert first.text == "une ligne sans contour" and second.readings == ()
    box = first.polygon.box
    assert box.left < 130 and box.right > 870 and 100 < box.top < 150 and 190 < box.bottom < 240


def test_ocrd(tmp_path):
    page = read_page_xml(DATA / "page" / "ocrd.xml")
    assert [region.id for region in page.regions] == ["body", "cell", "note"]
    assert page.steps == (ProcessingStep("layout/segmentation/region", "ocrd-tesserocr-segment", "", "0.19.1",
                                         (("find_tables", "true"), ("padding", "4"))),)
    assert (page.language, page.orientation) == ("de", 0)
    body, cell, note = page.regions
    assert body.lines[0].words[0].language == "de" and body.lines[0].id == "line_1" and body.lines[0].text == "eins"
    assert cell.lines[0].readings == (Reading("zwei", 0.9), Reading("zwo", 0.3)) and cell.confidence == 0.75
    stepped = replace(page, steps=page.steps + (ProcessingStep("lines", "m"),))
    tree = etree.fromstring(_round_trip(stepped, tmp_path)[0])
    SCHEMA.assertValid(tree)
    for path, expected in {
        "//p:MetadataItem/@name": ["transcriber", "layout/segmentation/region", "lines"],
        "//p:MetadataItem[@type='processingStep'][1]/@date": ["2024-06-06T12:00:00"],
        "//p:Page/@orientation": ["1.5"], "//p:Page/@conf": ["0.8"], "/p:PcGts/@pcGtsId": ["P_0017"],
        "//p:TableRegion/p:TextRegion/@id": ["cell"], "//p:SeparatorRegion/@id": ["sep"],
        "//p:AlternativeImage/@comments": ["binarized,deskewed"], "//p:Baseline/@conf": ["0.6"],
        "//p:TextEquiv[@dataType]/p:PlainText/text()": ["zwei"], "//p:UnorderedGroup/p:OrderedGroup/@caption": ["main"],
    }.items():
        assert [str(value) for value in tree.xpath(path, namespaces=PC)] == expected


def test_a_new_order_and_a_removed_region_replace_the_kept_reading_order(tmp_path):
    page = read_page_xml(DATA / "page" / "ocrd.xml")
    for regions in (page.regions[::-1], page.regions[:1], page.regions[1:]):
        data, back = _round_trip(replace(page, regions=regions), tmp_path)
        SCHEMA.assertValid(etree.fromstring(data))
        assert [region.id for region in back.regions] == [region.id for region in regions]


def test_changed_text_takes_nothing_from_the_reading_it_replaces(tmp_path):
    page = read_page_xml(DATA / "page" / "ocrd.xml")
    cell = page.regions[1]
    line = replace(cell.lines[0], readings=(Reading("drei"),), baseline=((1.0, 2.0), (3.0, 4.0)))
    data, _ = _round_trip(replace(page, regions=(replace(cell, lines=(line,)),)), tmp_path)
    assert b"zwei" not in data and b"dataType" not in data and b'points="1,2 3,4"/>' in data


def test_points_of_2010(tmp_path):
    page = read_page_xml(DATA / "page" / "page2010.xml")
    assert page.regions[0].polygon.box == Box(10, 20, 110, 60) and page.regions[0].kind == "heading"


def _document(body, attributes='imageFilename="a.png" imageWidth="100" imageHeight="100"', namespace=PC["p"]):
    return f'<PcGts xmlns="{namespace}"><Metadata/><Page {attributes}>{body}</Page></PcGts>'


LINE = '<TextRegion id="r"><Coords points="0,0 90,0 90,90"/><TextLine id="l">{}</TextLine></TextRegion>'


@pytest.mark.parametrize("text, message", [
    (_document("", namespace="http://example.org/other"), "not PAGE-XML"),
    ("<html/>", "not PAGE-XML"),
    (f'<PcGts xmlns="{PC["p"]}"/>', "0 Page elements"),
    (_document("", 'imageFilename="a.png"'), "imageWidth None"),
    (_document("", 'imageFilename="a.png" imageWidth="0" imageHeight="x"'), "imageHeight 'x'"),
])
def test_what_cannot_be_read_is_named(tmp_path, text, message):
    path = tmp_path / "bad.xml"
    path.write_text(text)
    with pytest.raises(PageFormatError, match=message) as caught:
        read_page_xml(path)
    assert "bad.xml" in str(caught.value)


@pytest.mark.parametrize("version", ["2013-07-15", "2016-07-15", "2017-07-15", "2018-07-15", "2019-07-15"])
def test_all_versions_and_unicode_line_breaks(tmp_path, version):
    path = tmp_path / "a.xml"
    body = LINE.format('<Coords points="0,0 90,0 90,20" conf="7"/><TextEquiv conf="x"><Unicode>\n e\u0301t\u2028e </Unicode></TextEquiv>')
    path.write_text(_document(body, namespace=PC["p"].replace("2019-07-15", version)), encoding="utf-8")
    line = next(read_page_xml(path).lines)
    assert line.readings == (Reading("\u00e9t e"),) and line.confidence is None


def test_words_without_outline_leave_their_text_in_the_line(tmp_path):
    path = tmp_path / "a.xml"
    equiv = "<TextEquiv><Unicode>{}</Unicode></TextEquiv>"
    path.write_text(_document(LINE.format('<Coords points="0,0 90,0 90,20"/><Word><Coords points="0,0 9,0 9,9"/>' + equiv.format("one")
                                          + "</Word><Word>" + equiv.format("two") + "</Word>")))
    line = next(read_page_xml(path).lines)
    assert line.text == "one two" and [word.text for word in line.words] == ["one"]


BAD = [("", "TextLine bad has no Coords, Baseline or Word that says where it is"),
       ('<Coords points="7,7"/>', "TextLine bad has no Coords"),
       ('<Coords points="1,2 3,4 5"/><Baseline points="1,9 80,9"/>', "Coords of TextLine bad: the points '1,2 3,4 5'"),
       ('<Coords points="NaN,2 30,4 50,9"/>', "Coords of TextLine bad: the points 'NaN,2 30,4 50,9'"),
       ('<Coords points="1,2 1e20,4 50,9"/>', "Coords of TextLine bad: x is from 1 to 1e+20, outside the page of 100 x 100"),
       ('<Coords points="120,2 150,4 150,9"/>', "Coords of TextLine bad: x is from 120 to 150, outside the page")]
GOOD = '<TextLine id="{}"><Coords points="0,{} 90,{} 90,{}"/><TextEquiv><Unicode>{}</Unicode></TextEquiv></TextLine>'


def _read(tmp_path, body, attributes='imageFilename="a.png" imageWidth="100" imageHeight="100"'):
    path = tmp_path / "a.xml"
    path.write_text(_document(body, attributes), encoding="utf-8")
    return read_page_xml(path)


def _valid_again(page, tmp_path):
    data, back = _round_trip(page, tmp_path)
    SCHEMA.assertValid(etree.fromstring(data))
    return back


@pytest.mark.parametrize("place, message", BAD)
def test_a_bad_line_costs_that_line_and_is_named(tmp_path, capsys, place, message):
    bad = f'<TextLine id="bad">{place}<TextEquiv><Unicode>lost</Unicode></TextEquiv></TextLine>'
    lines = GOOD.format("l1", 1, 1, 9, "one") + bad + GOOD.format("l2", 20, 20, 29, "two")
    page = _read(tmp_path, f'<TextRegion id="r"><Coords points="0,0 90,0 90,90"/>{lines}</TextRegion>')
    assert page.text == "one\ntwo"
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and f"a.xml: {message}" in said and said.endswith("The line is left out.\n")


@pytest.mark.parametrize("points", ["1,2 3", "NaN,1 9,9", "1,1 1e20,9", "x"])
def test_a_bad_baseline_leaves_the_line_its_outline(tmp_path, capsys, points):
    line = next(_read(tmp_path, LINE.format(f'<Coords points="0,0 90,0 90,20"/><Baseline points="{points}"/>')).lines)
    assert line.baseline == () and line.polygon.box == Box(0, 0, 90, 20)
    assert "a.xml: Baseline of TextLine l: " in capsys.readouterr().err


def test_a_bad_word_leaves_its_text_and_a_bad_region_its_lines(tmp_path, capsys):
    word = '<Word id="{}"><Coords points="{}"/><TextEquiv><Unicode>{}</Unicode></TextEquiv></Word>'
    line = f'<TextLine id="l">{word.format("w1", "5,5 9,5 9,8", "one")}{word.format("w2", "-500,5 9,5 9,8", "two")}</TextLine>'
    (region,) = _read(tmp_path, f'<TextRegion id="r"><Coords points="0,0 900,0 9,9"/>{line}</TextRegion>').regions
    assert region.text == "one two" and region.polygon.box == region.lines[0].polygon.box == Box(5, 5, 9, 8)
    said = capsys.readouterr().err
    assert "Coords of Word w2: x is from -500 to 9" in said and "Coords of TextRegion r: x is from 0 to 900" in said


def test_coordinates_end_at_the_edges_of_the_page(tmp_path, capsys):
    line = next(_read(tmp_path, LINE.format('<Coords points="-9,-5 130,-5 130,20"/><Baseline points="-9,15 130,15"/>')).lines)
    assert line.polygon.points == ((0, 0), (100, 0), (100, 20)) and line.baseline == ((0, 15), (100, 15))
    assert capsys.readouterr().err == ""


def test_outlines_of_very_many_points_are_simplified(tmp_path):
    points = " ".join(f"{5 + number % 90},{10 + number % 7}" for number in range(60_000))
    assert len(next(_read(tmp_path, LINE.format(f'<Coords points="{points}"/>')).lines).polygon.points) == 501


TABLE = ('<TextRegion id="r1"><Coords points="0,0 90,0 90,9"/>' + GOOD.format("l1", 1, 1, 9, "before") + "</TextRegion>"
         '<TableRegion id="t"><Coords points="0,10 90,10 90,90"/>{}</TableRegion>'
         '<TextRegion id="r2"><Coords points="0,90 90,90 90,99"/>' + GOOD.format("l9", 91, 91, 99, "after") + "</TextRegion>")
CELL = ('<TableCell row="{}" col="{}" colSpan="2" leftBorderVisible="true" id="c{}"><Coords points="0,20 90,20 90,40"/>{}'
        "<CornerPts>0 1 2 3</CornerPts></TableCell>")


def test_lines_of_transkribus_cells_are_read_by_row_and_written_as_the_schema_has_tables(tmp_path):
    cells = [CELL.format(row, column, number, GOOD.format(f"k{number}", 20, 20, 40, text)) for number, (row, column, text) in
             enumerate([(0, 0, "a"), (10, 0, "c"), (9, 1, "b")])] + [CELL.format(11, 0, 9, "")]
    page = _read(tmp_path, TABLE.format("".join(cells)))
    assert page.text == "before\n\na\n\nb\n\nc\n\nafter" and page.regions[1].id == "c0"
    assert _plain(_valid_again(page, tmp_path)) == _plain(page)
    tree = etree.fromstring(page_xml_bytes(page))
    assert tree.xpath("//p:TableRegion/p:TextRegion/@id", namespaces=PC) == ["c0", "c2", "c1", "c9"]
    (role,) = tree.xpath("//p:TextRegion[@id='c2']/p:Roles/p:TableCellRole", namespaces=PC)
    assert dict(role.attrib) == {"rowIndex": "9", "columnIndex": "1", "colSpan": "2"}
    assert tree.xpath("//p:TextRegion[@id='c2']/@custom", namespaces=PC) == ["tableCell {leftBorderVisible:true; cornerPts:0 1 2 3;}"]


def test_a_table_stands_where_its_own_place_in_the_reading_order_is(tmp_path):
    body = TABLE.format(CELL.format(0, 0, 0, GOOD.format("k", 20, 20, 40, "a")))
    for name, place in (("r1", 1), ("t", 0), ("r2", 2)):
        body = body.replace(f'Region id="{name}"', f'Region id="{name}" custom="readingOrder {{index:{place};}}"')
    assert _read(tmp_path, body).text == "a\n\nbefore\n\nafter"


@pytest.mark.parametrize("region", ["TableRegion", "CustomRegion", "GraphicRegion"])
def test_lines_in_regions_of_every_kind_and_in_nested_ones_are_read(tmp_path, region):
    inner = f'<TextRegion id="i"><Coords points="0,0 90,0 90,90"/>{GOOD.format("l1", 1, 1, 9, "inner")}</TextRegion>'
    body = f'<{region} id="x"><Coords points="0,0 90,0 90,90"/>{inner}{GOOD.format("l2", 30, 30, 40, "own")}</{region}>'
    page = _read(tmp_path, body)
    assert page.text == "inner\n\nown"
    assert _valid_again(page, tmp_path).text == page.text


def test_lines_outside_regions_are_in_a_region_of_their_own(tmp_path):
    page = _read(tmp_path, GOOD.format("x", 1, 1, 9, "alone"))
    assert page.text == "alone" and page.regions[0].polygon.box == Box(0, 1, 90, 9)
    assert _valid_again(page, tmp_path).text == "alone"


@pytest.mark.parametrize("indices, best", [((None, 0, 1), 1), ((None, 1), 0), ((None, None), 0), ((2, None, 1), 1), ((1, 0), 1)])
def test_the_lowest_index_wins_and_index_0_over_none(tmp_path, indices, best):
    equivs = [f"<TextEquiv{'' if index is None else f' index={chr(34)}{index}{chr(34)}'}><Unicode>text {place}</Unicode></TextEquiv>"
              for place, index in enumerate(indices)]
    line = next(_read(tmp_path, LINE.format('<Coords points="0,0 90,0 90,20"/>' + "".join(equivs))).lines)
    assert line.text == f"text {best}" and len(line.readings) == len(indices)


def test_the_text_of_a_region_without_lines_is_kept_line_by_line(tmp_path):
    equiv = '<TextEquiv conf="0.5"><Unicode> first line\n\nsecond\u2028third </Unicode></TextEquiv>'
    page = _read(tmp_path, f'<TextRegion id="r"><Coords points="0,0 90,0 90,90"/>{equiv}</TextRegion>')
    assert page.regions[0].readings == (Reading("first line\nsecond\nthird", 0.5),) and page.text == "first line\nsecond\nthird"
    assert _plain(_valid_again(page, tmp_path)) == _plain(page)


def test_the_text_of_a_region_without_a_place_is_named(tmp_path, capsys):
    page = _read(tmp_path, '<TextRegion id="r"><TextEquiv><Unicode>text</Unicode></TextEquiv></TextRegion><TextRegion id="empty"/>')
    assert page.regions == ()
    assert "a.xml: TextRegion r has neither Coords nor lines" in capsys.readouterr().err


@pytest.mark.parametrize("side, accepted", [("1000000", True), ("1000001", False), ("1e300", False), ("nan", False), ("0.9", False)])
def test_sizes_of_pages_are_bounded(tmp_path, side, accepted):
    attributes = f'imageFilename="a.png" imageWidth="{side}" imageHeight="9"'
    if accepted:
        assert _read(tmp_path, "", attributes).size == (9, 1_000_000)
    else:
        with pytest.raises(PageFormatError, match="imageWidth"):
            _read(tmp_path, "", attributes)


def test_ids_that_are_no_names_become_some_and_references_follow(tmp_path):
    ids = ["1 2", "x:y", "ü", "x" * 10_000, "\u4e2d"]
    order = "".join(f'<RegionRefIndexed index="{9 - place}" regionRef="{name}"/>' for place, name in enumerate(ids))
    regions = "".join(f'<TextRegion id="{name}"><Coords points="0,{n} 90,{n} 90,90"/></TextRegion>' for n, name in enumerate(ids))
    page = _read(tmp_path, f'<ReadingOrder><OrderedGroup id="1 2">{order}</OrderedGroup></ReadingOrder>{regions}')
    assert [region.polygon.box.top for region in page.regions] == [4, 3, 2, 1, 0]
    assert [region.polygon.box.top for region in _valid_again(page, tmp_path).regions] == [4, 3, 2, 1, 0]
    assert max(len(region.id) for region in page.regions) == 200


def growth(work, small):
    """Return how much longer work takes for four times as much, in processor time."""
    def seconds(count):
        start = time.process_time()
        work(count)
        return time.process_time() - start

    return min(seconds(4 * small) for _ in range(2)) / min(seconds(small) for _ in range(2))


def test_many_regions_with_equal_ids_and_a_long_order_take_no_quadratic_time(tmp_path):
    def work(count):
        order = "".join(f'<RegionRefIndexed index="{n}" regionRef="r{n}"/>' for n in range(count))
        regions = "".join(f'<TextRegion id="r{n}"><Coords points="0,0 90,0 90,90"/><TextLine id="l"/></TextRegion>' for n in range(count))
        page = _read(tmp_path, f'<ReadingOrder><OrderedGroup id="o">{order}</OrderedGroup></ReadingOrder>{regions}')
        page_xml_bytes(page)

    assert growth(work, 1000) < 9


def test_a_kept_order_is_compared_in_linear_time(tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr(page_xml, "set", lambda *items: made.append(items) or set(*items), raising=False)
    regions = tuple(Region(f"r{n}", _box(0, 0, 9, 9)) for n in range(50))
    _, page = _round_trip(Page("a.png", (10, 10), regions), tmp_path)
    made.clear()
    page_xml_bytes(page)
    assert 0 < sum(map(bool, made)) < 10


@pytest.mark.parametrize("production, written", [("handwritten", "handwritten-cursive"), ("typewritten", "typewritten"),
                                                 ("printed", "printed"), (None, None)])
def test_how_a_region_was_produced_comes_back(tmp_path, production, written):
    outline = Polygon.from_box(Box(0, 0, 9, 9))
    data, back = _round_trip(Page("a.png", (10, 10), (Region("r", outline, production=production),)), tmp_path)
    root = etree.fromstring(data)
    SCHEMA.assertValid(root)
    assert root.find(".//{*}TextRegion").get("production") == written and back.regions[0].production == production


@pytest.mark.parametrize("written", ["handwritten-printscript", "medieval-manuscript", "other"])
def test_a_more_exact_production_is_kept_until_it_changes(tmp_path, written):
    outline = Polygon.from_box(Box(0, 0, 9, 9))
    data, _ = _round_trip(Page("a.png", (10, 10), (Region("r", outline, production="handwritten"),)), tmp_path)
    (tmp_path / "other.xml").write_bytes(data.replace(b"handwritten-cursive", written.encode()))
    page = read_page_xml(tmp_path / "other.xml")
    assert page.regions[0].production == (None if written == "other" else "handwritten")
    changed = replace(page, regions=(replace(page.regions[0], production="printed"),))
    found = [_round_trip(one, tmp_path)[0].count(written.encode()) for one in (page, changed)]
    assert found == [1, 0]
