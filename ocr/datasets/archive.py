"""Unpack .tgz archives that may be damaged or made to harm: all is examined before anything is written."""
from __future__ import annotations

import gzip
import shutil
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Collection, Iterator, Tuple

from ocr.errors import DownloadError, OutputError
from ocr.models.download import CHUNK, clear_write_errors

MOST_BYTES = 16 << 30  # unpacked, of one archive


@dataclass(frozen=True)
class Contents:
    """How many regular files an archive holds, and their bytes together."""

    files: int
    bytes: int


def examine(archive: Path, most_bytes: int = MOST_BYTES) -> Contents:
    """Read an archive through: its checksum, its names, its size. A damaged or unsafe one is thrown away.

    Parameters
    ----------
    most_bytes : what it may unpack to.

    Raises
    ------
    DownloadError
        It is damaged, not a .tgz, larger than allowed, or holds links, devices or names that lead out of its folder.
    """
    files = total = 0
    try:
        for _, member in _members(archive, most_bytes):
            _inside(member.name)
            if not (member.isreg() or member.isdir()):
                raise _Unsafe(f"{member.name!r} is neither a file nor a folder")
            files, total = files + member.isreg(), total + member.size
            if total > most_bytes:
                raise _Unsafe(f"it unpacks to more than {most_bytes:,} bytes")
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error) as problem:
        archive.unlink()
        raise DownloadError(f"{archive}: damaged, or no .tgz ({problem}). It was removed; run again to bring it anew.") from None
    except _Unsafe as problem:
        archive.unlink()
        raise DownloadError(f"{archive}: unsafe, {problem}. It was removed and nothing was unpacked; "
                            "check the address that it came from.") from None
    return Contents(files, total)


def unpack(archive: Path, folder: Path, dropped: Collection[str] = (), most_bytes: int = MOST_BYTES) -> Contents:
    """Examine an archive, then write its files into a folder, over those of an unpacking that was broken off.

    Parameters
    ----------
    dropped : names of a leading folder to leave away, so that `lines/a01/...` and `a01/...` end in the same place.

    Raises
    ------
    DownloadError
        See `examine`.
    OutputError
        The disk is full or the folder cannot be written.
    """
    contents = examine(archive, most_bytes)
    with clear_write_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
        if free < contents.bytes:
            raise OutputError(f"{folder}: {archive.name} needs {contents.bytes:,} bytes and {free:,} are free on this disk.")
        for tar, member in _members(archive, most_bytes):
            parts = _inside(member.name)
            target = folder.joinpath(*(parts[1:] if parts[:1] and parts[0] in dropped else parts))
            if member.isdir():
                target.mkdir(parents=True, exist_ok=True)
            elif member.isreg():
                target.parent.mkdir(parents=True, exist_ok=True)
                with tar.extractfile(member) as source, open(target, "wb") as file:
                    shutil.copyfileobj(source, file, CHUNK)
    return contents


class _Unsafe(Exception):
    """An archive holds what no archive of pictures and texts does."""


def _members(archive: Path, most_bytes: int) -> Iterator[Tuple[tarfile.TarFile, tarfile.TarInfo]]:
    """Go through an archive once, to the very end of its bytes, where gzip keeps their checksum."""
    with gzip.open(archive) as stream:
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for member in tar:
                yield tar, member
        rest = 0
        for chunk in iter(lambda: stream.read(CHUNK), b""):
            rest += len(chunk)
            if rest > most_bytes:
                raise _Unsafe(f"it unpacks to more than {most_bytes:,} bytes")


def _inside(name: str) -> Tuple[str, ...]:
    """Split a member's name into folders and file, or refuse it."""
    parts = PurePosixPath(name).parts
    if name.startswith("/") or "\\" in name or ":" in name or "\0" in name or ".." in parts:
        raise _Unsafe(f"the name {name!r} leads out of its folder")
    return parts
