"""Downloading IAM, from a server on this machine that behaves like the real one."""
import io
import json
import logging
import re
import runpy
import tarfile
import threading
import traceback
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Dict, List
from urllib.parse import parse_qs

import pytest

from ocr.datasets.iam_download import FOLDERS, Credentials, Site, download, is_exposed, read_credentials
from ocr.errors import AccessDenied, DownloadError, InputError, RemoteMoved
from ocr.models.download import RetryPolicy

USER, PASSWORD = "ann@example.org", "hunter2 & Kö/nig"
WRONG = PASSWORD + "!"
DATA = "/DBs/iamDB/data/"
SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "download_iam.py"
SIGN_IN_PAGE = b'<html><form method="post"><input name="email"><input name="password" type="password"></form></html>'


@dataclass
class IamServer:
    """What the server has, how it authenticates, and which requests it received."""

    files: Dict[str, bytes] = field(default_factory=dict)
    access: str = "form"  # form: redirects to /login; page: sends the form itself; basic; expired; forbidden; broken form
    url: str = ""
    drops: List[int] = field(default_factory=list)
    moved: Dict[str, str] = field(default_factory=dict)
    session_answers: int = 10 ** 6  # after so many files the session ends
    index_status: int = 200
    gone: bool = False
    asked: List[str] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        plan = self.server.plan
        plan.asked.append(f"GET {self.path} {self.headers.get('Range', '')}".strip())
        if not self.path.startswith(DATA):
            return self._send(plan.index_status, b"<html>IAM</html>", Content_Type="text/html")
        if not self._is_let_in(plan):
            return None
        if plan.gone:
            return self._send(410)
        if self.path in plan.moved:
            return self._send(301, Location=plan.moved[self.path])
        if self.path not in plan.files:
            return self._send(404)
        plan.session_answers -= 1
        return self._send_file(plan, plan.files[self.path])

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.plan.asked.append(f"POST {self.path}")
        if self.server.plan.access == "broken form":
            return self._send(404)
        right = form == {"email": [USER], "password": [PASSWORD]}
        if right:
            self.server.plan.session_answers += 10
            return self._send(302, Location="/", Set_Cookie="session=open; Path=/; HttpOnly")
        return self._send(200, SIGN_IN_PAGE, Content_Type="text/html; charset=utf-8")

    def _is_let_in(self, plan):
        signed_in = "session=open" in self.headers.get("Cookie", "") and plan.session_answers > 0
        if plan.access == "basic":
            token = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
            if self.headers.get("Authorization") == f"Basic {token}":
                return True
            return self._send(401, WWW_Authenticate='Basic realm="IAM"')
        if plan.access == "forbidden":
            return self._send(403)
        if plan.access == "expired":
            return self._send(200, b"<html>Your session has expired.</html>", Content_Type="text/html")
        if signed_in:
            return True
        if plan.access == "page":
            return self._send(200, SIGN_IN_PAGE, Content_Type="text/html")
        return self._send(302, Location=f"http://fki.example/login?password={PASSWORD}")

    def _send_file(self, plan, body):
        first = int(re.match(r"bytes=(\d+)-", self.headers.get("Range", "bytes=0-")).group(1))
        whole = {"Content_Range": f"bytes {first}-{len(body) - 1}/{len(body)}"} if first else {}
        self._send(206 if first else 200, body[first:], plan.drops.pop(0) if plan.drops else None,
                   Content_Type="application/x-gzip", **whole)

    def _send(self, status, body=b"", cut=None, **headers):
        self.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        with suppress(ConnectionError):
            self.wfile.write(body[:cut])

    def log_message(self, *args):
        pass


