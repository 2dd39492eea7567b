"""XML of strangers: what is refused, and what text and ids become."""
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from ocr.errors import PageFormatError
from ocr.formats import xml_parsing as xml
from ocr.page.geometry import Box

BOMB = "<!DOCTYPE a [<!ENTITY x '1'>" + "".join(
    f"<!ENTITY x{i} '{('&x' + (str(i - 1) if i else '') + ';') * 10}'>" for i in range(9)) + "]><a>&x8;</a>"


@pytest.mark.parametrize("data", [
    BOMB.encode(),
    ('<?xml version="1.0" encoding="UTF-16"?>' + BOMB).encode("utf-16"),
    b"<!DOCTYPE a SYSTEM 'http://127.0.0.1:9/a.dtd'><a/>",
    b"<!doctype a><a/>",
    b"", b"  \n", b"<a>", b"\x89PNG\r\n", b"<a>&nbsp;</a>", b"<a" + b"><a" * 10000 + b">",
], ids=["bomb", "bomb in UTF-16", "external DTD", "small letters", "empty", "blank", "open", "picture", "entity", "deep"])
def test_unsafe_or_broken_xml_is_refused_by_name(tmp_path, data):
    path = tmp_path / "page.xml"
    path.write_bytes(data)
    with pytest.raises(PageFormatError, match="page.xml"):
        xml.parse_xml(path)


def test_external_entity_reads_no_file_and_asks_no_server(tmp_path):
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for target in (f"http://127.0.0.1:{server.server_port}/x", (tmp_path / "secret").as_uri()):
        with pytest.raises(PageFormatError):
            xml.parse_xml_bytes(f"<!DOCTYPE a [<!ENTITY x SYSTEM '{target}'>]><a>&x;</a>".encode(), "page.xml")
    server.shutdown()
    server.server_close()
    assert asked == []


def test_file_above_the_limit_is_refused_before_it_is_parsed(tmp_path):
    path = tmp_path / "large.xml"
    path.write_bytes(b"<a>" + b" " * 100 + b"</a>")
    with pytest.raises(PageFormatError, match="large.xml.*larger than 50 bytes"):
        xml.parse_xml(path, max_bytes=50)
    assert xml.parse_xml(path, max_bytes=107).tag == "a"


def test_missing_file_is_named(tmp_path):
    with pytest.raises(PageFormatError, match="nothing.xml: cannot be read"):
        xml.parse_xml(tmp_path / "nothing.xml")


@pytest.mark.parametrize("text, expected", [
    ("a\u2028b\x85c\r\n d\n", "a b c d"), ("  e\u0301 ", "\u00e9"), ("a  b", "a  b"), (None, ""), (" \n ", "")])
def test_one_line(text, expected):
    assert xml.one_line(text) == expected


def test_long_blank_text_takes_no_quadratic_time():
    assert xml.one_line(" " * 2_000_000 + "a") == "a"


def test_a_written_line_is_one_line_of_nfc_that_xml_allows():
    assert xml.written_line(" e\u0301\n\x0b\u2028a\x00\ud800\x1b ") == "\u00e9 a\ufffd\ufffd\ufffd"


def test_confidences_are_written_between_0_and_1():
    given = (None, float("nan"), -0.1, 0.0, 0.98765, 0.5, 7.0, float("inf"))
    assert [xml.confidence_text(value) for value in given] == [None, None, "0", "0", "0.9877", "0.5", "1", "1"]


def test_xml_text_replaces_what_xml_forbids():
    assert xml.xml_text("a\x00b\x1fc\ud800d\ufffe\te\U0001f600") == "a\ufffdb\ufffdc\ufffdd\ufffd\te\U0001f600"


@pytest.mark.parametrize("text", ["1,2 3", "a,b", "1,2 nan,3", "1,inf"])
def test_points_that_are_not_pairs_of_numbers_are_refused(text):
    with pytest.raises(PageFormatError, match="here"):
        xml.points(text, "here")


def test_points_with_any_separator():
    assert xml.points("1,2 3.5,-4", "") == xml.points(" 1 2  3.5 -4 ", "") == ((1, 2), (3.5, -4))


def test_outline_of_degenerate_points():
    assert xml.outline([]) is xml.outline([(0, 0)] * 3) is None
    assert xml.outline([(5, 5), (20, 5)]).box.height == 1
    assert xml.outline([(0, 0), (10, 0), (10, 10)]).area == 50


