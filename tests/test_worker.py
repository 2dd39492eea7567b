"""Working processes: what brings one down costs one task, and none outlives the program that started it."""
from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ocr.worker import CRASHED, TIMEOUT, Worker

HERE = Path(__file__).with_name("serving")
sys.path.append(str(HERE))                              # stand_in is there


@pytest.fixture(scope="module")
def worker():
    made = Worker("stand_in:open_reader", 4 * 2 ** 30)
    yield made
    made.stop()


@pytest.fixture
def task(tmp_path):
    def make(said):
        folder = tmp_path / "jobs" / "id"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "original.jpg").write_bytes(b"\xff\xd8\xff" + said)
        return {"path": str(folder / "original.jpg"), "frame": 0, "page": str(folder / "0001.json"),
                "picture": str(folder / "0001.jpg")}
    return make


def test_stages_are_told_and_the_work_is_done(worker, task):
    on_progress = []
    answer = worker.call(task(b"a word"), 30, on_progress.append)
    assert answer.fault is None and on_progress == ["paragraphs", "recognition"]
    assert Path(task(b"")["page"]).exists()


@pytest.mark.parametrize("said, seconds, code", [
    (b"crash", 30, CRASHED), (b"hang", 0.2, TIMEOUT), (b"memory", 30, "too_large"), (b"odd", 30, "internal"),
    (b"damaged", 30, "unreadable")])
def test_what_fails_costs_its_own_task_only(worker, task, said, seconds, code):
    fault = worker.call(task(said), seconds).fault
    assert fault.code == code and fault.message.endswith(".")
    assert worker.call(task(b"the next one"), 30).fault is None


def test_messages_name_nothing_of_this_machine_and_nothing_that_was_written(worker, task):
    said = worker.call(task(b"damaged"), 30).fault.message
    assert said == "The file: 9 x 9 pixels are over the limit of 8. Make it smaller."
    assert "secret" not in worker.call(task(b"odd"), 30).fault.message


def test_a_process_that_was_killed_while_it_waited_is_replaced(worker, task):
    worker.start()
    os.kill(worker._process.pid, signal.SIGKILL)
    worker._process.wait()
    assert worker.call(task(b"a word"), 30).fault is None


def test_work_that_cannot_begin_is_said(task, capfd):
    worker = Worker("stand_in:broken", 4 * 2 ** 30)
    assert worker.call(task(b"a word"), 30).fault.code == "internal" and "no models" in capfd.readouterr().err
    worker.stop()
    assert worker.call(task(b"a word"), 30).fault.code == CRASHED


def test_no_process_outlives_a_service_that_was_killed(tmp_path, task):
    code = ("import json, os, sys; sys.path.append(sys.argv[1])\n"
            "from ocr.worker import Worker\n"
            "if __name__ == '__main__':\n"
            "    worker = Worker('stand_in:open_reader', 4 * 2 ** 30)\n"
            "    worker.call(json.loads(sys.argv[2]), 60, lambda stage: os.kill(os.getpid(), 9))\n")
    (tmp_path / "serve.py").write_text(code)
    command = [sys.executable, str(tmp_path / "serve.py"), str(HERE), json.dumps(task(b"hang"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as service:
        assert service.communicate(timeout=60)[0] == b""        # comes to its end when the worker, which has it, too, ends
        assert service.returncode == -signal.SIGKILL
