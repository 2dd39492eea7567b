"""HTTP responses of the service: errors as JSON, and files that may be deleted while they are sent."""
from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Dict, Iterator, Mapping, Optional

from fastapi import HTTPException
from fastapi.responses import JSONResponse, Response, StreamingResponse

from ocr.faults import Fault

CHUNK = 2 ** 18                     # bytes sent at a time


def refuse(status: int, code: str, message: str, headers: Optional[Dict[str, str]] = None) -> HTTPException:
    """Make the exception that ends a request with an error response."""
    return HTTPException(status, Fault(code, message), headers)


def error_response(status: int, fault: Fault, headers: Optional[Mapping[str, str]] = None) -> JSONResponse:
    """Make the JSON response of an error."""
    return JSONResponse({"error": fault.as_dict()}, status, headers)


def send_file(path: Path, media_type: str, name: str = "") -> Response:
    """Send a file; once opened it is sent completely, even if its job is deleted meanwhile.

    Parameters
    ----------
    name : file name of the download, in ASCII; without one it is shown inline.

    Raises
    ------
    FileNotFoundError : it does not exist, or no longer.
    """
    file = path.open("rb")
    size = file.seek(0, 2)
    file.seek(0)
    headers = {"Content-Length": str(size)}
    if name:
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return StreamingResponse(_chunks(file), 200, headers, media_type)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while True:
            chunk = file.read(CHUNK)
            if not chunk:
                return
            yield chunk
