"""A service that is killed in the middle of fifty jobs and started again finishes all of them, each once."""
from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest

httpx = pytest.importorskip("httpx")
HERE = Path(__file__).parent
SERVE = """
import logging, sys
from pathlib import Path
sys.path.append(sys.argv[1])
if __name__ == "__main__":
    from ocr.serving.app import create_app
    from ocr.serving.listening import make_server
    from ocr.serving.settings import Settings
    logging.basicConfig(level=logging.INFO)
    app = create_app(Settings(Path(sys.argv[2]), workers=2), "stand_in:open_reader")
    make_server(app, "127.0.0.1", int(sys.argv[3])).run()
"""


@contextmanager
def started(folder):
    """Serve in a process of its own, which is killed at the end; gives a client."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "serve.py").write_text(SERVE)
    command = [sys.executable, str(folder / "serve.py"), str(HERE), str(folder / "data"), str(port)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if "running on" in line:
                break
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
                yield client
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.stderr.read()                       # to its end, which comes when the workers have ended, too


def begun(folder):
    return Counter(line.split()[0] for line in (folder / "data" / "starts").read_text().splitlines())


def test_fifty_jobs_are_finished_exactly_once(tmp_path, post, gate, finished):
    (tmp_path / "data").mkdir()
    with gate(tmp_path / "data"):
        with started(tmp_path) as client:
            first = [post(client, b"job %d" % number).json()["id"] for number in range(10)]
            later = [post(client, b"gate %d" % number, wait=0).json()["id"] for number in range(40)]
            while client.get("/healthz").json()["busy"] < 2:
                pass
        before = begun(tmp_path)
        assert sum(before.values()) == 12 and all(before[job] == 1 for job in first)
    with started(tmp_path) as client:
        jobs = [finished(client, job) for job in first + later]
        assert {job["state"] for job in jobs} == {"done"}
        texts = [client.get(job["results"]["txt"]).text for job in jobs]
        assert texts == [f"job {number}\n" for number in range(10)] + [f"gate {number}\n" for number in range(40)]
        counted = client.get("/metrics").text
        assert 'ocr_pages_total{outcome="done"} 40.0' in counted and "ocr_queue_pages 0.0" in counted
    after = begun(tmp_path)
    assert [after[job] for job in first] == [1] * 10            # what was done is not done again
    assert sorted(after[job] for job in later) == [1] * 38 + [2] * 2    # two were being read when it was killed


def test_a_page_that_was_read_just_before_the_end_is_not_read_again(tmp_path, running, post, finished):
    with running(data=tmp_path, workers=1) as client:
        job = post(client).json()["id"]
    import sqlite3

    with sqlite3.connect(tmp_path / "jobs.sqlite") as database:
        database.execute("UPDATE pages SET state = 'working'")  # as if it had not been written down yet
    with running(data=tmp_path, workers=1) as client:
        assert finished(client, job)["state"] == "done"
    assert (tmp_path / "starts").read_text().count("\n") == 1


def test_a_page_that_brings_the_service_down_again_and_again_is_given_up(tmp_path, running, post, finished):
    with running(data=tmp_path, workers=1) as client:
        job = post(client, b"hang", wait=0).json()["id"]
    import sqlite3

    with sqlite3.connect(tmp_path / "jobs.sqlite") as database:
        database.execute("UPDATE pages SET attempt = 3")
    with running(data=tmp_path, workers=1) as client:
        assert finished(client, job)["error"]["code"] == "crashed"
