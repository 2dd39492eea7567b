"""PAGE-XML: what is written is valid and comes back; what other programs wrote is read, and survives."""
import io
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest
from lxml import etree

from ocr.errors import OutputError, PageFormatError
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
    (_document(LINE.format('<Coords points="1,2 x"/>')), "Coords of TextLine l"),
    (_document(LINE.format("<TextEquiv><Unicode>text</Unicode></TextEquiv>")), "TextLine l has no Coords"),
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


def test_lines_outside_text_regions_do_not_exist(tmp_path):
    path = tmp_path / "a.xml"
    path.write_text(_document('<TextLine id="x"><Coords points="0,0 9,0 9,9"/></TextLine>'))
    assert read_page_xml(path).regions == ()


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
