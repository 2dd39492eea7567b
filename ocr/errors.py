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

import io
import os
import sys
from typing import Callable


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


def exit_code(program: Callable[[], int]) -> int:
    """Run a program and return its exit code.

    An error that this project or the file system reports becomes its message on stderr and 1, Ctrl-C becomes 130.
    Where stdout was closed (`| head`), nothing is reported, as in other programs.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")                       # letters that the terminal lacks
    try:
        code = program()
        sys.stdout.flush()                                                      # otherwise a closed pipe is noticed too late
        return code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())          # what is still buffered is discarded
        return 1
    except (OcrError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; what is finished stays, the same command resumes from there", file=sys.stderr)
        return 130
