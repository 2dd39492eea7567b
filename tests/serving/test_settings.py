"""Keys and limits of the service."""
from __future__ import annotations

import pytest

from ocr.errors import InputError
from ocr.serving import settings as module
from ocr.serving.settings import Settings, digest_of, read_keys

KEYS = ("0123456789abcdef", "fedcba9876543210")


def test_keys_come_from_a_file_and_the_environment_as_digests(tmp_path):
    file = tmp_path / "keys"
    file.write_text(f"# of the office\n{KEYS[0]}\n\n")
    assert read_keys(file, KEYS[1]) == (digest_of(KEYS[1]), digest_of(KEYS[0]))
    assert read_keys(file, KEYS[0]) == (digest_of(KEYS[0]),) and read_keys(None, None) == ()


@pytest.mark.parametrize("content, said", [(b"", "holds no API key"), (b"short", "has 5 characters"),
                                           (b"\xff\xfe", "cannot be read")])
def test_files_without_good_keys_are_refused(tmp_path, content, said):
    (tmp_path / "keys").write_bytes(content)
    with pytest.raises(InputError, match=said):
        read_keys(tmp_path / "keys", None)
    with pytest.raises(InputError, match="cannot be read"):
        read_keys(tmp_path / "nowhere", None)


def test_owners_are_told_apart_by_their_keys(tmp_path):
    settings = Settings(tmp_path, key_digests=tuple(map(digest_of, KEYS)))
    owners = [settings.owner(key) for key in KEYS]
    assert len(set(owners)) == 2 and not set(owners) & set(KEYS)
    assert [settings.owner(key) for key in (None, "", KEYS[0][:-1], KEYS[0] + " ", "\ud800")] == [None] * 5
    assert Settings(tmp_path).owner(None) == Settings(tmp_path).owner("any") == ""


def test_samples_come_from_the_clone_or_from_the_wheel(tmp_path, monkeypatch):
    assert (Settings(tmp_path).samples / "harbour.jpg").is_file()
    monkeypatch.setattr(module, "PACKAGED_SAMPLES", tmp_path)
    monkeypatch.setattr(module, "CLONE", tmp_path / "nowhere")
    assert Settings(tmp_path).samples == tmp_path


@pytest.mark.parametrize("name", ["workers", "max_bytes", "max_queue", "keep_seconds"])
def test_limits_that_let_nothing_in_are_refused(tmp_path, name):
    with pytest.raises(InputError, match=name):
        Settings(tmp_path, **{name: 0})
