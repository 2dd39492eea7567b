"""Results on disk: files written atomically, locks, and the list of the pages that failed."""
from __future__ import annotations

import errno
import json
import os
import secrets
import sys
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Callable, Dict, Iterator, Union

from ocr.errors import OcrError, OutputError

FAILURES = "failures.jsonl"
START_AGAIN = "Free some space or choose another folder, then start again: finished pages stay."


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


def write_atomically(path: Path, content: Union[bytes, Callable[[BinaryIO], object]], hint: str = START_AGAIN) -> None:
    """Write a file under a temporary name in its folder, and rename it once its bytes are on the disk.

    Parameters
    ----------
    content : the bytes, or a function that writes them to a binary stream.
    hint : what to do where this fails, as the end of the error's message.

    Raises
    ------
    OutputError : the disk is full or the folder cannot be written. A file that was there before stays as it was.
    """
    temporary = path.parent / f".{secrets.token_hex(8)}.part"        # short: file systems take names of 255 bytes
    try:
        try:
            with open(temporary, "xb") as stream:
                content(stream) if callable(content) else stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):                                  # the first error is the one to report
                temporary.unlink()
            raise
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror or error}). {hint}") from error


@contextmanager
def locked(path: Path, wait: bool = True) -> Iterator[None]:
    """Hold a lock file against other processes; the system releases the lock when the process ends, however it ends.

    The file itself stays: removing it while others wait for it would let two of them in.

    Parameters
    ----------
    wait : whether to wait for another process that holds the lock.

    Raises
    ------
    BlockingIOError : another process holds it, and `wait` is false.
    OSError : the file cannot be made.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(str(path))
    try:
        lock.acquire(timeout=-1 if wait else 0)
    except Timeout:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN), str(path)) from None
    try:
        yield
    finally:
        lock.release()


def disk_is_full(error: BaseException) -> bool:
    """Return whether this is the OutputError of a full disk, to which no other page can be written either."""
    return getattr(error.__cause__, "errno", None) in (errno.ENOSPC, errno.EDQUOT)


def warn(message: str) -> None:
    """Print a message on stderr, above the progress bar."""
    from tqdm import tqdm

    tqdm.write(message, file=sys.stderr)


class Failures:
    """The pages that failed, one JSON object per line; a page that succeeds later is removed from the list.

    Several processes may share the list.

    Parameters
    ----------
    folder : where failures.jsonl is, or will be.

    Raises
    ------
    OutputError : the list exists and cannot be read.
    """

    def __init__(self, folder: Path):
        self.path = folder / FAILURES
        self.count = 0
        self._known = set(self._read())

    def add(self, label: str, error: BaseException) -> None:
        """Record a page's failure and report it on stderr."""
        reason = failure_reason(label, error)
        self.report(reason)
        self._known.add(label)
        with self._locked():
            self._write({**self._read(), label: {"page": label, "error": type(error).__name__, "reason": reason}})

    def report(self, reason: str) -> None:
        """Count a failure and report it on stderr."""
        self.count += 1
        warn(f"failed: {reason}")

    def clear(self, label: str) -> None:
        """Remove a page from the list."""
        if label in self._known:
            self._known.remove(label)
            with self._locked():
                self._write({page: entry for page, entry in self._read().items() if page != label})

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Lock the list against other processes that write it, where its file system has locks."""
        with ExitStack() as stack:
            with suppress(OSError, NotImplementedError):
                stack.enter_context(locked(self.path.with_name(f".{FAILURES}.lock")))
            yield

    def _read(self) -> Dict[str, Dict[str, str]]:
        """Read the entries by page; lines that are not entries are dropped."""
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
    """Describe in one line which page failed, and why."""
    message = " ".join(str(error).split())
    if isinstance(error, MemoryError):
        message = "there is not enough memory. Give a smaller image, or end other programs."
    elif not isinstance(error, OcrError):
        message = f"{type(error).__name__}: {message}"
    return message if message.startswith(label) else f"{label}: {message}"