@pytest.mark.parametrize("baseline, above", [(((0, 0), (10, 0)), (5, -1)), (((0, 10), (0, 0)), (-1, 5)), (((10, 0), (0, 0)), (5, 1))])
def test_band_lies_mostly_on_the_upper_side_of_its_baseline(baseline, above):
    baseline = tuple((x + 100, y + 100) for x, y in baseline)
    above = above[0] + 100, above[1] + 100
    box = xml.band(baseline, 30, (200, 200)).box
    centre = ((baseline[0][0] + baseline[1][0]) / 2, (baseline[0][1] + baseline[1][1]) / 2)
    offset = [b - c for b, c in zip(box.centre, centre)]
    direction = [a - c for a, c in zip(above, centre)]
    assert offset[0] * direction[0] + offset[1] * direction[1] > 0
    assert xml.band(((3, 3),), 30, (200, 200)) is None


def test_unique_ids_are_valid_and_keep_what_is_good():
    ids = xml.UniqueIds()
    assert [ids.claim(x, "line") for x in ("a", "a", "1 b", None, None, "été", "")] == [
        "a", "a_2", "_1_b", "line", "line_2", "été", "line_3"]


@pytest.mark.parametrize("corners, sides", [
    ([(5, 2), (5, 20)], (5, 2, 6, 20)), ([(5, 5), (20, 5)], (5, 5, 20, 6)), ([(5, 2), (5, 8), (5, 20)], (5, 2, 6, 20)),
    ([(5, 5), (8, 5), (20, 5)], (5, 5, 20, 6)), ([(5, 5), (5.5, 20)], (5, 5, 6, 20)), ([(1, 2), (4, 9)], (1, 2, 4, 9))])
def test_an_outline_without_an_area_becomes_a_box_one_pixel_thick(corners, sides):
    box = xml.outline(corners).box
    assert (box.left, box.top, box.right, box.bottom) == sides


@pytest.mark.parametrize("points", [((-200, 5), (10, 9)), ((5, 5), (399, 5)), ((5, -100), (5, 200)), ((-1, 3), (0.5, 3)),
                                    ((199.5, 3), (399, 9))])
def test_points_near_the_page_are_moved_inside(points):
    assert all(0 <= x <= 200 and 0 <= y <= 100 for x, y in xml.inside(points, (100, 200), "here"))


@pytest.mark.parametrize("points", [((-201, 5), (10, 9)), ((5, 5), (401, 5)), ((5, -101), (5, 9)), ((5, 5), (5, 201)),
                                    ((5, 5), (1e20, 5)),
                                    ((-9, 5), (0, 9)), ((200, 5), (210, 9)), ((5, -3), (9, 0)), ((5, 100), (9, 101))])
def test_points_far_away_or_all_beyond_one_side_are_refused(points):
    with pytest.raises(PageFormatError, match="here: . is from .* outside the page of 200 x 100"):
        xml.inside(points, (100, 200), "here")


@pytest.mark.parametrize("count, kept", [(0, 0), (500, 500), (501, 252), (100_000, 501)])
def test_of_very_many_points_some_are_kept_and_the_last(count, kept):
    points = tuple((float(number), 1.0) for number in range(count))
    found = xml.inside(points, (10, 100_000), "here")
    assert len(found) == kept and found[:1] + found[-1:] == points[:1] + points[-1:]


def test_a_band_stays_on_the_page():
    assert xml.band(((0, 1), (50, 1)), 30, (100, 40)).box == Box(0, 0, 40, 11)


def steps_of(function):
    """Count the lines of Python that a function runs."""
    count = 0

    def trace(*arguments):
        nonlocal count
        count += 1
        return trace

    sys.settrace(trace)
    try:
        function()
    finally:
        sys.settrace(None)
    return count


def test_many_equal_ids_take_linear_time():
    def claim(count):
        ids = xml.UniqueIds(["a_2", "a_4"])
        assert len({ids.claim(name) for name in ("a", "b") * count}) == 2 * count

    assert steps_of(lambda: claim(400)) < 2.2 * steps_of(lambda: claim(200))


def test_a_long_id_is_cut_and_stays_unique():
    ids = xml.UniqueIds()
    names = [ids.claim("x" * length) for length in (200, 201, 10**6)]
    assert names == ["x" * 200, "x" * 200 + "_2", "x" * 200 + "_3"]


def test_a_long_number_takes_no_quadratic_time():
    assert xml.number("1" * 2_000_000 + "x") is None and xml.number("1.") == 1.0 and xml.number(".5e1") == 5.0


@pytest.mark.parametrize("count, shown", [(20, 20), (21, 21), (500, 21)])
def test_of_many_problems_the_first_are_reported_and_the_rest_is_counted(count, shown):
    said = []
    xml.report_problems([f"p{number}" for number in range(count)], "a.xml", said.append)
    assert len(said) == shown and said[-1] == ("p19" if count == 20 else f"a.xml: and {count - 20} more problems")
