"""Every program: its help, bad command lines, and errors that end in one line and an honest exit code."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAMS = sorted(path.relative_to(ROOT).as_posix() for folder in ("scripts", "benchmarks")
                  for path in (ROOT / folder).glob("*.py")) + ["get_models.py"]


def run(*words, **environment):
    return subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, timeout=120,
                          env={**os.environ, **environment})


@pytest.mark.parametrize("program", PROGRAMS)
def test_help_says_what_is_read_and_written_without_loading_anything_heavy(program):
    code = ("import sys, runpy\nsys.argv = ['p', '--help']\n"
            f"try: runpy.run_path({program!r}, run_name='__main__')\n"
            "except SystemExit as stop: assert not stop.code\n"
            "assert not {'mxnet', 'torch', 'onnxruntime'} & set(sys.modules), 'heavy imports before parsing'")
    result = run("-c", code)
    assert result.returncode == 0, result.stderr
    assert "usage:" in result.stdout


@pytest.mark.parametrize("program", [name for name in PROGRAMS if name[8:9].isdigit()])
@pytest.mark.parametrize("words", [[], ["walk"], ["run"], ["run", "in"], ["score"], ["train", "--data", "iam:x"],
                                   ["run", "in", "out", "--engine", "abacus"], ["score", "--data", "iam:x", "--colour"]])
def test_bad_command_lines_are_refused(program, words):
    result = run(program, *words)
    assert result.returncode == 2 and "usage:" in result.stderr


@pytest.mark.parametrize("program", [name for name in PROGRAMS if name[8:9].isdigit()])
def test_without_models_the_way_to_get_them_is_said_in_one_line(program, tmp_path):
    (tmp_path / "in").mkdir()
    result = run(program, "run", str(tmp_path / "in"), str(tmp_path / "out"), OCR_CACHE=str(tmp_path / "cache"))
    assert result.returncode == 1 and "ocr models" in result.stderr and len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("program", [name for name in PROGRAMS if name[8:9].isdigit()])
def test_a_data_set_that_is_not_there_is_named(program, tmp_path, installed_models):
    result = run(program, "score", "--data", f"iam:{tmp_path / 'nowhere'}", **installed_models)
    assert result.returncode == 1 and "nowhere" in result.stderr and "Traceback" not in result.stderr


def test_the_module_reads_and_says_what_is_missing(tmp_path, installed_models):
    result = run("-m", "ocr", "read", str(tmp_path / "nothing.jpg"), **installed_models)
    assert result.returncode == 1 and "nothing.jpg" in result.stderr and "Traceback" not in result.stderr
