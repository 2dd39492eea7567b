"""Uploads as strangers send them: refused by their content, read no further than the limit, with what to do said."""
from __future__ import annotations

import json
import socket
import zipfile
from io import BytesIO

import pytest

from ocr.serving.uploads import suffix_of

HEADER = (b'--b\r\nContent-Disposition: form-data; name="file"; filename="../../etc/passwd"\r\n'
          b"Content-Type: image/jpeg\r\n\r\n")
END = b"\r\n--b--\r\n"


def zipped(name="a.txt"):
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, b"0" * 10 ** 7)
    return file.getvalue()


def send(client, body, *headers, length=True, keep=True):
    """Send bytes as they are; gives the status, the JSON, and what is left of the connection."""
    lines = [b"POST /v1/pages?wait=0 HTTP/1.1", b"Host: x", *headers]
    if not any(line.lower().startswith(b"content-type") for line in headers):
        lines.append(b"Content-Type: multipart/form-data; boundary=b")
    if length:
        lines.append(b"Content-Length: %d" % len(body))
    connection = socket.create_connection((client.base_url.host, client.base_url.port), timeout=30)
    connection.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + body)
    return connection


def answer_of(connection):
    """Read one answer, to the end of its body."""
    file = connection.makefile("rb")
    status, size = int(file.readline().split()[1]), 0
    for line in iter(file.readline, b"\r\n"):
        name, _, value = line.partition(b":")
        size = int(value) if name.lower() == b"content-length" else size
    return status, json.loads(file.read(size))


@pytest.mark.parametrize("start, suffix", [
    (b"\xff\xd8\xff\xe0", ".jpg"), (b"\x89PNG\r\n\x1a\n", ".png"), (b"GIF89a", ".gif"), (b"II*\0", ".tif"),
    (b"MM\0*", ".tif"), (b"RIFF\1\2\3\4WEBPVP8", ".webp"), (b"BM12", ".bmp"), (b"P5\n3 3", ".ppm"),
    (b"\n\n%PDF-1.7", ".pdf"), (b"\0\0\0\x0cjP  \r\n\x87\n", ".jp2"), (b"\xff\xd8\xff%PDF-", ".pdf")])
def test_kinds_are_told_by_content(start, suffix):
    assert suffix_of(start + b"\0" * 20) == suffix


@pytest.mark.parametrize("name, content, status, said", [
    ("a.jpg", b"", 422, "The file is empty"), ("bomb.pdf", zipped(), 415, "a ZIP archive"),
    ("a.docx", zipped("word/document.xml"), 415, "an office document"),
    ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", 415, "SVG"),
    ("a.jpg", b'\xef\xbb\xbf<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y "z">]>', 415, "XML"),
    ("a.heic", b"\0\0\0\x18ftypheic\0\0\0\0", 415, "JPEG as the more compatible"), ("a.mp4", b"\0\0\0\x18ftypisom", 415, "a video"),
    ("a.eps", b"%!PS-Adobe-3.0", 415, "PostScript"),
    ("a.jpg", b"just text", 415, "of no known kind"), ("a.jpg", b"P1", 415, "of no known kind"),
    ("a.pdf", b"%PDF-1.4 and nothing else", 422, "damaged"),
    ("a.tif", b"II*\0\xff\xff\xff\xff", 422, "The file: is not an image")])
def test_what_is_no_picture_is_refused_whatever_its_name(service, name, content, status, said):
    answer = service.post("/v1/pages", files={"file": (name, content, "image/jpeg")})
    error = answer.json()["error"]
    assert answer.status_code == status and said in error["message"] and "passwd" not in error["message"]
    assert "/" not in error["message"]                                  # nor a path of this machine


@pytest.mark.parametrize("fields, code", [
    ({"decoder": "magic"}, "unknown_decoder"), ({"decoder": ["greedy", "beam"]}, "two_decoders"),
    ({"language": "../../models"}, "unknown_language"), ({"language": "tlh"}, "unknown_language"),
    ({"language": "english-characters"}, "unknown_language"), ({"language": ["en", "fr"]}, "two_languages"),
    ({"language_model": "../../models"}, "unknown_language_model"), ({"language_model": "en"}, "unknown_language_model"),
    ({"format": ["txt", "exe"]}, "unknown_format"),
    ({"whole": "page"}, "unknown_whole"), ({"whole": ["line", "word"]}, "two_values"),
    ({"keep_doubtful": "maybe"}, "unknown_keep_doubtful"), ({"keep_doubtful": ["true", "false"]}, "two_values"),
    ({"colour": "red"}, "unknown_field")])
def test_options_that_are_not_known_are_refused_with_those_that_are(service, post, fields, code):
    answer = post(service, fields=fields)
    assert answer.status_code == 422 and answer.json()["error"]["code"] == code


@pytest.mark.parametrize("fields, language", [
    ({}, None), ({"language": ""}, None), ({"language": "auto"}, None), ({"language": "en"}, "en"),
    ({"language": "EN-gb"}, "en"), ({"language": ["fr", "fr"]}, "fr"),
    ({"language_model": ["english-characters", "french-characters"], "language": "fr"}, "fr")])
