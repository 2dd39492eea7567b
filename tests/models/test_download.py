"""Downloading one file: resumed, retried, checked, named last."""
import hashlib
import os
import threading
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from ocr.errors import AccessDenied, ChecksumMismatch, DownloadError, OutputError, RemoteMoved
from ocr.models.address import SafeRedirects, check_address
from ocr.models.download import DownloadRequest, folder_lock, download, digest

BYTES = bytes(range(256)) * 2000
SHA = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture
def file_request(server, tmp_path):
    server.files["/m/a.bin"] = BYTES
    return DownloadRequest(f"{server.url}/m/a.bin", tmp_path / "new" / "a.bin", len(BYTES), SHA)


def test_downloads_the_file_and_leaves_nothing_else(file_request, policy):
    download(file_request, policy)
    assert file_request.target.read_bytes() == BYTES
    assert os.listdir(file_request.target.parent) == ["a.bin"]


def test_resumes_after_a_dropped_connection(file_request, server, policy, pauses):
    server.drops = [100_000, 50_000]
    download(file_request, policy)
    assert [request[1] for request in server.requests] == [None, "bytes=100000-", "bytes=150000-"]
    assert file_request.target.read_bytes() == BYTES
    assert len(pauses) == 2


def test_drops_that_each_send_something_are_not_given_up(file_request, server, policy):
    server.drops = [50_000] * 8  # more than policy.attempts
    download(file_request, policy)
    assert file_request.target.read_bytes() == BYTES


def test_resumes_from_the_part_of_an_earlier_run(file_request, server, policy):
    file_request.part.parent.mkdir()
    file_request.part.write_bytes(BYTES[:70_000])
    download(file_request, policy)
    assert server.requests == [("/m/a.bin", "bytes=70000-")]
    assert file_request.target.read_bytes() == BYTES


def test_a_server_without_ranges_starts_again(file_request, server, policy):
    server.ranges, server.drops = False, [100_000]
    download(file_request, policy)
    assert file_request.target.read_bytes() == BYTES


def test_a_server_without_ranges_that_always_drops_is_given_up(file_request, server, policy):
    server.ranges, server.drops = False, [100_000] * 20
    with pytest.raises(DownloadError, match="dropped after 100000 of 512000 bytes"):
        download(file_request, policy)
    assert len(server.requests) == 1 + policy.attempts - 1
    assert file_request.part.stat().st_size == 100_000
    assert not file_request.target.exists()


@pytest.mark.parametrize("size", [len(BYTES), None])
def test_a_complete_part_needs_no_more_bytes(file_request, server, policy, size):
    file_request.part.parent.mkdir()
    file_request.part.write_bytes(BYTES)
    download(DownloadRequest(file_request.url, file_request.target, size, SHA), policy)
    assert file_request.target.read_bytes() == BYTES
    assert len(server.requests) == (0 if size else 1)  # the size is unknown, and the server answers 416


@pytest.mark.parametrize("size", [len(BYTES), None])
@pytest.mark.parametrize("leftover", [b"\0" * 1000, b"\0" * len(BYTES), b"\0" * (len(BYTES) + 9)])
def test_a_part_of_another_version_is_downloaded_again(file_request, policy, leftover, size):
    file_request.part.parent.mkdir()
    file_request.part.write_bytes(leftover)
    download(DownloadRequest(file_request.url, file_request.target, size, SHA), policy)
    assert file_request.target.read_bytes() == BYTES


@pytest.mark.parametrize("shift, leftover", [(10, BYTES[:500]), (0, b"\0" * (len(BYTES) + 9))])
def test_responses_that_do_not_fit_the_part_are_not_joined_to_it(file_request, server, policy, shift, leftover):
    server.shift = shift
    file_request.part.parent.mkdir()
    file_request.part.write_bytes(leftover)
    download(DownloadRequest(file_request.url, file_request.target), policy)  # with no digest that would tell in the end
    assert file_request.target.read_bytes() == BYTES


def test_a_server_that_never_fits_is_given_up(file_request, server, policy):
    server.pieces, server.shift = True, -10
    with pytest.raises(DownloadError, match="a part of the file"):
        download(file_request, policy)


def test_wrong_bytes_get_no_name(file_request, server, policy):
    server.files["/m/a.bin"] = BYTES[:-1] + b"!"
    with pytest.raises(ChecksumMismatch) as caught:
        download(file_request, policy)
    assert f"expected sha256 {SHA}" in str(caught.value)
    assert f"received sha256 {hashlib.sha256(server.files['/m/a.bin']).hexdigest()}" in str(caught.value)
    assert os.listdir(file_request.target.parent) == []


@pytest.mark.parametrize("other", [BYTES * 20, BYTES[:-1]])
def test_a_file_of_another_size_is_refused_at_once(file_request, server, policy, other):
    server.files["/m/a.bin"] = other
    with pytest.raises(ChecksumMismatch, match=f"the file there has {len(other)} bytes"):
        download(file_request, policy)
    assert not file_request.part.exists() and len(server.requests) == 1


