"""Bringing one file: resumed, retried, checked, named last."""
import hashlib
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from ocr.errors import AccessDenied, ChecksumMismatch, DownloadError, OutputError, RemoteMoved
from ocr.models.address import SafeRedirects, check_address
from ocr.models.download import Wanted, alone, bring, digest

BYTES = bytes(range(256)) * 2000
SHA = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture
def wanted(server, tmp_path):
    server.files["/m/a.bin"] = BYTES
    return Wanted(f"{server.url}/m/a.bin", tmp_path / "new" / "a.bin", len(BYTES), SHA)


def test_brings_the_file_and_leaves_nothing_else(wanted, link):
    bring(wanted, link)
    assert wanted.target.read_bytes() == BYTES
    assert os.listdir(wanted.target.parent) == ["a.bin"]


def test_goes_on_after_a_dropped_connection(wanted, server, link, pauses):
    server.drops = [100_000, 50_000]
    bring(wanted, link)
    assert [asked[1] for asked in server.asked] == [None, "bytes=100000-", "bytes=150000-"]
    assert wanted.target.read_bytes() == BYTES
    assert len(pauses) == 2


def test_drops_that_each_bring_something_are_not_given_up(wanted, server, link):
    server.drops = [50_000] * 8  # more than link.attempts
    bring(wanted, link)
    assert wanted.target.read_bytes() == BYTES


def test_goes_on_from_the_part_of_an_earlier_run(wanted, server, link):
    wanted.part.parent.mkdir()
    wanted.part.write_bytes(BYTES[:70_000])
    bring(wanted, link)
    assert server.asked == [("/m/a.bin", "bytes=70000-")]
    assert wanted.target.read_bytes() == BYTES


def test_a_server_without_ranges_starts_again(wanted, server, link):
    server.ranges, server.drops = False, [100_000]
    bring(wanted, link)
    assert wanted.target.read_bytes() == BYTES


def test_a_server_without_ranges_that_always_drops_is_given_up(wanted, server, link):
    server.ranges, server.drops = False, [100_000] * 20
    with pytest.raises(DownloadError, match="dropped after 100000 of 512000 bytes"):
        bring(wanted, link)
    assert len(server.asked) == 1 + link.attempts - 1
    assert wanted.part.stat().st_size == 100_000
    assert not wanted.target.exists()


@pytest.mark.parametrize("size", [len(BYTES), None])
def test_a_complete_part_needs_no_more_bytes(wanted, server, link, size):
    wanted.part.parent.mkdir()
    wanted.part.write_bytes(BYTES)
    bring(Wanted(wanted.url, wanted.target, size, SHA), link)
    assert wanted.target.read_bytes() == BYTES
    assert len(server.asked) == (0 if size else 1)  # the size not being known, the server says 416


@pytest.mark.parametrize("size", [len(BYTES), None])
@pytest.mark.parametrize("leftover", [b"\0" * 1000, b"\0" * len(BYTES), b"\0" * (len(BYTES) + 9)])
def test_a_part_of_another_version_is_brought_anew(wanted, link, leftover, size):
    wanted.part.parent.mkdir()
    wanted.part.write_bytes(leftover)
    bring(Wanted(wanted.url, wanted.target, size, SHA), link)
    assert wanted.target.read_bytes() == BYTES


@pytest.mark.parametrize("shift, leftover", [(10, BYTES[:500]), (0, b"\0" * (len(BYTES) + 9))])
def test_answers_that_do_not_fit_the_part_are_not_joined_to_it(wanted, server, link, shift, leftover):
    server.shift = shift
    wanted.part.parent.mkdir()
    wanted.part.write_bytes(leftover)
    bring(Wanted(wanted.url, wanted.target), link)  # with no digest that would tell in the end
    assert wanted.target.read_bytes() == BYTES


def test_a_server_that_never_fits_is_given_up(wanted, server, link):
    server.pieces, server.shift = True, -10
    with pytest.raises(DownloadError, match="a piece of the file"):
        bring(wanted, link)


def test_wrong_bytes_get_no_name(wanted, server, link):
    server.files["/m/a.bin"] = BYTES[:-1] + b"!"
    with pytest.raises(ChecksumMismatch) as caught:
        bring(wanted, link)
    assert f"expected sha256 {SHA}" in str(caught.value)
    assert f"received sha256 {hashlib.sha256(server.files['/m/a.bin']).hexdigest()}" in str(caught.value)
    assert os.listdir(wanted.target.parent) == []


@pytest.mark.parametrize("other", [BYTES * 20, BYTES[:-1]])
def test_a_file_of_another_size_is_refused_at_once(wanted, server, link, other):
    server.files["/m/a.bin"] = other
    with pytest.raises(ChecksumMismatch, match=f"the file there has {len(other)} bytes"):
        bring(wanted, link)
    assert not wanted.part.exists() and len(server.asked) == 1


