"""Unpack .tgz archives that may be damaged or malicious: everything is examined before anything is written.

Names that lead out of the folder are detected by the standard library's own filter for data (PEP 706).
"""
from __future__ import annotations

import gzip
import os
import shutil
import sys
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Collection, Iterator, Tuple

from ocr.errors import DownloadError, OutputError
from ocr.models.download import CHUNK, clear_write_errors

MAX_BYTES = 16 << 30  # of one archive, unpacked


@dataclass(frozen=True)
class Contents:
    """Number of regular files in an archive, and their total size in bytes."""

    files: int
    bytes: int


def examine(archive: Path, folder: Path, max_bytes: int = MAX_BYTES) -> Contents:
    """Check a whole archive: its checksum, its names, its size. A damaged or unsafe one is deleted.

    Parameters
    ----------
    folder : where it is going to be unpacked.
    max_bytes : the largest size that it may unpack to.

    Raises
    ------
    DownloadError
        It is damaged, not a .tgz, larger than allowed, or holds links, devices or names that lead out of its folder; or
        this Python is too old to check that.
    """
    if not hasattr(tarfile, "data_filter"):
        raise DownloadError(f"{archive}: this Python, {sys.version.split()[0]}, cannot unpack archives safely. "
                            "Update it to 3.9.17, 3.10.12, 3.11.4, 3.12 or a later one, then run again.")
    files = total = 0
    try:
        for _, member in _members(archive, max_bytes):
            tarfile.data_filter(member, os.path.realpath(folder))
            if not (member.isreg() or member.isdir()):
                raise _Unsafe(f"{member.name!r} is neither a file nor a folder")
            files, total = files + member.isreg(), total + member.size
            if total > max_bytes:
                raise _Unsafe(f"it unpacks to more than {max_bytes:,} bytes")
    except (_Unsafe, tarfile.FilterError) as problem:
        archive.unlink()
        raise DownloadError(f"{archive}: unsafe, {problem}. It was removed and nothing was unpacked; "
                            "check the address that it came from.") from None
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error) as problem:
        archive.unlink()
        raise DownloadError(f"{archive}: damaged, or no .tgz ({problem}). It was removed; run again to download it again.") from None
    return Contents(files, total)


def unpack(archive: Path, folder: Path, dropped: Collection[str] = (), max_bytes: int = MAX_BYTES) -> Contents:
    """Examine an archive, then write its files into a folder, over those of an interrupted run.

    Parameters
    ----------
    dropped : names of a leading folder to leave out, so that `lines/a01/...` and `a01/...` end in the same place.

    Raises
    ------
    DownloadError
        See `examine`.
    OutputError
        The disk is full or the folder cannot be written.
    """
    contents = examine(archive, folder, max_bytes)
    with clear_write_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
        if free < contents.bytes:
            raise OutputError(f"{folder}: {archive.name} needs {contents.bytes:,} bytes and {free:,} are free on this disk.")
        for tar, member in _members(archive, max_bytes):
            tar.extract(member.replace(name=_without_leading(member.name, dropped), deep=False), folder, filter="data")
    return contents


class _Unsafe(Exception):
    """An archive holds something that no archive of images and texts does."""


def _members(archive: Path, max_bytes: int) -> Iterator[Tuple[tarfile.TarFile, tarfile.TarInfo]]:
    """Iterate over an archive once, to the very end of its bytes, where gzip keeps their checksum."""
    with gzip.open(archive) as stream:
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for member in tar:
                yield tar, member
        rest = 0
        for chunk in iter(lambda: stream.read(CHUNK), b""):
            rest += len(chunk)
            if rest > max_bytes:
                raise _Unsafe(f"it unpacks to more than {max_bytes:,} bytes")


def _without_leading(name: str, dropped: Collection[str]) -> str:
    """Remove a leading folder if it is one of those to drop; the folder itself becomes "."."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    return "/".join(parts[1:] if parts[:1] and parts[0] in dropped else parts) or "."