def test_a_longer_response_is_not_read_to_its_end(file_request, server, policy):
    server.files["/m/a.bin"], server.lengths = BYTES * 20, False
    seen = []
    with pytest.raises(ChecksumMismatch):
        download(file_request, replace(policy, on_progress=lambda present, total: seen.append(present)))
    assert len(BYTES) < seen[-1] < 2 * len(BYTES)


def test_a_server_that_tells_no_length_is_believed_at_the_end(file_request, server, policy):
    server.lengths = False
    download(DownloadRequest(file_request.url, file_request.target, None, SHA), policy)
    assert file_request.target.read_bytes() == BYTES


def test_transient_failures_are_retried_with_growing_pauses(file_request, server, policy, pauses):
    server.statuses = [503, 429]
    download(file_request, policy)
    assert file_request.target.read_bytes() == BYTES
    assert 0.5 <= pauses[0] <= 1 <= pauses[1] <= 2


@pytest.mark.parametrize("status, error", [(401, AccessDenied), (403, AccessDenied), (404, RemoteMoved),
                                           (410, RemoteMoved), (400, DownloadError)])
def test_refusals_are_not_retried(file_request, server, policy, status, error):
    server.statuses = [status] * 9
    with pytest.raises(error, match=f"HTTP {status}"):
        download(file_request, policy)
    assert len(server.requests) == 1


def test_no_server_is_a_clear_error(tmp_path, policy, pauses):
    with pytest.raises(DownloadError, match="no connection"):
        download(DownloadRequest("http://127.0.0.1:1/a", tmp_path / "a"), policy)
    assert len(pauses) == policy.attempts - 1


def test_a_web_page_is_not_a_file(file_request, server, policy):
    server.kind = "text/html; charset=utf-8"
    with pytest.raises(RemoteMoved, match="web page"):
        download(file_request, policy)
    assert not file_request.part.exists()


def test_redirections_are_followed(server, tmp_path, policy, file_request):
    server.redirects["/old"] = "/m/a.bin"
    download(DownloadRequest(f"{server.url}/old", tmp_path / "a", None, SHA), policy)
    assert (tmp_path / "a").read_bytes() == BYTES


def test_redirections_to_plain_http_are_refused(server, tmp_path, policy):
    server.redirects["/old"] = "http://mirror.example/m/a.bin"
    with pytest.raises(DownloadError, match="plain http is not accepted"):
        download(DownloadRequest(f"{server.url}/old", tmp_path / "a"), policy)


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


def test_folders_are_sources_too(tmp_path, policy):
    source = tmp_path / "with space" / "a.bin"
    source.parent.mkdir()
    source.write_bytes(BYTES)
    target = tmp_path / "b.bin"
    Path(f"{target}.part").write_bytes(BYTES[:1234])
    download(DownloadRequest(source.as_uri(), target, len(BYTES), SHA), policy)
    assert target.read_bytes() == BYTES
    with pytest.raises(RemoteMoved, match="holds no such file"):
        download(DownloadRequest((tmp_path / "none").as_uri(), target), policy)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full, a disk that is always full")
def test_a_full_disk_is_one_clear_line(file_request, policy):
    file_request.part.parent.mkdir()
    file_request.part.symlink_to("/dev/full")
    with pytest.raises(OutputError, match="the disk is full") as caught:
        download(file_request, policy)
    assert "\n" not in str(caught.value) and str(file_request.part) in str(caught.value)


def test_a_folder_that_cannot_be_written_is_one_clear_line(server, tmp_path, policy):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written.*OCR_CACHE"):
        download(DownloadRequest(f"{server.url}/a", tmp_path / "file" / "a"), policy)


def test_only_one_at_a_time_holds_a_folder(tmp_path):
    entered = threading.Event()

    def second():
        with folder_lock(tmp_path):
            entered.set()

    with folder_lock(tmp_path):
        thread = threading.Thread(target=second)
        thread.start()
        assert not entered.wait(0.05)
    thread.join(5)
    assert entered.is_set()


def test_digest_is_sha256(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert digest(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_server_that_sends_a_byte_now_and_then_is_given_up(file_request, server, policy):
    hours = count(step=3600)
    with pytest.raises(DownloadError, match="bytes came in 3600 seconds; 3 attempts in a row"):
        download(file_request, replace(policy, clock=lambda: next(hours)))
    assert len(server.requests) == policy.attempts


def test_a_connection_is_judged_by_the_last_seconds(file_request, policy):
    seconds = count(step=5.0)
    download(replace(file_request, size=None), replace(policy, clock=lambda: next(seconds)))
    assert file_request.target.read_bytes() == BYTES


@pytest.mark.parametrize("length", ["abc", "-5", "1e3"])
def test_a_length_that_is_none_is_said(file_request, server, policy, length):
    server.lengths = length
    with pytest.raises(DownloadError, match="no number. Try another mirror"):
        download(file_request, policy)


def test_a_length_that_is_too_large_is_given_up(file_request, server, policy):
    server.lengths, server.ranges = str(len(BYTES) + 5), False
    with pytest.raises(DownloadError, match=f"dropped after {len(BYTES)} of {len(BYTES) + 5} bytes"):
        download(replace(file_request, size=None), policy)
