"""Errors as clients see them: a code for programs, a message for people, nothing about this machine."""
from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass
from typing import Dict

from ocr.errors import ImageError, OcrError


@dataclass(frozen=True)
class Fault:
    """Why something failed.

    Parameters
    ----------
    code : for programs.
    message : what is wrong, the value found, what is accepted, what to do.
    """

    code: str
    message: str

    def as_dict(self) -> Dict[str, str]:
        """Return the error for JSON."""
        return {"code": self.code, "message": self.message}


def fault_of(error: Exception, path: str) -> Fault:
    """Describe why work on a file failed.

    Parameters
    ----------
    path : of the file, as error messages name it; it is left out, as is advice for the operator of the service.
    """
    if isinstance(error, ImageError):
        message, _, operator = str(error).replace(path, "the file", 1).partition(", or set ")
        return Fault("unreadable", message[:1].upper() + message[1:] + ("." if operator else ""))
    if isinstance(error, MemoryError):
        return Fault("too_large", "There is not enough memory for this page. Give a smaller image.")
    advice = "Whoever runs this service finds more in its log." if isinstance(error, OcrError) else "Try again."
    return Fault("internal", f"The work on it failed ({type(error).__name__}). {advice}")


def log_error(log: logging.Logger, error: Exception) -> None:
    """Log where an error was raised; its message, which may contain page content, is left out."""
    frames = traceback.extract_tb(error.__traceback__)
    places = "".join(f"\n  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)
    log.error("%s%s", type(error).__name__, places)
