"""A service that runs on a port of its own, with readers that need no networks."""
from __future__ import annotations

import fcntl
import shutil
import sys
import threading
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LONGEST = 60_000                    # milliseconds that the browser waits for a page on a busy machine
try:
    import fastapi  # noqa: F401
    import httpx
except ImportError:                                     # the extra "serve" is not installed
    collect_ignore_glob = ["test_*.py"]
sys.path.append(str(HERE))                              # the reading processes find stand_in there


@contextmanager
def running(reading="stand_in:open_reader", key=None, **settings):
    """Serve in a thread, on a free port; gives a client."""
    from ocr.serving.app import create_app
    from ocr.serving.listening import make_server
    from ocr.serving.settings import Settings

    server = make_server(create_app(Settings(**settings), reading), "127.0.0.1", 0)
    begin, ready = server.startup, threading.Event()

    async def startup(sockets=None):
        await begin(sockets)
        ready.set()

    server.startup = startup
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert ready.wait(60)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60,
                          headers={"Authorization": f"Bearer {key}"} if key else {}) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(60)


@contextmanager
def gate(data):
    """Hold the pages that say so until the end of the block."""
    with open(data / "gate", "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def post(client, content=b"the quick fox", wait=30, name="photo.jpg", fields=None):
    """Send a page to the stand-in."""
    return client.post("/v1/pages", params={"wait": wait}, files={"file": (name, b"\xff\xd8\xff" + content)}, data=fields)


def tiff(pages):
    """A TIFF of small grey pages."""
    from PIL import Image

    file = BytesIO()
    frames = [Image.new("L", (40, 30), 200 + number) for number in range(pages)]
    frames[0].save(file, "TIFF", save_all=True, append_images=frames[1:])
    return file.getvalue()


def finished(client, job):
    """Ask for a job until it is finished."""
    while True:
        answer = client.get(f"/v1/jobs/{job}").json()
        if answer["state"] in ("done", "failed"):
            return answer


@pytest.fixture(scope="session")
def service(tmp_path_factory):
    """A service for tests that set nothing; its client."""
    with running(data=tmp_path_factory.mktemp("service"), workers=2) as client:
        yield client


@pytest.fixture(scope="session", name="running")
def _running():
    """What starts a service with settings of one test."""
    return running


@pytest.fixture(scope="session", name="gate")
def _gate():
    return gate


@pytest.fixture(scope="session", name="post")
def _post():
    return post


@pytest.fixture(scope="session", name="tiff")
def _tiff():
    return tiff


@pytest.fixture(scope="session", name="finished")
def _finished():
    return finished


@pytest.fixture(scope="module")
def chromium():
    """Chromium, without a window; a test that needs it is skipped where it is not installed."""
    playwright = pytest.importorskip("playwright.sync_api")
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no chromium is installed (on Debian: apt-get install chromium)")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path)
        playwright.expect.set_options(timeout=LONGEST)
        yield browser
        browser.close()


@pytest.fixture
def browse(chromium):
    """Give a function that opens a page of a fresh window; errors of the page's own scripts fail the test."""
    windows, faults = [], []

    def browse(address, **settings):
        window = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, **settings})
        windows.append(window)
        page = window.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: "Content Security" in message.text and faults.append(message.text))
        page.set_default_timeout(LONGEST)
        page.goto(address)
        return page

    yield browse
    for window in windows:
        window.close()
    assert not faults
