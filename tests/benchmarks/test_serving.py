"""The benchmark of the service: what it counts, and memory of a process with those below it."""
from __future__ import annotations

import http.server
import os
import subprocess
import sys
import threading

import pytest


@pytest.fixture(scope="module")
def serving(benchmark_named):
    return benchmark_named("serving")


@pytest.fixture
def port():
    """A service that reads every second page, refuses every third and breaks on the last one."""
    class Handler(http.server.BaseHTTPRequestHandler):
        asked = []

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.asked.append(1)
            self.answer({1: 200, 2: 429, 3: 200, 4: 500}[len(self.asked)], b'{"id": "x", "results": {"txt": "/t"}}')

        def do_GET(self):
            self.answer(200, b"text")

        do_DELETE = do_GET

        def answer(self, status, body):
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_answers_are_counted_by_their_kind(serving, port, monkeypatch):
    monkeypatch.setattr(serving.time, "sleep", lambda seconds: None)
    found = serving.load(port, os.getpid(), [serving.form(b"x")], 1, requests=4)
    assert (found.pages, found.refused, found.errors) == (2, 1, 1)
    assert 0 < found.median <= found.percentile_99 <= found.seconds and found.mebibytes > 1


def test_a_service_that_is_not_there_is_an_error(serving):
    assert serving.ask(1, serving.form(b"x"))[0] == 0


def test_memory_counts_the_processes_below(serving):
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
    child = "import sys; big = bytearray(b'x' * 90_000_000); print(flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code, child], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert serving.memory(process.pid) > 90
        process.stdin.close()


def test_forms_are_read_by_the_service_itself(serving):
    multipart = pytest.importorskip("python_multipart.multipart")
    parts = []
    parser = multipart.MultipartParser(b"b", {"on_part_data": lambda data, start, end: parts.append(data[start:end])})
    body = serving.form(b"content")
    assert parser.write(body) == len(body) and b"".join(parts) == b"content"
