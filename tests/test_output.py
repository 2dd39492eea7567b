"""Files that are there whole or not at all, and the list of pages that failed."""
from __future__ import annotations

import json
import os
import sys
from types import SimpleNamespace

import pytest

from ocr.errors import ImageError, OutputError
from ocr.output import FAILURES, Failures, disk_is_full, lock, make_folder, write_atomically


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
    assert not list(tmp_path.iterdir())


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
    assert not list(tmp_path.iterdir())


def test_a_file_is_locked_until_it_is_closed(tmp_path):
    with open(tmp_path / "lock", "a") as first, open(tmp_path / "lock", "a") as second:
        lock(first.fileno())
        with pytest.raises(OSError):
            lock(second.fileno(), wait=False)
        first.close()
        lock(second.fileno(), wait=False)


@pytest.mark.parametrize("wait, mode", [(True, 1), (False, 2)])
def test_without_fcntl_the_first_byte_is_locked_as_windows_does(tmp_path, monkeypatch, wait, mode):
    asked = []
    windows = SimpleNamespace(LK_LOCK=1, LK_NBLCK=2, locking=lambda *arguments: asked.append(arguments))
    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setitem(sys.modules, "msvcrt", windows)
    with open(tmp_path / "lock", "a") as file:
        lock(file.fileno(), wait)
        assert asked == [(file.fileno(), mode, 1)]