def tgz(**texts):
    """Pack an archive; `__` in a name stands for a slash."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as tar:
        for name, text in texts.items():
            info = tarfile.TarInfo(name.replace("__", "/") + ".png")
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text))
    return data.getvalue()


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as running:
        names = {name: tgz(**{f"a01__{name[:5]}": name.encode() * 100}) for name in FOLDERS}
        running.plan = IamServer({f"{DATA}{name}.tgz": data for name, data in names.items()},
                                 url=f"http://127.0.0.1:{running.server_port}{DATA}")
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield running.plan
        running.shutdown()


@pytest.fixture
def get(server, tmp_path):
    """Download from the server; gives the lines that were reported."""
    def run(*archives, password=PASSWORD, **options):
        reported = []
        download(Site(server.url), Credentials(USER, password), tmp_path / "iam", archives or ("lines",), report=reported.append,
                 policy=RetryPolicy(attempts=3, timeout=5, sleep=lambda seconds: None), **options)
        return reported

    return run


@pytest.fixture(autouse=True)
def printed(capfd, caplog):
    """Give what was printed so far; after each test, look for secrets in all that was printed or logged."""
    caplog.set_level(logging.DEBUG)
    read = []

    def more():
        read.append(capfd.readouterr())
        return read[-1]

    yield more
    more()
    shown = "".join(output.out + output.err for output in read) + caplog.text
    for secret in ("hunter2", "Kö", USER, b64encode(f"{USER}:{PASSWORD}".encode()).decode()):
        assert secret not in shown


def refused(call, error):
    """Expect an error whose text and traceback, with values, hold no secret; gives the text."""
    with pytest.raises(error) as caught:
        call()
    formatted = traceback.TracebackException.from_exception(caught.value, capture_locals=False)
    shown = "".join(formatted.format()) + repr(caught.value)
    assert "hunter2" not in shown and USER not in shown
    for kind in (AccessDenied, RemoteMoved):  # each failure has its own class, not just the common one
        assert isinstance(caught.value, kind) == (error is kind)
    return str(caught.value)


@pytest.mark.parametrize("access", ["form", "page", "basic"])
def test_everything_lands_in_the_original_layout(server, get, tmp_path, access):
    server.access = access
    reported = get(*FOLDERS)
    assert len(reported) == len(FOLDERS)
    for folder, name in (("forms", "forms"), ("lines", "lines"), ("words", "words"), ("ascii", "ascii"), ("xml", "xml")):
        assert (tmp_path / "iam" / folder / "a01" / f"{name}.png").is_file()
    assert list((tmp_path / "iam" / "archives").glob("*.tgz*")) == []


def test_a_second_run_asks_nothing(server, get):
    get("ascii", "lines")
    server.asked.clear()
    assert [line.split(":")[0] for line in get("ascii", "lines") if "already in" in line] == ["ascii", "lines"]
    assert server.asked == []


def test_a_folder_that_was_deleted_is_downloaded_again(get, tmp_path):
    import shutil

    get("lines")
    shutil.rmtree(tmp_path / "iam" / "lines")
    assert "1 files in" in get("lines")[0]


@pytest.mark.parametrize("access", ["form", "basic"])
def test_dropped_connections_are_resumed(server, get, access):
    server.access, server.drops = access, [60, 30]
    assert "1 files in" in get("lines")[0]
    assert [line for line in server.asked if "bytes=60-" in line] and [line for line in server.asked if "bytes=90-" in line]


def test_an_interrupted_run_resumes(server, get, tmp_path):
    server.drops = [60] + [0] * 5
    assert "60 bytes are kept" in refused(lambda: get("lines"), DownloadError)
    server.drops.clear()
    assert "1 files in" in get("lines")[0]
    assert server.asked[-1].endswith("bytes=60-")


def test_archives_are_kept_on_demand(server, get, tmp_path):
    get("lines", keep=True)
    assert (tmp_path / "iam" / "archives" / "lines.tgz").read_bytes() == server.files[f"{DATA}lines.tgz"]


def test_a_session_that_ends_midway_is_renewed(server, get):
    server.session_answers = -8  # a sign-in opens ten, so two files
    assert len(get("ascii", "xml", "lines", "words")) == 4
    assert server.asked.count("POST /login") == 2


@pytest.mark.parametrize("access", ["form", "page", "basic"])
def test_a_wrong_password_is_reported(server, get, access, tmp_path):
    server.access = access
    assert "does not accept this user and password" in refused(lambda: get(password=WRONG), AccessDenied)
    assert list((tmp_path / "iam" / "archives").glob("lines*")) == []


def test_no_permission_is_reported(server, get):
    server.access = "forbidden"
    assert "does not accept" in refused(get, AccessDenied)
    assert "POST /login" not in server.asked


def test_an_expired_page_is_reported(server, get):
    server.access = "expired"
    assert "session or the page has expired" in refused(get, DownloadError)
    assert server.asked.count("POST /login") == 1


def test_an_archive_that_is_gone_for_good_is_reported(server, get):
    server.gone = True
    assert "page has expired" in refused(get, DownloadError)


def test_a_missing_archive_on_a_living_site_has_moved(server, get):
    del server.files[f"{DATA}lines.tgz"]
    assert "no archive: it is not there (HTTP 404)" in refused(get, RemoteMoved)


def test_a_missing_archive_on_a_site_without_its_page_has_expired(server, get):
    del server.files[f"{DATA}lines.tgz"]
    server.index_status = 404
    assert "page has expired" in refused(get, DownloadError)


def test_a_moved_archive_is_reported_with_its_new_place(server, get):
    server.moved[f"{DATA}lines.tgz"] = f"https://elsewhere.example/lines.tgz?token={PASSWORD}"
    text = refused(get, RemoteMoved)
    assert "it moved to https://elsewhere.example/lines.tgz." in text


def test_a_sign_in_form_that_moved_is_reported(server, get):
    server.access = "broken form"
    assert "sign-in form is not there" in refused(get, RemoteMoved)


def test_a_damaged_archive_is_not_unpacked(server, get, tmp_path):
    server.files[f"{DATA}lines.tgz"] = b"\x1f\x8b" + bytes(100)
    assert "damaged" in refused(get, DownloadError)
    assert not (tmp_path / "iam" / "lines").exists()


def test_plain_http_is_refused_before_anything_is_sent():
    with pytest.raises(DownloadError, match="plain http"):
        Site("http://fki.example/data")


def test_credentials_come_from_the_file_or_the_environment(tmp_path):
    path = tmp_path / "credentials.json"
    path.write_text(json.dumps({"iam": {"username": "u", "password": "p"}}))
    assert read_credentials(path, {}) == Credentials("u", "p")
    assert read_credentials(path, {"IAM_USERNAME": "v", "IAM_PASSWORD": "q"}) == Credentials("v", "q")
    assert read_credentials(tmp_path / "none", {"IAM_USERNAME": "v", "IAM_PASSWORD": "q"}) == Credentials("v", "q")


@pytest.mark.parametrize("text", [
    '{"iam": {"username": "hunter2"}}', '{"iam": "hunter2', '["hunter2"]',
    '{"iam": {"username": "hunter2", "password": "..."}}', '{"iam": {"username": 2, "password": "hunter2"}}'])
def test_broken_credentials_are_reported_without_their_contents(tmp_path, text):
    (tmp_path / "credentials.json").write_text(text)
    assert "credentials.json" in refused(lambda: read_credentials(tmp_path / "credentials.json", {}), InputError)


def test_the_example_is_not_taken_for_credentials():
    with pytest.raises(InputError, match="not filled in"):
        read_credentials(SCRIPT.parents[1] / "credentials.json.example", {})


def test_credentials_are_in_no_repr():
    shown = repr(Credentials(USER, PASSWORD)) + str(Credentials(USER, PASSWORD))
    assert "hunter2" not in shown and USER not in shown


@pytest.fixture
def script(server, tmp_path, monkeypatch):
    """Run the script with right credentials in a file of the given mode."""
    for name in ("IAM_USERNAME", "IAM_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "credentials.json"
    path.write_text(json.dumps({"iam": {"username": USER, "password": PASSWORD}}))

    def run(*options, mode=0o600):
        path.chmod(mode)
        return runpy.run_path(str(SCRIPT))["main"](
            [str(tmp_path / "iam"), "--url", server.url, "--credentials", str(path), *options])

    return run


def test_the_script_downloads(script, tmp_path, printed):
    assert script("--archives", "ascii") == 0
    output = printed()
    assert output.out == f"ascii: 1 files in {tmp_path / 'iam' / 'ascii'}\n" and output.err == ""


def test_the_script_warns_of_a_file_that_others_read(script, tmp_path, printed):
    assert script("--archives", "ascii", mode=0o644) == 0
    assert "warning:" in printed().err
    assert is_exposed(tmp_path / "credentials.json")


def test_the_script_reports_failures(script, server, printed):
    server.access = "forbidden"
    assert script() == 1
    assert printed().err.startswith("error: ")


@pytest.mark.parametrize("argv", [[], ["folder", "--archives", "music"], ["folder", "--password", "x"]])
def test_bad_command_lines(argv):
    with pytest.raises(SystemExit) as caught:
        runpy.run_path(str(SCRIPT))["main"](argv)
    assert caught.value.code == 2
