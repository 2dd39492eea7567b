"""Files that are there whole or not at all, and what killed processes leave."""
from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import ExitStack

import pytest

from ocr.errors import ImageError, OutputError
from ocr.output import disk_is_full, locked, make_folder, sweep, write_atomically


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


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="file"):
        make_folder(tmp_path / "file")


LEFT = "." + "0" * 16 + ".part"
WRITER = """
import sys
from pathlib import Path
from ocr.output import write_atomically
def content(stream):
    stream.write(b"half")
    stream.flush()
    print("begun", flush=True)
    sys.stdin.read()
write_atomically(Path(sys.argv[1]) / "x", content)
"""


@pytest.fixture
def writer(tmp_path):
    """Another process that has begun to write a file, and goes on once its stdin is closed."""
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"begun\n"
    yield process
    process.kill()
    process.communicate()


def test_leftovers_of_killed_processes_are_swept_and_files_that_are_being_written_are_not(tmp_path, writer):
    (tmp_path / LEFT).write_bytes(b"of a killed one")
    (tmp_path / ".failures.jsonl.lock").write_bytes(b"")
    for name in (".other.part", "0.part", LEFT + ".txt"):
        (tmp_path / name).write_bytes(b"of somebody else")
    sweep(tmp_path)
    assert len(list(tmp_path.glob(".*.part"))) == 2 and len(list(tmp_path.iterdir())) == 4
    writer.communicate(b"", 60)
    assert writer.returncode == 0 and (tmp_path / "x").read_bytes() == b"half"


def test_what_a_killed_process_was_writing_is_swept(tmp_path, writer):
    writer.kill()
    writer.wait(60)
    assert len(list(tmp_path.iterdir())) == 1
    sweep(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_temporary_file_that_is_swept_before_it_is_locked_is_made_anew(tmp_path, monkeypatch):
    made, real = [], os.open

    def swept(path, *given):
        descriptor = real(path, *given)
        made.append(path)
        if len(made) == 1:
            sweep(tmp_path)
        return descriptor

    monkeypatch.setattr("ocr.output.os.open", swept)
    write_atomically(tmp_path / "x", b"bytes")
    assert len(made) == 3 and (tmp_path / "x").read_bytes() == b"bytes"         # one of them by sweep


@pytest.mark.parametrize("module", ["fcntl", "no locks"])
def test_nothing_is_swept_where_there_are_no_locks(tmp_path, monkeypatch, module):
    if module == "fcntl":
        monkeypatch.setitem(sys.modules, "fcntl", None)
    else:
        def unsupported(*given):
            raise OSError(95, "Operation not supported")
        monkeypatch.setattr("fcntl.flock", unsupported)
    (tmp_path / LEFT).write_bytes(b"")
    sweep(tmp_path)
    write_atomically(tmp_path / "x", b"bytes")
    assert sorted(path.name for path in tmp_path.iterdir()) == [LEFT, "x"]


def test_temporary_names_do_not_depend_on_the_process(tmp_path, monkeypatch):
    monkeypatch.setattr("os.getpid", lambda: 1)
    names = set()
    monkeypatch.setattr("ocr.output.os.replace", lambda source, target: names.add(source))
    for _ in range(20):
        write_atomically(tmp_path / "x", b"")
    assert len(names) == 20


def test_a_lock_that_another_thread_releases_can_be_taken_again(tmp_path):
    held = ExitStack()
    held.enter_context(locked(tmp_path / "lock", wait=False))
    thread = threading.Thread(target=held.close)
    thread.start()
    thread.join()
    with locked(tmp_path / "lock", wait=False):
        pass
