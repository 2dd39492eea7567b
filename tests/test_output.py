"""Files that are there whole or not at all, and the list of pages that failed."""
from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import ExitStack

import pytest

from ocr.errors import ImageError, OutputError
from ocr.output import FAILURES, Failures, disk_is_full, locked, make_folder, write_atomically


def listed(folder):
    return [json.loads(line)["page"] for line in (folder / FAILURES).read_text().splitlines()]


def test_a_file_that_cannot_be_finished_leaves_nothing(tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    (tmp_path / "x.xml").write_bytes(b"before")
    monkeypatch.setattr("ocr.output.os.replace", full)
    with pytest.raises(OutputError, match="x.xml.*No space left") as caught:
        write_atomically(tmp_path / "x.xml", b"after")
    assert disk_is_full(caught.value) and not disk_is_full(ImageError("x"))
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"before"]


@pytest.mark.parametrize("content", [b"after", lambda stream: stream.write(b"after")])
def test_names_as_long_as_file_systems_take_them(tmp_path, content):
    path = tmp_path / ("n" * 246 + ".xml")                      # 250 bytes
    write_atomically(path, b"before")
    write_atomically(path, content)
    assert path.read_bytes() == b"after" and list(tmp_path.iterdir()) == [path]


def test_bytes_are_on_the_disk_before_they_get_the_name(tmp_path, monkeypatch):
    steps, real = [], {"fsync": os.fsync, "replace": os.replace}
    for name in real:
        monkeypatch.setattr(f"ocr.output.os.{name}", lambda *given, name=name: (steps.append(name), real[name](*given)))
    write_atomically(tmp_path / "x", b"bytes")
    assert steps == ["fsync", "replace"] and (tmp_path / "x").read_bytes() == b"bytes"


def test_a_writer_that_breaks_off_leaves_nothing_and_its_own_error(tmp_path):
    def breaks(stream):
        stream.write(b"half")
        raise KeyboardInterrupt

    (tmp_path / "x").write_bytes(b"before")
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "x", breaks)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"before"]


def test_the_hint_ends_the_message(tmp_path):
    with pytest.raises(OutputError, match=r"x: cannot be written \(No such file.*\)\. Make room\.$"):
        write_atomically(tmp_path / "none" / "x", b"", "Make room.")


def test_other_users_may_read_what_the_mask_lets_them(tmp_path):
    before = os.umask(0o022)
    try:
        write_atomically(tmp_path / "x", b"")
    finally:
        os.umask(before)
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o644


def test_a_lock_is_held_by_one_and_is_free_afterwards(tmp_path):
    with locked(tmp_path / "lock"), pytest.raises(BlockingIOError), locked(tmp_path / "lock", wait=False):
        pass
    with locked(tmp_path / "lock", wait=False):
        pass


def test_a_lock_is_waited_for(tmp_path):
    entered = threading.Event()

    def second():
        with locked(tmp_path / "lock"):
            entered.set()

    with locked(tmp_path / "lock"):
        thread = threading.Thread(target=second)
        thread.start()
        assert not entered.wait(0.2)
    thread.join(10)
    assert entered.is_set()


def test_reading_needs_no_module_that_windows_lacks():
    code = ("import sys\nfor name in ('fcntl', 'resource', 'pwd', 'grp', 'termios'): sys.modules[name] = None\n"
            "import ocr.pipeline, ocr.batch.local, ocr.exporting, ocr.models.manage, ocr.__main__, ocr.paragraphs.stage, ocr.lines.stage\n"
            "import ocr.recognition.stage, filelock\n")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_many_processes_lose_no_entry_of_the_list(tmp_path):
    code = ("import sys\nfrom pathlib import Path\nfrom ocr.output import Failures\nlist_ = Failures(Path(sys.argv[1]))\n"
            "for n in range(20): list_.add(f'{sys.argv[2]}{n}', ValueError('x'))\n")
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), name], stderr=subprocess.DEVNULL) for name in "ab"]
    assert [process.wait(60) for process in running] == [0, 0]
    assert len(listed(tmp_path)) == 40


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="file"):
        make_folder(tmp_path / "file")


def test_two_processes_share_the_list(tmp_path):
    first, second = Failures(tmp_path), Failures(tmp_path)
    first.add("a.png", ImageError("a.png: is empty."))
    second.add("b.png", ImageError("b.png: is empty."))
    assert listed(tmp_path) == ["a.png", "b.png"]
    second.clear("b.png")
    assert listed(tmp_path) == ["a.png"]
    first.clear("a.png")
    assert not (tmp_path / FAILURES).exists()


@pytest.mark.parametrize("damage", [b'{"page": "x"', b"\xff\xfe", b"[]\n3\n{}", b""])
def test_a_damaged_list_is_written_anew(tmp_path, damage):
    (tmp_path / FAILURES).write_bytes(damage)
    Failures(tmp_path).add("a.png", ImageError("a.png: is empty."))
    assert listed(tmp_path) == ["a.png"]


def test_a_list_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / FAILURES).mkdir()
    with pytest.raises(OutputError, match=FAILURES):
        Failures(tmp_path)


def test_names_that_are_not_unicode_are_listed(tmp_path):
    name = os.fsdecode(b"caf\xe9.png")
    Failures(tmp_path).add(name, ImageError("is empty."))
    assert listed(tmp_path) == [name]
    Failures(tmp_path).clear(name)
    assert not (tmp_path / FAILURES).exists()


def test_a_lock_that_another_thread_releases_can_be_taken_again(tmp_path):
    held = ExitStack()
    held.enter_context(locked(tmp_path / "lock", wait=False))
    thread = threading.Thread(target=held.close)
    thread.start()
    thread.join()
    with locked(tmp_path / "lock", wait=False):
        pass
