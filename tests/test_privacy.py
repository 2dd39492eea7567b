"""Reading a page asks no other machine for anything, and leaves nothing outside the cache and the folders it was told of."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
READ = ["-m", "ocr", "read", "--decoder", "beam+lm", str(ROOT / "samples" / "harbour.jpg")]
WATCHED = "socket,connect,sendto,sendmsg,bind,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,symlink,link,linkat"
GUARD = """
import os, sys
def guard(event, words):
    if event.startswith("socket."):
        raise SystemExit(f"{event} {words}")
    if event == "open" and isinstance(words[0], (str, bytes)) and words[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        print("WRITES", os.path.abspath(os.fsdecode(words[0])), file=sys.stderr)
    if event in ("os.mkdir", "os.rename"):
        print("WRITES", os.path.abspath(os.fsdecode(words[0])), file=sys.stderr)
sys.addaudithook(guard)
from ocr.__main__ import main
sys.exit(main(["read", "--decoder", "beam+lm", sys.argv[1]]))
"""


def strace_works():
    """Tell whether strace is there and allowed to look."""
    return bool(shutil.which("strace")) and not subprocess.run(["strace", "-f", "--seccomp-bpf", "-o", os.devnull, "true"],
                                                          capture_output=True).returncode


@pytest.fixture
def home(tmp_path, installed_models):
    """The environment of a person whose home is empty."""
    kept = {name: value for name, value in installed_models.items() if not name.startswith(("XDG_", "ORT_"))}
    return {**kept, "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


def outside(paths, *allowed):
    """Give the paths that lie in none of the folders."""
    allowed = tuple(f"{os.path.realpath(folder)}/" for folder in allowed)
    return [path for path in paths if not f"{os.path.realpath(path)}/".startswith(allowed) and not path.startswith("/dev/")]


def test_python_opens_no_socket_and_writes_nowhere_else(home, tmp_path):
    found = subprocess.run([sys.executable, "-c", GUARD, READ[-1]], env=home, cwd=tmp_path, capture_output=True, text=True, timeout=900)
    assert found.returncode == 0, found.stderr
    assert found.stdout.startswith("The harbour was quiet")
    assert outside(re.findall("^WRITES (.*)$", found.stderr, re.M), tmp_path, home["OCR_CACHE"]) == []


@pytest.mark.skipif(not strace_works(), reason="strace is not installed, or not allowed")
def test_no_library_below_python_does_either(home, tmp_path):
    trace = tmp_path / "trace"
    found = subprocess.run(["strace", "-f", "--seccomp-bpf", "-e", f"trace={WATCHED}", "-o", str(trace), sys.executable, *READ],
                           env=home, cwd=tmp_path,
                           capture_output=True, text=True, timeout=900)
    assert found.returncode == 0, found.stderr
    calls = [line.split(None, 1)[1] for line in trace.read_text(errors="replace").splitlines() if " = -1 " not in line]
    assert any(call.startswith("openat(") for call in calls)                        # else it saw nothing at all
    assert [call for call in calls if re.match(r"(socket|connect|sendto|sendmsg|bind)\(", call)] == []
    writing = [call for call in calls if not call.startswith("openat(") or re.search("O_WRONLY|O_RDWR|O_CREAT", call)]
    paths = [path for call in writing for path in re.findall(r'"([^"]+)"', call)]
    assert outside([os.path.join(tmp_path, path) for path in paths], tmp_path, home["OCR_CACHE"]) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["trace"]
