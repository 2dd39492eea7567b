"""The store of models: find, fetch, verify, repair."""
import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from ocr.errors import DownloadError, ModelMismatch, ModelNotFound, OutputError
from ocr.models import store
from ocr.models.download import LOCK
from ocr.models.store import Condition, Removal, cache_folder, fetch, folder_of, remove, require, source_address, verify


@pytest.fixture
def mirrored(card, server, tmp_path, monkeypatch):
    """The same model, on a server."""
    for file in card.files:
        server.files[f"/m/reader/{file.name}"] = (tmp_path / "models" / "reader" / file.name).read_bytes()
    monkeypatch.setenv("OCR_MODELS_URL", f"{server.url}/m/")
    return card


def test_a_fetched_model_is_found_by_name_and_task(card, tmp_path):
    assert fetch(card) == ("network.onnx", "network.json", "weights.npz")
    installed = require("recognition")
    assert installed == require("reader", task="recognition")
    assert installed.folder == tmp_path / "cache" / "models" / "reader" / "1.0"
    assert (installed.folder / "network.onnx").read_bytes() == bytes(1000)


def test_what_is_not_installed_says_how_to_install_it(card):
    with pytest.raises(ModelNotFound, match="python -m ocr models fetch reader"):
        require("recognition")


def test_a_training_run_can_be_read_with_before_it_is_registered(run_folder):
    installed = require(str(run_folder), task="recognition")
    assert installed.folder == run_folder and installed.card.alphabet == " |`ab"
    with pytest.raises(ModelMismatch):
        require(str(run_folder), task="paragraphs")


def test_a_model_for_another_task_is_refused(card):
    fetch(card)
    with pytest.raises(ModelMismatch, match="for recognition, not for lines"):
        require("reader", task="lines")


@pytest.mark.parametrize("bytes_", [bytes(999), bytes(999) + b"!"])
def test_damage_is_seen_and_repaired(card, bytes_):
    fetch(card)
    (folder_of(card) / "network.onnx").write_bytes(bytes_)
    assert verify(card) == Condition((), ("network.onnx",))
    with pytest.raises(ModelMismatch, match=r"damaged: network.onnx.*ocr models fetch reader"):
        require("reader")
    assert fetch(card) == ("network.onnx",)
    assert require("reader")


def test_a_model_that_lost_a_file_is_seen(card):
    fetch(card)
    (folder_of(card) / "network.json").unlink()
    with pytest.raises(ModelMismatch, match="missing: network.json"):
        require("reader")


def test_new_weights_of_the_same_version_are_not_mistaken_for_the_old(card):
    fetch(card)
    renewed = replace(card, files=(replace(card.files[0], sha256="0" * 64), *card.files[1:]))
    assert verify(renewed) == Condition((), ("network.onnx",))


def test_fetching_again_does_nothing(mirrored, server, policy):
    fetch(mirrored, policy=policy)
    count, before = len(server.requests), {path: path.stat().st_mtime_ns for path in folder_of(mirrored).iterdir()}
    assert count == 3
    assert fetch(mirrored, policy=policy) == ()
    assert len(server.requests) == count
    assert before == {path: path.stat().st_mtime_ns for path in folder_of(mirrored).iterdir()}


def test_installed_models_need_no_source(card, monkeypatch):
    fetch(card)
    monkeypatch.delenv("OCR_MODELS_URL")
    monkeypatch.setattr(store, "CLONE", Path("/nowhere"))
    assert fetch(card) == ()
    assert require("reader")


