"""XML of strangers: what is refused, and what text and ids become."""
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from ocr.errors import PageFormatError
from ocr.formats import xml_parsing as xml

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
    box = xml.band(baseline, 30).box
    centre = ((baseline[0][0] + baseline[1][0]) / 2, (baseline[0][1] + baseline[1][1]) / 2)
    offset = [b - c for b, c in zip(box.centre, centre)]
    direction = [a - c for a, c in zip(above, centre)]
    assert offset[0] * direction[0] + offset[1] * direction[1] > 0
    assert xml.band(((3, 3),), 30) is None


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
