"""The exceptions of the project, all in one tree.

OcrError
├── InputError               a file or argument given by the user cannot be used
│   ├── ImageError           the image is empty, truncated, not an image, or over the pixel limit
│   ├── PageFormatError      the XML is broken, unsafe, or not PAGE, ALTO or what was asked for
│   ├── DatasetError         a data set folder, split or transcript is missing or malformed
│   └── AlphabetError        text holds characters that the alphabet does not
├── ModelError               a network cannot be used
│   ├── ModelNotFound        it is not registered, or not installed
│   ├── ModelMismatch        its files are of another version, task or alphabet than asked for
│   └── UnsupportedOperator  its graph holds an operator that the chosen engine does not know
├── EngineUnavailable        the package that the chosen engine needs is not installed
├── DownloadError            a remote file could not be downloaded
│   ├── ChecksumMismatch     the bytes received are not those that were published
│   ├── AccessDenied         the server refused the user and password
│   └── RemoteMoved          the URL answers, but not with the file
├── OutputError              a result could not be written (disk full, no permission)
└── TrainingError            training cannot start or continue (loss not finite, checkpoint of another run)

A message says what is wrong, the value found, what is accepted, and what to do.
"""
from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress
from typing import Callable, Sized


class OcrError(Exception):
    """Any failure that this project reports on purpose."""


class InputError(OcrError):
    """Something the user gave cannot be used."""


class ImageError(InputError):
    """An image is empty, truncated, not an image, or over the pixel limit."""


class PageFormatError(InputError):
    """A document is broken, unsafe, or not of the expected format."""


class DatasetError(InputError):
    """A data set folder, split or transcript is missing or malformed."""


class AlphabetError(InputError):
    """Text holds characters that the alphabet does not."""


class ModelError(OcrError):
    """A network cannot be used."""


class ModelNotFound(ModelError):
    """A model is not registered, or not installed."""


class ModelMismatch(ModelError):
    """A model's files are of another version, task or alphabet than asked for."""


class UnsupportedOperator(ModelError):
    """A graph holds an operator that the chosen engine does not know."""


class EngineUnavailable(OcrError):
    """The package that the chosen engine needs is not installed."""


class DownloadError(OcrError):
    """A remote file could not be downloaded."""


class ChecksumMismatch(DownloadError):
    """The bytes received are not those that were published."""


class AccessDenied(DownloadError):
    """The server refused the user and password."""


class RemoteMoved(DownloadError):
    """The URL answers, but not with the file."""


class OutputError(OcrError):
    """A result could not be written."""


class TrainingError(OcrError):
    """Training cannot start or continue."""


def report(message: str) -> None:
    """Print a line on stderr, above a progress bar where there is one; a stderr that is closed or full changes nothing."""
    from tqdm import tqdm

    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            tqdm.write(message, file=sys.stderr)


def exit_code(program: Callable[[], int]) -> int:
    """Run a program and return its exit code.

    An error that this project or the file system reports becomes its message on stderr and 1, Ctrl-C becomes 130.
    Where stdout was closed (`| head`), nothing is reported, as in other programs.
    """
    _open_closed_streams()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")                       # letters that the terminal lacks
    code = 1
    try:
        code = program()
    except BrokenPipeError:
        pass
    except (OcrError, OSError) as error:
        report(f"error: {error}")
    except KeyboardInterrupt:
        report("interrupted")
        code = 130
    return code if flush_stdout() else code or 1


class _ClosedStdout(io.TextIOBase):
    """Stands in for the stdout of a process that was started without one: what is written there is an error at the end."""

    encoding = "utf-8"
    _written = False

    @property
    def buffer(self) -> _ClosedStdout:
        return self

    def write(self, text: Sized) -> int:            # type: ignore[override] # bytes, too
        self._written = True
        return len(text)

    def flush(self) -> None:
        if self._written:
            self._written = False
            raise OSError(errno.EBADF, "it is closed")


def _open_closed_streams() -> None:
    """Open what the process was started without, so that no file gets its number and is written to in its place."""
    number = 0
    while number <= 2:
        number = os.open(os.devnull, os.O_RDWR)
    os.close(number)
    if sys.stdout is None:
        sys.stdout = _ClosedStdout()
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")                     # noqa: SIM115 - for the rest of the process


def flush_stdout(data: bytes = b"") -> bool:
    """Write data to stdout at once, with what was printed before, and return whether all of it could be written.

    If not, this is reported, and the rest is discarded: Python would try again at its end.
    """
    try:
        if data and hasattr(sys.stdout, "buffer"):
            sys.stdout.buffer.write(data)
        elif data:
            sys.stdout.write(data.decode("utf-8", "backslashreplace"))               # a notebook, or text that is collected
        sys.stdout.flush()
        return True
    except OSError as error:
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            report(f"error: stdout cannot be written ({error.strerror}).")
        return False
