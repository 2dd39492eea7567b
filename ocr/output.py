"""Results on disk: files written atomically, leftovers of killed runs, locks, and what is said of a page that failed."""
from __future__ import annotations

import errno
import os
import re
import secrets
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Callable, Iterator, Optional, Union

from ocr.errors import OcrError, OutputError

START_AGAIN = "Free some space or choose another folder, then start again: finished pages stay."
_LEFTOVER = re.compile(r"\.[0-9a-f]{16}\.part|\.failures\.jsonl\.lock")         # the latter of earlier versions


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
    try:
        with _temporary(path.parent) as temporary:
            with open(temporary, "wb") as stream:
                content(stream) if callable(content) else stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(temporary, path)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror or error}). {hint}") from error


def sweep(folder: Path) -> None:
    """Remove the temporary files and locks that killed processes left in a folder; those of live ones are locked, and stay."""
    for name in os.listdir(folder):
        if _LEFTOVER.fullmatch(name):
            with suppress(OSError):
                descriptor = os.open(folder / name, os.O_RDWR)
                try:
                    if _lock(descriptor):
                        os.unlink(folder / name)
                finally:
                    os.close(descriptor)


@contextmanager
def _temporary(folder: Path) -> Iterator[Path]:
    """Make a file that `sweep` leaves alone, and remove it at the end if it still has this name."""
    descriptor = -1
    while descriptor < 0:
        path = folder / f".{secrets.token_hex(8)}.part"             # short: file systems take names of 255 bytes
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)
        if _lock(descriptor) is False or not os.fstat(descriptor).st_nlink:
            os.close(descriptor)                                    # swept before it was locked
            descriptor = -1
    try:
        if os.name == "nt":                                         # an open file cannot be renamed there
            os.close(descriptor)
        yield path
    finally:
        with suppress(OSError):                                     # the first error is the one to report
            path.unlink()
        if os.name != "nt":
            os.close(descriptor)


def _lock(descriptor: int) -> Optional[bool]:
    """Lock an open file for this process, if no other holds it; None where the system or the file system has no locks."""
    try:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except (ImportError, OSError):
        return None
    return True


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

    lock = FileLock(str(path), thread_local=False)                   # another thread may be the one that releases it
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


def failure_reason(label: str, error: BaseException) -> str:
    """Describe in one line which page failed, and why."""
    message = " ".join(str(error).split())
    if isinstance(error, MemoryError):
        message = "there is not enough memory. Give a smaller image, or end other programs."
    elif not isinstance(error, OcrError):
        message = f"{type(error).__name__}: {message}"
    return message if message.startswith(label) else f"{label}: {message}"