def test_two_at_once_download_each_file_once(mirrored, server, policy):
    downloaded = []
    threads = [threading.Thread(target=lambda: downloaded.append(fetch(mirrored, policy=policy))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(map(len, downloaded)) == [0, 0, 0, 3]
    assert len(server.requests) == 3


def test_a_cache_that_cannot_be_written_is_one_clear_line(card, tmp_path):
    (tmp_path / "cache").write_text("a file in the way")
    with pytest.raises(OutputError, match="OCR_CACHE"):
        fetch(card)


def test_sources_in_their_order(monkeypatch, tmp_path):
    monkeypatch.delenv("OCR_MODELS_URL", raising=False)
    assert source_address() == (store.CLONE / "models").as_uri()
    monkeypatch.setenv("OCR_MODELS_URL", "https://mirror.example/m/")
    assert source_address() == "https://mirror.example/m"
    assert source_address(str(tmp_path)) == tmp_path.resolve().as_uri()
    with pytest.raises(DownloadError, match="plain http"):
        source_address("http://mirror.example/m")


def test_no_source_says_what_to_set(monkeypatch, tmp_path):
    monkeypatch.delenv("OCR_MODELS_URL", raising=False)
    monkeypatch.setattr(store, "CLONE", tmp_path)
    with pytest.raises(DownloadError, match="Set OCR_MODELS_URL"):
        source_address()


def test_removing_frees_what_was_installed_and_leaves_no_folder(card, tmp_path):
    assert remove(card) is None
    fetch(card)
    assert remove(card) == Removal(3000, ())
    assert remove(card) is None and os.listdir(tmp_path / "cache") == []
    assert fetch(card) and require("reader")


def test_removing_takes_the_models_own_files_only(card, tmp_path):
    fetch(card)
    other = folder_of(card).parent / "0.9"
    other.mkdir()
    (folder_of(card) / "notes.txt").write_text("mine")
    (folder_of(card) / "network.onnx").unlink()
    (folder_of(card) / "network.onnx.part").write_bytes(bytes(70))
    assert remove(card) == Removal(2070, ("notes.txt",))
    assert (folder_of(card) / "notes.txt").read_text() == "mine" and other.is_dir()


def test_a_file_that_cannot_be_removed_is_one_clear_line(card, monkeypatch):
    fetch(card)
    monkeypatch.setattr(Path, "unlink", lambda path, **options: os.open(path / "x", 0))
    with pytest.raises(OutputError, match="OCR_CACHE"):
        remove(card)


def test_a_killed_download_does_not_keep_its_folder(card):
    code = ("import os, signal, sys\nfrom pathlib import Path\nfrom ocr.models.download import folder_lock\n"
            "with folder_lock(Path(sys.argv[1])):\n    os.kill(os.getpid(), signal.SIGKILL)\n")
    subprocess.run([sys.executable, "-c", code, str(folder_of(card))], timeout=60)
    assert (folder_of(card) / LOCK).exists() and len(fetch(card)) == 3


def test_a_large_model_of_ones_own_can_be_read_with(run_folder):
    with open(run_folder / "weights.npz", "r+b") as file:
        file.truncate(30_000_000)
    assert require(str(run_folder), task="recognition").card.size == 30_002_000


@pytest.fixture
def packaged(card, tmp_path, monkeypatch):
    """The same model, inside an installed package, and no clone and no mirror."""
    monkeypatch.delenv("OCR_MODELS_URL")
    monkeypatch.setattr(store, "CLONE", Path("/nowhere"))
    monkeypatch.setattr(store, "PACKAGED", tmp_path / "models")
    return card


def test_models_of_the_package_are_read_where_they_lie(packaged, tmp_path):
    assert verify(packaged).good
    assert fetch(packaged) == ()
    assert require("recognition").folder == tmp_path / "models" / "reader"
    assert not (tmp_path / "cache").exists()


def test_the_cache_goes_before_the_package(packaged, tmp_path, monkeypatch):
    (tmp_path / "models" / "reader" / "network.onnx").write_bytes(b"")
    with pytest.raises(ModelMismatch, match="damaged: network.onnx"):
        require("reader")
    (tmp_path / "models" / "reader" / "network.onnx").write_bytes(bytes(1000))
    folder_of(packaged).mkdir(parents=True)
    (folder_of(packaged) / "network.onnx").write_bytes(b"")
    with pytest.raises(ModelMismatch, match="missing: network.json, weights.npz; damaged: network.onnx"):
        require("reader")
    assert fetch(packaged) == ("network.onnx", "network.json", "weights.npz")      # out of the package
    assert require("reader").folder == folder_of(packaged)


def test_a_damaged_package_is_repaired_from_a_mirror(packaged, tmp_path, monkeypatch, server, policy):
    for file in packaged.files:
        server.files[f"/m/reader/{file.name}"] = (tmp_path / "models" / "reader" / file.name).read_bytes()
    (tmp_path / "models" / "reader" / "weights.npz").write_bytes(b"")
    monkeypatch.setenv("OCR_MODELS_URL", f"{server.url}/m")
    assert len(fetch(packaged, policy=policy)) == 3
    assert require("reader").folder == folder_of(packaged)



def test_without_a_home_the_cache_is_a_temporary_folder_of_the_user_s_own(tmp_path, monkeypatch):
    for name in ("OCR_CACHE", "HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)           # as for a user that the system does not know
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    folder = cache_folder()
    assert folder.parent == tmp_path and str(os.getuid()) in folder.name
    folder.mkdir()
    assert cache_folder() == folder
    monkeypatch.setattr("os.getuid", lambda: 54321)
    (tmp_path / "ocr-gluon-54321").mkdir()
    with pytest.raises(ModelNotFound, match="another user's.*OCR_CACHE"):
        cache_folder()
