"""A file server on this machine that can do, or fail to do, what real ones do; and a model that was published."""
from __future__ import annotations

import json
import random
import re
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Dict, List, Optional, Tuple, Union

import pytest

from ocr.models.registration import Release, make_card, publish
from ocr.models.registry import write_registry
from ocr.models.download import RetryPolicy


@dataclass
class FileServer:
    """Files to serve, how to misbehave, and what was requested."""

    files: Dict[str, bytes] = field(default_factory=dict)
    ranges: bool = True
    lengths: Union[bool, str] = True  # send Content-Length, or this in its place
    pieces: bool = False  # respond with a part even where all was requested
    shift: int = 0  # start a Range so many bytes too early
    drops: List[int] = field(default_factory=list)  # for each coming response: cut it after so many bytes
    statuses: List[int] = field(default_factory=list)  # for each coming response: send this status alone
    redirects: Dict[str, str] = field(default_factory=dict)
    kind: str = "application/octet-stream"
    requests: List[Tuple[str, Optional[str]]] = field(default_factory=list)  # (path, Range header)
    url: str = ""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        plan: FileServer = self.server.plan
        plan.requests.append((self.path, self.headers.get("Range")))
        body = plan.files.get(self.path)
        if plan.statuses:
            return self._head(plan.statuses.pop(0), 0)
        if self.path in plan.redirects:
            return self._head(302, 0, Location=plan.redirects[self.path])
        if body is None:
            return self._head(404, 0)
        first = int(re.match(r"bytes=(\d+)-", self.headers.get("Range") or "bytes=0-").group(1)) if plan.ranges else 0
        if first and first >= len(body):
            return self._head(416, 0, Content_Range=f"bytes */{len(body)}")
        if first or plan.pieces:
            first -= plan.shift
            self._head(206, len(body) - first, Content_Range=f"bytes {first}-{len(body) - 1}/{len(body)}")
        else:
            self._head(200, len(body) if plan.lengths is True else plan.lengths or None, Content_Type=plan.kind)
        with suppress(ConnectionError):
            self.wfile.write(body[first:][:plan.drops.pop(0) if plan.drops else None])

    def _head(self, status: int, length: Union[int, str, None], **headers):
        self.send_response(status)
        lengths = {} if length is None else {"Content_Length": str(length)}
        for name, value in {**lengths, **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as running:
        running.plan = FileServer(url=f"http://127.0.0.1:{running.server_port}")
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield running.plan
        running.shutdown()


@pytest.fixture
def pauses():
    """The seconds that the policy would have slept."""
    return []


@pytest.fixture
def policy(pauses):
    return RetryPolicy(attempts=3, timeout=5, sleep=pauses.append, rng=random.Random(0))


@pytest.fixture
def run_folder(tmp_path):
    """What training leaves behind."""
    folder = tmp_path / "run"
    folder.mkdir()
    for number, name in enumerate(("network.onnx", "network.json", "weights.npz")):
        (folder / name).write_bytes(bytes([number]) * 1000)
    (folder / "run.json").write_text(json.dumps({
        "task": "recognition", "command": ["scripts/3_recognise_text.py", "train", "--data", "iam:a folder"],
        "data": ["iam:a folder"], "epochs": 12, "seconds": 7200.0, "hardware": "2 cores", "scores": {"cer": 0.2},
        "alphabet": " |`ab", "input": {"height": 48, "channels": 1, "mean": [0.5]}, "settings": {}, "parameters": 1234567}))
    return folder


@pytest.fixture
def release():
    """What a person adds to it."""
    figures = {"cer": 0.12345678, "interval": [0.1, 0.15]}
    return Release("reader", "1.0", "CC-BY 4.0", ("en", "fr"), figures, "IAM validation")


@pytest.fixture
def card(run_folder, release, tmp_path, monkeypatch):
    """A model that is registered and published in tmp_path/models, with an empty cache."""
    monkeypatch.setenv("OCR_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OCR_MODELS_URL", str(tmp_path / "models"))
    monkeypatch.setattr("ocr.models.registry.REGISTRY", tmp_path / "registry.json")
    write_registry([], tmp_path / "registry.json")
    made = make_card(run_folder, release)
    publish(run_folder, made, tmp_path / "models", tmp_path / "registry.json")
    return made
