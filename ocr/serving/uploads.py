"""Receive uploads: multipart/form-data, streamed to a file, up to the limit."""
from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, AsyncIterator, BinaryIO, List, Optional, Tuple

from fastapi import HTTPException, Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from ocr.images.kinds import ACCEPTED, SNIFFED, suffix_of, unreadable_kind
from ocr.serving.responses import refuse
from ocr.serving.settings import Settings

FIELDS = ("decoder", "language", "language_model", "format", "whole", "keep_doubtful")
FORM_OVERHEAD = 64 * 2 ** 10               # bytes that a form may have besides its file
MULTI_PAGE = (".pdf", ".tif")
"""Suffixes of the file types that can hold several pages."""


@dataclass(frozen=True)
class Upload:
    """A file and the other fields of a form.

    Parameters
    ----------
    suffix : by the file's content; its name is not used.
    size : of the file, in bytes.
    fields : the form's other fields, (name, value), in their order.
    """

    suffix: str
    size: int
    fields: Tuple[Tuple[str, str], ...]

    def values(self, name: str) -> Tuple[str, ...]:
        """Return all values of a field, without empty ones and duplicates."""
        return tuple(dict.fromkeys(value for key, value in self.fields if key == name and value))


def detect_suffix(start: bytes) -> str:
    """Detect a file's type by its first bytes.

    Raises
    ------
    HTTPException : 422 where it is empty, 415 where it is neither image nor PDF.
    """
    if not start:
        raise refuse(422, "empty", "The file is empty. Choose it again.")
    suffix = suffix_of(start)
    if suffix is None:
        raise refuse(415, "unsupported_type", f"The file is {unreadable_kind(start)}. "
                                              f"Accepted are {ACCEPTED}; convert it, and send it again.")
    return suffix


class _Form:
    """The callbacks of the parser: the file is written to disk, other fields are kept in memory."""

    def __init__(self, path: Path, max_bytes: int):
        self._path, self._max_bytes = path, max_bytes
        self._file: Optional[BinaryIO] = None
        self._header: List[bytearray] = [bytearray(), bytearray()]
        self._disposition = b""
        self._name = ""
        self._value = bytearray()
        self.fields: List[Tuple[str, str]] = []
        self.start, self.size, self.seen, self.ended = b"", 0, False, False

    def callbacks(self) -> Any:
        return {"on_part_begin": self._begin, "on_header_field": self._field, "on_header_value": self._text,
                "on_header_end": self._header_end, "on_headers_finished": self._headers, "on_part_data": self._data,
                "on_part_end": self._end, "on_end": self._all}

    def close(self) -> None:
        if self._file:
            self._file.close()

    def _begin(self) -> None:
        self._disposition, self._name, self._value = b"", "", bytearray()
        self._header = [bytearray(), bytearray()]

    def _field(self, data: bytes, start: int, end: int) -> None:
        self._header[0] += data[start:end]

    def _text(self, data: bytes, start: int, end: int) -> None:
        self._header[1] += data[start:end]

    def _header_end(self) -> None:
        if bytes(self._header[0]).lower() == b"content-disposition":
            self._disposition = bytes(self._header[1])
        self._header = [bytearray(), bytearray()]

    def _headers(self) -> None:
        options = parse_options_header(self._disposition)[1]
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        if self._name == "file":
            if self.seen:
                raise refuse(422, "two_files", "The form has two fields `file`. Send each file with a request of its own.")
            self.seen, self._file = True, self._path.open("xb")
        elif self._name not in FIELDS:
            raise refuse(422, "unknown_field", f"The form has a field {ascii(self._name[:40])}. "
                                               f"Known are file, {', '.join(FIELDS)}; leave the others out.")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._name != "file":
            self._value += data[start:end]
            return
        self.size += end - start
        if self.size > self._max_bytes:
            raise too_large(self._max_bytes)
        if len(self.start) < SNIFFED:
            self.start += data[start:min(end, start + SNIFFED - len(self.start))]
        if self._file is not None:
            self._file.write(data[start:end])

    def _end(self) -> None:
        if self._name != "file":
            self.fields.append((self._name, self._value.decode("utf-8", "replace")))

    def _all(self) -> None:
        self.ended = True


def too_large(limit: int, size: Optional[int] = None) -> HTTPException:
    """Make the error for an upload with too many bytes."""
    found = f"{size:,} bytes" if size else "too many bytes"
    return refuse(413, "too_large", f"The upload has {found}; {limit:,} are accepted. "
                                    "Send a smaller image, or the document in parts.")


async def receive(request: Request, path: Path, settings: Settings) -> Upload:
    """Read a form and write its file.

    Parameters
    ----------
    path : of the file, without a suffix; it gets one by its content.

    Raises
    ------
    HTTPException : 400 where the form is broken or cut off, 408 where it is too slow, 413 where it is too large,
        415 or 422 where it is not accepted.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise refuse(415, "not_a_form", "Send the file as field `file` of a form, type multipart/form-data with a "
                                        f"boundary; the type was {ascii(kind.decode('latin-1')[:60])}.")
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > settings.max_bytes + FORM_OVERHEAD:
        raise too_large(settings.max_bytes, int(length))
    form = _Form(path, settings.max_bytes)
    try:
        await _parse(request, form, options[b"boundary"], settings)
    finally:
        form.close()
    if not form.ended:
        raise refuse(400, "cut_off", f"The upload was cut off after {form.size:,} bytes of the file. Send it again.")
    if not form.seen:
        raise refuse(422, "no_file", "The form has no field `file`. Send one image or PDF in it.")
    suffix = detect_suffix(form.start)
    os.replace(path, path.with_suffix(suffix))
    return Upload(suffix, form.size, tuple(form.fields))


async def chunks_of(request: Request, settings: Settings) -> AsyncIterator[bytes]:
    """Yield a request's body as it arrives, while it is fast enough.

    Raises
    ------
    HTTPException : 400 where the client has disconnected, 408 where it pauses or takes too long.
    """
    loop = asyncio.get_running_loop()
    until, stream = loop.time() + settings.upload_seconds, request.stream()
    while True:
        try:
            yield await asyncio.wait_for(stream.__anext__(), min(settings.pause_seconds, until - loop.time()))
        except StopAsyncIteration:
            return
        except asyncio.TimeoutError:
            raise refuse(408, "too_slow", f"It paused for {settings.pause_seconds:g} s or took longer than "
                                          f"{settings.upload_seconds:g} s. Send it again on a faster line.") from None
        except ClientDisconnect:
            raise refuse(400, "cut_off", "It was cut off. Send it again.") from None


async def _parse(request: Request, form: _Form, boundary: bytes, settings: Settings) -> None:
    """Feed the parser with what arrives, up to the limit."""
    total = 0
    try:
        parser = MultipartParser(boundary, form.callbacks())
        async for chunk in chunks_of(request, settings):
            total += len(chunk)
            if not form.ended:
                parser.write(chunk)
            if total - form.size > FORM_OVERHEAD:
                raise refuse(413, "too_large", f"The form has more than {FORM_OVERHEAD:,} bytes besides its file. "
                                               f"Send the file and {', '.join(FIELDS)} only.")
    except FormParserError as error:
        raise refuse(400, "broken_form", f"The form is broken ({ascii(str(error))[1:100]}). Send it again.") from error
