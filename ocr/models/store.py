"""The models on this machine: find, fetch, verify and remove them.

    <cache>/models/<name>/<version>/network.onnx ...       <cache> is OCR_CACHE, or the user's cache folder
    <cache>/made/<name>/...                                files derived from models of the package, such as indexes
    <package>/models/files/<name>/network.onnx ...         in a package that was installed from a wheel
    <source>/<name>/network.onnx ...                       <source> is --source, OCR_MODELS_URL, or a clone's models/
"""
from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Optional, Tuple
from urllib.parse import quote

from ocr.errors import DownloadError, ModelMismatch, ModelNotFound
from ocr.models.address import check_address
from ocr.models.download import (
    LOCK, DownloadRequest, RetryPolicy, clear_write_errors, digest, download, folder_lock, progress_bar)
from ocr.models.registration import RUN, Release, make_card
from ocr.models.registry import ModelCard, ModelFile, find

CLONE = Path(__file__).resolve().parents[2]
PACKAGED = Path(__file__).with_name("files")  # exists in an installed wheel, not in a clone


@dataclass(frozen=True)
class InstalledModel:
    """A model on this machine whose files are all as published."""

    card: ModelCard
    folder: Path


@dataclass(frozen=True)
class Condition:
    """How a model's folder compares with its card: names of files that are missing, and of files that differ."""

    missing: Tuple[str, ...]
    differing: Tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether every file exists and is as published."""
        return not (self.missing or self.differing)

    def __str__(self) -> str:
        found = [f"{'missing' if names is self.missing else 'damaged'}: {', '.join(names)}"
                 for names in (self.missing, self.differing) if names]
        return "; ".join(found) or "ok"


def cache_folder() -> Path:
    """Return the folder that downloads are kept in: OCR_CACHE, else the user's cache folder, else a temporary one.

    Raises
    ------
    ModelNotFound
        There is none of these.
    """
    chosen = os.environ.get("OCR_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    from platformdirs import user_cache_path

    with suppress(RuntimeError):                            # of newer versions of it, where there is no home
        path = user_cache_path("ocr-gluon")
        if path.is_absolute():
            return path
    user = getattr(os, "getuid", int)()                     # in a container: one that nobody knows, and without HOME
    path = Path(tempfile.gettempdir()) / f"ocr-gluon-{user}"
    if path.exists() and path.lstat().st_uid != user:
        raise ModelNotFound(f"{path}: is another user's, and there is no home folder. Set OCR_CACHE to a folder for models.")
    return path


def folder_of(card: ModelCard) -> Path:
    """Return the folder that a model is, or would be, installed in."""
    return cache_folder() / "models" / card.name / card.version


def installed_folder(card: ModelCard) -> Path:
    """Return the folder that a model is read from: in the cache, or in the package where the cache has none of its files."""
    folder = folder_of(card)
    if not any((folder / file.name).is_file() for file in card.files) and (PACKAGED / card.name).is_dir():
        return PACKAGED / card.name
    return folder


def folder_beside(folder: Path) -> Path:
    """Return the folder for files derived from a model: its own, or one in the cache if its own is in the package."""
    return cache_folder() / "made" / folder.name if folder.parent == PACKAGED else folder


def source_address(source: Optional[str] = None) -> str:
    """Return the URL that models are fetched from.

    Parameters
    ----------
    source : https:// or file:// URL, or a folder; None takes OCR_MODELS_URL, else the models of the clone or of
        the package.

    Raises
    ------
    DownloadError
        The URL is not safe, or there is no source.
    """
    source = source or os.environ.get("OCR_MODELS_URL")
    if not source:
        in_clone = (CLONE / "get_models.py").is_file()
        if not in_clone and not PACKAGED.is_dir():
            raise DownloadError("No source of models: this copy of the package lies outside a clone of the repository, and "
                                "holds none. Set OCR_MODELS_URL to a mirror (https:// or a folder).")
        source = str(CLONE / "models" if in_clone else PACKAGED)
    if "://" not in source:
        return Path(source).expanduser().resolve().as_uri()
    check_address(source)
    return source.rstrip("/")


def verify(card: ModelCard, folder: Optional[Path] = None) -> Condition:
    """Compare the size and sha256 of every file of a model with its card.

    Parameters
    ----------
    folder : where its files are; None takes the folder that it is read from, see `installed_folder`.
    """
    folder = folder or installed_folder(card)
    missing = tuple(file.name for file in card.files if not os.path.isfile(folder / file.name))
    return Condition(missing, tuple(file.name for file in card.files
                                    if file.name not in missing and not _is_as_published(folder, file)))


def require(name_or_task: str, task: Optional[str] = None) -> InstalledModel:
    """Find an installed model, or the installed default model of a task. Every file is checked in full.

    Parameters
    ----------
    name_or_task : registered name, task, or the folder of a finished training run, which is not verified.
    task : the task that the model must have; None accepts any.

    Raises
    ------
    ModelNotFound
        It is not registered, or not installed.
    ModelMismatch
        It is for another task or of an architecture that this program does not know, or its files are not as published.
    """
    run = Path(name_or_task)
    is_run = (run / RUN).is_file()
    card = make_card(run, Release("unreleased", "0")) if is_run else find(name_or_task)
    if task not in (None, card.task):
        raise ModelMismatch(f"{card.name} is a model for {card.task}, not for {task}. See `python -m ocr models list`.")
    _ = card.kind                                           # raises ModelMismatch for an unknown architecture
    if is_run:
        return InstalledModel(card, run)
    folder = installed_folder(card)
    condition = verify(card, folder)
    if len(condition.missing) == len(card.files):
        raise ModelNotFound(f"{card.name} {card.version} is not installed in {folder}. "
                            f"Run: python -m ocr models fetch {card.name}")
    if not condition.good:
        raise ModelMismatch(f"{card.name} {card.version} in {folder} is not as published ({condition}). "
                            f"Run: python -m ocr models fetch {card.name}")
    return InstalledModel(card, folder)


def fetch(card: ModelCard, source: Optional[str] = None, policy: RetryPolicy = RetryPolicy(),
          show: bool = False) -> Tuple[str, ...]:
    """Install or repair a model in the cache; files that are as published, there or in the package, are not written again.

    Parameters
    ----------
    source : see `source_address`.
    show : whether to show progress bars on stderr.

    Returns
    -------
    tuple of str
        Names of the files that were downloaded; none where all were as published.

    Raises
    ------
    ChecksumMismatch, AccessDenied, RemoteMoved, DownloadError, OutputError
        See `ocr.models.download.download`.
    ModelMismatch
        This program does not know its architecture.
    """
    card.kind                                           # noqa: B018 - raises ModelMismatch, as above
    folder = folder_of(card)
    if verify(card).good:
        return ()
    address = source_address(source)
    with folder_lock(folder):
        condition = verify(card, folder)  # another process may have fetched it meanwhile
        needed = tuple(file for file in card.files if file.name in condition.missing + condition.differing)
        for file in needed:
            request = DownloadRequest(f"{address}/{quote(card.name)}/{quote(file.name)}", folder / file.name,
                                      file.size, file.sha256)
            if show:
                with progress_bar(f"{card.name}/{file.name}") as on_progress:
                    download(request, replace(policy, on_progress=on_progress))
            else:
                download(request, policy)
    return tuple(file.name for file in needed)


@dataclass(frozen=True)
class Removal:
    """The result of removing a model: the bytes freed, and the names of other files left in its folder."""

    freed: int
    left: Tuple[str, ...]


def remove(card: ModelCard) -> Optional[Removal]:
    """Remove the files of a model from the cache, and folders that become empty; other files stay.

    Returns
    -------
    The result; None where none of its files was installed.

    Raises
    ------
    OutputError
        A file cannot be removed.
    """
    folder = folder_of(card)
    own = [folder / (file.name + suffix) for file in card.files for suffix in ("", ".part")]
    if not any(map(os.path.isfile, own)):
        return None
    freed = 0
    with folder_lock(folder), clear_write_errors(folder):
        for path in filter(os.path.isfile, own):
            size = path.stat().st_size
            path.unlink()
            freed += size
    with clear_write_errors(folder):
        left = tuple(sorted(name for name in os.listdir(folder) if name != LOCK))
        if not left:
            (folder / LOCK).unlink(missing_ok=True)
            for empty in (folder, folder.parent, folder.parent.parent):
                if os.listdir(empty):
                    break
                empty.rmdir()
    return Removal(freed, left)


def _is_as_published(folder: Path, file: ModelFile) -> bool:
    path = folder / file.name
    try:
        return path.stat().st_size == file.size and digest(path) == file.sha256
    except OSError:  # an unreadable file counts as damaged
        return False
