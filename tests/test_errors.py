"""The exit codes of programs."""
from __future__ import annotations

import subprocess
import sys

import pytest

from ocr.errors import ImageError, exit_code


@pytest.mark.parametrize("error, code, words", [
    (ImageError("p.png: is empty."), 1, "error: p.png: is empty."), (KeyboardInterrupt(), 130, "interrupted"),
    (PermissionError(13, "Permission denied", "out/report.md"), 1, "Permission denied: 'out/report.md'")])
def test_errors_become_one_line_and_an_honest_code(capsys, error, code, words):
    def program():
        raise error

    assert exit_code(program) == code
    assert words in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_traceback():
    code = ("import sys\nfrom ocr.errors import exit_code\n"
            "def program():\n    while True: print('x' * 1000, flush=True)\nsys.exit(exit_code(program))")
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr.read() == b"" and process.wait(60) == 1
    process.stderr.close()


def test_letters_that_the_terminal_lacks_are_spelt_out():
    code = "import sys\nfrom ocr.errors import exit_code\nsys.exit(exit_code(lambda: print('c\u0153ur') or 0))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, env={"PYTHONIOENCODING": "latin-1"},
                            cwd=sys.path[0] or ".", check=False, timeout=60)
    assert (result.returncode, result.stdout) == (0, b"c\\u0153ur\n"), result.stderr
