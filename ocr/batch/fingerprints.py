"""What an input was when it was read, so that a later run can tell whether it is another one now."""
from __future__ import annotations

import os
import stat
from functools import lru_cache
from pathlib import Path
from typing import List, Union

from ocr.models.download import digest

Fingerprint = List[Union[int, str]]
"""Size, time of the last change in nanoseconds, sha256; as in JSON."""

_NEVER: Fingerprint = [-1, 0, ""]               # of what is no file: it is always read again


def fingerprint(path: Path) -> Fingerprint:
    """Return size, time of the last change and digest of a file; taken before it is read, it tells when it changed later."""
    try:
        state = os.stat(path)
        return [state.st_size, state.st_mtime_ns, _digest(path, state)] if stat.S_ISREG(state.st_mode) else _NEVER
    except OSError:                                             # reading it will say what is wrong
        return _NEVER


def is_unchanged(path: Path, known: Fingerprint) -> bool:
    """Return whether a file is what it was: by its size and time or, where it was only touched or copied, by its content."""
    try:
        state = os.stat(path)
        size, changed, sha256 = known
        return state.st_size == size and (state.st_mtime_ns == changed or _digest(path, state) == sha256)
    except OSError:
        return False


def _digest(path: Path, state: os.stat_result) -> str:
    return _known_digest(str(path), state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=256)                                         # the pages of a file share its digest
def _known_digest(path: str, size: int, changed: int) -> str:
    return digest(Path(path))
