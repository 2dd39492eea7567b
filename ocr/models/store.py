"""Where models lie on this machine: find them, fetch them, verify them.

    <cache>/models/<name>/<version>/network.onnx ...       <cache> is OCR_CACHE, or the user's cache folder
    <source>/<name>/network.onnx ...                       <source> is --source, OCR_MODELS_URL, or a clone's models/
"""
from __future__ import annotations

import os
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


@dataclass(frozen=True)
class InstalledModel:
    """A model whose files are on this machine, all of them as published."""

    card: ModelCard
    folder: Path


@dataclass(frozen=True)
class Condition:
    """How a model's folder compares with its card: names of files that are missing, and of files that differ."""

    missing: Tuple[str, ...]
    differing: Tuple[str, ...]

    @property
    def good(self) -> bool:
        """Tell whether every file is there and right."""
        return not (self.missing or self.differing)

    def __str__(self) -> str:
        found = [f"{'missing' if names is self.missing else 'damaged'}: {', '.join(names)}"
                 for names in (self.missing, self.differing) if names]
        return "; ".join(found) or "ok"


def cache_folder() -> Path:
    """Give the folder that downloads are kept in; OCR_CACHE overrides the user's cache folder."""
    chosen = os.environ.get("OCR_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("ocr-gluon")


def folder_of(card: ModelCard) -> Path:
    """Give the folder that a model is, or would be, installed in."""
    return cache_folder() / "models" / card.name / card.version


def source_address(source: Optional[str] = None) -> str:
    """Give the address that models are fetched from.

    Parameters
    ----------
    source : https:// or file:// address, or a folder; None takes OCR_MODELS_URL, else the clone's own models/.

    Raises
    ------
    DownloadError
        The address is not safe, or there is no source at all.
    """
    source = source or os.environ.get("OCR_MODELS_URL")
    if not source:
        if not (CLONE / "get_models.py").is_file():
            raise DownloadError("No source of models: this copy of the package lies outside a clone of the repository. "
                                "Set OCR_MODELS_URL to a mirror (https:// or a folder).")
        source = str(CLONE / "models")
    if "://" not in source:
        return Path(source).expanduser().resolve().as_uri()
    check_address(source)
    return source.rstrip("/")


def verify(card: ModelCard, folder: Optional[Path] = None) -> Condition:
    """Compare the size and sha256 of every file of a model with its card.

    Parameters
    ----------
    folder : where its files lie; None takes the cache.
    """
    folder = folder or folder_of(card)
    missing = tuple(file.name for file in card.files if not os.path.isfile(folder / file.name))
    return Condition(missing, tuple(file.name for file in card.files
                                    if file.name not in missing and not _is_right(folder, file)))


def require(name_or_task: str, task: Optional[str] = None) -> InstalledModel:
    """Find an installed model, or the installed default model of a task. Every file is checked in full.

    Parameters
    ----------
    name_or_task : registered name, task, or the folder of a finished training run, which is taken as it is.
    task : the task that the model must be for; None takes any.

    Raises
    ------
    ModelNotFound
        It is not registered, or not installed.
    ModelMismatch
        It is for another task or of an architecture that this program does not know, or its files are not those published.
    """
    run = Path(name_or_task)
    is_run = (run / RUN).is_file()
    card = make_card(run, Release("unreleased", "0")) if is_run else find(name_or_task)
    if task not in (None, card.task):
        raise ModelMismatch(f"{card.name} is a model for {card.task}, not for {task}. See `python get_models.py list`.")
    card.kind                                           # an architecture that is not known is an error from here on
    if is_run:
        return InstalledModel(card, run)
    folder, condition = folder_of(card), verify(card)
    if len(condition.missing) == len(card.files):
        raise ModelNotFound(f"{card.name} {card.version} is not installed in {folder}. "
                            f"Run: python get_models.py fetch {card.name}")
    if not condition.good:
        raise ModelMismatch(f"{card.name} {card.version} in {folder} is not as published ({condition}). "
                            f"Run: python get_models.py fetch {card.name}")
    return InstalledModel(card, folder)


def fetch(card: ModelCard, source: Optional[str] = None, policy: RetryPolicy = RetryPolicy(),
          show: bool = False) -> Tuple[str, ...]:
    """Install a model, or repair it; files that are there and right are not written again.

    Parameters
    ----------
    source : see `source_address`.
    show : whether to show progress bars on stderr.

    Returns
    -------
    tuple of str
        Names of the files that were downloaded; none where nothing was to do.

    Raises
    ------
    ChecksumMismatch, AccessDenied, RemoteMoved, DownloadError, OutputError
        See `ocr.models.download.download`.
    ModelMismatch
        This program does not know its architecture.
    """
    card.kind
    folder = folder_of(card)
    if verify(card).good:
        return ()
    address = source_address(source)
    with folder_lock(folder):
        condition = verify(card)  # another process may have fetched it meanwhile
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
    """What removing a model did: how many bytes it freed, and the names of files in its folder that are not the model's."""

    freed: int
    left: Tuple[str, ...]


def remove(card: ModelCard) -> Optional[Removal]:
    """Remove the files of a model from the cache, and the folders that are empty then; other files stay.

    Returns
    -------
    What it did; None where nothing of the model was there.

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


def _is_right(folder: Path, file: ModelFile) -> bool:
    path = folder / file.name
    try:
        return path.stat().st_size == file.size and digest(path) == file.sha256
    except OSError:  # what cannot be read is of no more use than what is damaged
        return False
