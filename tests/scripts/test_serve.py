"""The program that serves: it comes up, reads, ends when it is told to, and says in one line what it lacks."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("fastapi")
httpx = pytest.importorskip("httpx")
SCRIPT = Path(__file__).parents[2] / "scripts" / "serve.py"


def command(folder, *words):
    return [sys.executable, str(SCRIPT), "--data", str(folder / "data"), "--port", "0", "--workers", "1", *words]


def test_it_serves_with_a_key_until_it_is_told_to_end(tmp_path, installed_models):
    environment = {**installed_models, "OCR_API_KEY": "0123456789abcdef"}
    with subprocess.Popen(command(tmp_path), stderr=subprocess.PIPE, text=True, env=environment) as process:
        said = []
        for line in process.stderr:
            said.append(line)
            if "running on" in line:
                break
        address = next(word for word in said[-1].split() if word.startswith("http://"))
        assert httpx.get(f"{address}/healthz", timeout=30).json()["status"] == "ok"
        assert httpx.get(f"{address}/v1/models", timeout=30).status_code == 401
        headers = {"Authorization": "Bearer 0123456789abcdef"}
        assert httpx.get(f"{address}/v1/models", timeout=30, headers=headers).status_code == 200
        busy = subprocess.run(command(tmp_path), capture_output=True, text=True, env=environment, timeout=60, check=False)
        assert busy.returncode == 1 and "another service uses this folder" in busy.stderr
        process.send_signal(signal.SIGTERM)
        rest = process.stderr.read()
        assert process.wait(60) in (0, -signal.SIGTERM)
        assert "GET /v1/models 200" in rest and "0123456789abcdef" not in rest and "Traceback" not in rest


@pytest.mark.parametrize("words, environment, said", [
    ((), {"OCR_API_KEY": "short"}, "has 5 characters"), ((), {"OCR_CACHE": "nowhere"}, "ocr models fetch"),
    (("--workers", "0"), {}, "workers is 0"), (("--api-key-file", "nowhere"), {}, "API keys cannot be read")])
def test_what_is_missing_is_said_in_one_line(tmp_path, installed_models, words, environment, said):
    result = subprocess.run(command(tmp_path, *words), capture_output=True, text=True, timeout=60, check=False,
                            env={**os.environ, **installed_models, **environment})
    assert result.returncode == 1 and said in result.stderr and len(result.stderr.strip().splitlines()) == 1
