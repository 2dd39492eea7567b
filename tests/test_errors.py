"""The exit codes of programs."""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ocr.errors import ImageError, exit_code

ROOT = Path(__file__).parent.parent


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


def started(code, shell=""):
    """Run a program in a shell that redirects its streams."""
    program = f"import sys\nfrom ocr.errors import exit_code, report\nsys.exit(exit_code(lambda: {code}))"
    return subprocess.run(["sh", "-c", f'"$0" -c "$1" {shell}', sys.executable, program], capture_output=True, text=True,
                          cwd=ROOT, timeout=60)


@pytest.mark.parametrize("shell, said", [(">&-", "stdout cannot be written (it is closed)"), (">/dev/full", "No space left")])
@pytest.mark.parametrize("text", ["x", "x" * 100_000])
def test_a_stdout_that_takes_nothing_is_said_and_is_an_exit_code(shell, said, text):
    result = started(f"print({text!r}) or 0", shell)
    assert result.returncode == 1 and said in result.stderr and result.stderr.count("\n") == 1


@pytest.mark.parametrize("shell", ["2>&-", "2>/dev/full", ">&- 2>&-", "<&- >&- 2>&-"])
def test_a_stderr_that_takes_nothing_changes_nothing(tmp_path, shell):
    """Nor does a file that is opened meanwhile get the number of a closed stream, and what libraries write there."""
    mark = tmp_path / "done"
    code = f"report('note') or [open({str(mark)!r}, 'w'), __import__('os').write(2, b'from a library')] and 0"
    result = started(code, shell)
    assert (result.returncode, result.stderr) == (0 if "/dev/full" not in shell else 1, "") and mark.read_text() == ""