def test_a_longer_answer_is_not_heard_out(wanted, server, link):
    server.files["/m/a.bin"], server.lengths = BYTES * 20, False
    seen = []
    with pytest.raises(ChecksumMismatch):
        bring(wanted, replace(link, progress=lambda present, total: seen.append(present)))
    assert len(BYTES) < seen[-1] < 2 * len(BYTES)


def test_a_server_that_tells_no_length_is_believed_at_the_end(wanted, server, link):
    server.lengths = False
    bring(Wanted(wanted.url, wanted.target, None, SHA), link)
    assert wanted.target.read_bytes() == BYTES


def test_passing_failures_are_retried_with_growing_pauses(wanted, server, link, pauses):
    server.statuses = [503, 429]
    bring(wanted, link)
    assert wanted.target.read_bytes() == BYTES
    assert 0.5 <= pauses[0] <= 1 <= pauses[1] <= 2


@pytest.mark.parametrize("status, error", [(401, AccessDenied), (403, AccessDenied), (404, RemoteMoved),
                                           (410, RemoteMoved), (400, DownloadError)])
def test_refusals_are_not_retried(wanted, server, link, status, error):
    server.statuses = [status] * 9
    with pytest.raises(error, match=f"HTTP {status}"):
        bring(wanted, link)
    assert len(server.asked) == 1


def test_no_server_is_a_clear_error(tmp_path, link, pauses):
    with pytest.raises(DownloadError, match="no connection"):
        bring(Wanted("http://127.0.0.1:1/a", tmp_path / "a"), link)
    assert len(pauses) == link.attempts - 1


def test_a_web_page_is_not_a_file(wanted, server, link):
    server.kind = "text/html; charset=utf-8"
    with pytest.raises(RemoteMoved, match="web page"):
        bring(wanted, link)
    assert not wanted.part.exists()


def test_redirections_are_followed(server, tmp_path, link, wanted):
    server.redirects["/old"] = "/m/a.bin"
    bring(Wanted(f"{server.url}/old", tmp_path / "a", None, SHA), link)
    assert (tmp_path / "a").read_bytes() == BYTES


def test_redirections_to_plain_http_are_refused(server, tmp_path, link):
    server.redirects["/old"] = "http://mirror.example/m/a.bin"
    with pytest.raises(DownloadError, match="plain http is not accepted"):
        bring(Wanted(f"{server.url}/old", tmp_path / "a"), link)


@pytest.mark.parametrize("place", ["http://127.0.0.1:80/a", "file:///etc/passwd"])
def test_https_never_goes_down(place):
    from urllib.request import Request

    with pytest.raises(RemoteMoved, match="not https"):
        SafeRedirects().redirect_request(Request("https://mirror.example/a?key=1"), None, 302, "", {}, place)


@pytest.mark.parametrize("url", [
    "http://mirror.example/m", "ftp://127.0.0.1/m", "http://127.0.0.1.evil.example/m", "/tmp/m"])
def test_unsafe_addresses_are_refused(url):
    with pytest.raises(DownloadError, match="not accepted"):
        check_address(url)


def test_passwords_in_addresses_are_refused_and_not_repeated():
    with pytest.raises(DownloadError) as caught:
        check_address("https://ann:hunter2@mirror.example/m")
    assert "hunter2" not in str(caught.value) and "ann" not in str(caught.value)


def test_folders_are_sources_too(tmp_path, link):
    source = tmp_path / "with space" / "a.bin"
    source.parent.mkdir()
    source.write_bytes(BYTES)
    target = tmp_path / "b.bin"
    Path(f"{target}.part").write_bytes(BYTES[:1234])
    bring(Wanted(source.as_uri(), target, len(BYTES), SHA), link)
    assert target.read_bytes() == BYTES
    with pytest.raises(RemoteMoved, match="holds no such file"):
        bring(Wanted((tmp_path / "none").as_uri(), target), link)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full, a disk that is always full")
def test_a_full_disk_is_one_clear_line(wanted, link):
    wanted.part.parent.mkdir()
    wanted.part.symlink_to("/dev/full")
    with pytest.raises(OutputError, match="the disk is full") as caught:
        bring(wanted, link)
    assert "\n" not in str(caught.value) and str(wanted.part) in str(caught.value)


def test_a_folder_that_cannot_be_written_is_one_clear_line(server, tmp_path, link):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written.*OCR_CACHE"):
        bring(Wanted(f"{server.url}/a", tmp_path / "file" / "a"), link)


def test_only_one_at_a_time_holds_a_folder(tmp_path):
    entered = threading.Event()

    def second():
        with alone(tmp_path):
            entered.set()

    with alone(tmp_path):
        thread = threading.Thread(target=second)
        thread.start()
        assert not entered.wait(0.05)
    thread.join(5)
    assert entered.is_set()


def test_digest_is_sha256(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert digest(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
