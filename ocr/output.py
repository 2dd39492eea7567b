"""Results on disk: files that are there whole or not at all, locks, and the list of the pages that failed."""
from __future__ import annotations

import errno
import json
import os
import sys
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Dict, Iterator

from ocr.errors import OcrError, OutputError

FAILURES = "failures.jsonl"


def make_folder(folder: Path) -> None:
    """Make a folder and those above it.

    Raises
    ------
    OutputError : it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made ({error.strerror}). Choose another output folder.") from error


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file under a temporary name in its folder, then give it its own.

    Raises
    ------
    OutputError : the disk is full or the folder cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            temporary.write_bytes(content)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror}). "
                          "Free some space or choose another folder, then start again: finished pages stay.") from error


def disk_is_full(error: BaseException) -> bool:
    """Tell whether this is the OutputError of a full disk, on which no other page can be written either."""
    return getattr(error.__cause__, "errno", None) in (errno.ENOSPC, errno.EDQUOT)


def lock(descriptor: int, wait: bool = True) -> None:
    """Lock an open file for this process; the system unlocks it when the file is closed, however the process ends.

    Parameters
    ----------
    descriptor : of the file, or, where the system can lock one, of a folder.
    wait : whether to wait while another process holds it.

    Raises
    ------
    OSError : another process holds it, or the file system has no locks.
    """
    try:
        import fcntl
    except ImportError:                                 # not a Unix
        _lock_first_byte(descriptor, wait)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


def _lock_first_byte(descriptor: int, wait: bool) -> None:
    """Lock as Windows does; waiting, it gives up after ten seconds."""
    try:
        import msvcrt
    except ImportError as error:
        raise OSError(errno.ENOSYS, "this system has no locks") from error
    os.lseek(descriptor, 0, os.SEEK_SET)
    msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)


class Failures:
    """The pages that failed, one JSON object a line; a page that works later on is taken off the list.

    Several processes may share the list.

    Parameters
    ----------
    folder : where failures.jsonl lies, or will lie.

    Raises
    ------
    OutputError : a list is there and cannot be read.
    """

    def __init__(self, folder: Path):
        self.path = folder / FAILURES
        self.count = 0
        self._known = set(self._read())

    def add(self, label: str, error: BaseException) -> None:
        """Write a page's failure down and say it on stderr."""
        reason = failure_reason(label, error)
        self.report(reason)
        self._known.add(label)
        with self._alone():
            self._write({**self._read(), label: {"page": label, "error": type(error).__name__, "reason": reason}})

    def report(self, reason: str) -> None:
        """Count a failure and say it on stderr, above the progress bar."""
        from tqdm import tqdm

        self.count += 1
        tqdm.write(f"failed: {reason}", file=sys.stderr)

    def clear(self, label: str) -> None:
        """Take a page off the list."""
        if label in self._known:
            self._known.remove(label)
            with self._alone():
                self._write({page: entry for page, entry in self._read().items() if page != label})

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the folder against other processes that write the list, where its file system can."""
        with ExitStack() as held:
            with suppress(OSError):                     # Windows does not open folders
                folder = os.open(self.path.parent, os.O_RDONLY)
                held.callback(os.close, folder)
                lock(folder)
            yield

    def _read(self) -> Dict[str, Dict[str, str]]:
        """Read the entries by page; lines that are no entries are dropped."""
        entries: Dict[str, Dict[str, str]] = {}
        try:
            lines = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return entries
        except OSError as error:
            raise OutputError(f"{self.path}: cannot be read ({error.strerror}). Remove it and start again.") from error
        for line in lines:
            with suppress(ValueError, KeyError, TypeError):
                entry = json.loads(line)
                entries[entry["page"]] = entry
        return entries

    def _write(self, entries: Dict[str, Dict[str, str]]) -> None:
        if entries:
            text = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries.values())
            write_atomically(self.path, text.encode("utf-8", "backslashreplace"))   # file names need not be Unicode
        else:
            self.path.unlink(missing_ok=True)


def failure_reason(label: str, error: BaseException) -> str:
    """Say in one line which page failed, and why."""
    message = " ".join(str(error).split())
    if isinstance(error, MemoryError):
        message = "there is not enough memory. Give a smaller picture, or end other programs."
    elif not isinstance(error, OcrError):
        message = f"{type(error).__name__}: {message}"
    return message if message.startswith(label) else f"{label}: {message}"