def test_a_language_is_known_by_its_code(service, post, fields, language):
    answer = post(service, fields=fields)
    assert answer.status_code == 200 and answer.json()["language"] == language


@pytest.mark.parametrize("body, headers, status, code", [
    (HEADER + b"\xff\xd8\xffhalf of it", (), 400, "cut_off"),
    (HEADER + b"\xff\xd8\xff\r\n--b", (), 400, "cut_off"),
    (b"no form at all", (), 400, "broken_form"), (b"", (), 400, "cut_off"),
    (b"--b\r\nX\0Y: 1\r\n\r\n", (), 400, "broken_form"), (b"--b\r\n\r\nx" + END, (), 422, "unknown_field"),
    (END[2:], (), 422, "no_file"), (HEADER + b"\xff\xd8\xff\r\n" + HEADER + b"a" + END, (), 422, "two_files"),
    (HEADER + b"\xff\xd8\xff" + END, (b"Content-Type: multipart/form-data",), 415, "not_a_form"),
    (HEADER + b"\xff\xd8\xff" + END, (b"Content-Type: multipart/form-data; boundary=" + b"b" * 2000,), 400, "broken_form"),
    (b"{}", (b"Content-Type: application/json",), 415, "not_a_form")])
def test_broken_forms_are_refused(service, body, headers, status, code):
    found, answer = answer_of(send(service, body, *headers))
    assert (found, answer["error"]["code"]) == (status, code)


def test_a_connection_that_ends_in_the_middle_leaves_nothing_behind(running, tmp_path):
    with running(data=tmp_path, workers=1) as client:
        connection = send(client, HEADER + b"\xff\xd8\xff", b"Content-Length: 5000", length=False)
        while not list((tmp_path / "jobs").iterdir()):
            pass
        connection.close()
        while list((tmp_path / "jobs").iterdir()):
            pass
        assert client.get("/healthz").json()["queue"] == 0


def test_two_gigabytes_are_refused_before_they_are_sent(service):
    connection = send(service, HEADER, b"Content-Length: 2147483648", length=False)
    status, answer = answer_of(connection)
    assert status == 413 and "2,147,483,648 bytes; 50,000,000 are accepted" in answer["error"]["message"]


@pytest.fixture(scope="module")
def small(running, tmp_path_factory):
    """A service that takes small files only, and its folder."""
    data = tmp_path_factory.mktemp("small")
    with running(data=data, workers=1, max_bytes=200_000) as client:
        yield client, data


@pytest.mark.parametrize("before", [
    HEADER + b"\xff\xd8\xff", HEADER + b"\xff\xd8\xff" + END,
    b'--b\r\nContent-Disposition: form-data; name="decoder"\r\n\r\n'])
def test_endless_uploads_are_read_no_further_than_the_limit(small, before):
    client, data = small
    connection = send(client, b"%x\r\n%s\r\n" % (len(before), before), b"Transfer-Encoding: chunked", length=False)
    sent, chunk = 0, b"10000\r\n" + b"a" * 65536 + b"\r\n"
    try:
        while sent < 2 * 10 ** 9:
            connection.sendall(chunk)
            sent += 65536
    except OSError:                                                     # the service has closed the connection
        pass
    assert sent < 20 * 10 ** 6                                          # sockets on both sides hold some of it
    assert client.get("/healthz").status_code == 200 and not list((data / "jobs").iterdir())


def test_the_refusal_reaches_a_client_that_is_still_sending(small):
    body = HEADER + b"\xff\xd8\xff" + b"a" * 3_000_000 + END
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    status, answer = answer_of(send(small[0], chunked, b"Transfer-Encoding: chunked", length=False))
    assert status == 413 and "200,000" in answer["error"]["message"]


def test_an_upload_that_pauses_is_given_up(running, tmp_path):
    with running(data=tmp_path, workers=1, pause_seconds=0.1) as client:
        status, answer = answer_of(send(client, HEADER + b"\xff\xd8\xff", b"Content-Length: 5000", length=False))
        assert status == 408 and answer["error"]["code"] == "too_slow"
        assert not list((tmp_path / "jobs").iterdir())


def test_a_client_that_waits_for_leave_to_send_is_refused_without_it(service):
    connection = send(service, b"", b"Content-Length: 2147483648", b"Expect: 100-continue", length=False)
    assert answer_of(connection)[0] == 413


def test_no_name_of_a_client_is_used_on_disk(running, post, tmp_path):
    with running(data=tmp_path, workers=1) as client:
        for name in ("../../../tmp/x.jpg", "/etc/passwd", "a\0b", "con", "x" * 2000, "é\u202egpj.exe"):
            assert post(client, name=name).status_code == 200
        files = {path.name for path in (tmp_path / "jobs").rglob("*") if path.is_file()}
        assert files == {"original.jpg", "0001.json", "0001.jpg"}


@pytest.mark.parametrize("size, status", [(200_000, 202), (200_001, 413)])
def test_the_limit_itself_is_accepted(small, size, status):
    client, _ = small
    content = b"\xff\xd8\xff" + b"a" * (size - 3)
    assert client.post("/v1/pages", params={"wait": 0}, files={"file": ("a.jpg", content)}).status_code == status
