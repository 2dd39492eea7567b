"""Download one file over https, or from a folder: resumed, retried, verified, and only then renamed to its final name.

Python's own urllib makes the requests: it keeps the bytes as they were sent (a .tgz labelled `Content-Encoding: gzip`
stays a .tgz), and its handlers are the natural place for the rules on redirects, cookies and passwords.
"""
from __future__ import annotations

import errno
import hashlib
import http.client
import io
import os
import random
import re
import ssl
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Iterator, Optional, Tuple
from urllib.error import HTTPError
from urllib.parse import urljoin, urlsplit
from urllib.request import OpenerDirector, Request, url2pathname

from ocr.errors import AccessDenied, ChecksumMismatch, DownloadError, OutputError, RemoteMoved
from ocr.output import locked
from ocr.models.address import check_address, make_opener, without_query

CHUNK = 1 << 18  # bytes
LOCK = ".lock"
MAX_PAUSE = 30.0  # seconds
MIN_RATE = 1000.0  # bytes a second
RETRY = "Nothing was installed. Retry, or point OCR_MODELS_URL at another mirror."
TRANSIENT_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})  # HTTP statuses of errors that may pass


@dataclass(frozen=True)
class DownloadRequest:
    """One file to download: its source, its target, and its expected size and digest.

    Parameters
    ----------
    url : https:// or file://; http:// for this machine only.
    target : its final path; the content is in `<target>.part` until it is verified.
    size, sha256 : its published length in bytes and digest in hexadecimal; None where they are not known beforehand.
    """

    url: str
    target: Path
    size: Optional[int] = None
    sha256: Optional[str] = None

    @property
    def part(self) -> Path:
        """The file with the bytes received so far."""
        return self.target.with_name(self.target.name + ".part")


@dataclass(frozen=True)
class UnexpectedResponse:
    """What a server sent in place of the file: an error status, a redirect, or a web page (its first 64 kB)."""

    url: str
    status: int
    location: str = ""
    page: str = ""


def explain(response: UnexpectedResponse) -> DownloadError:
    """Make the error that reports a response that is not the file."""
    if response.status in (401, 403):
        return AccessDenied(f"{response.url}\n  the server refuses access (HTTP {response.status}). Try another mirror.")
    if response.page:
        return RemoteMoved(f"{response.url}\n  a web page came in place of the file. Check the address of the mirror.")
    if response.status in (404, 410) or response.location:
        return RemoteMoved(f"{response.url}\n  the file is not there (HTTP {response.status}). Check the address of the mirror.")
    return DownloadError(f"{response.url}\n  the server answers HTTP {response.status}.")


@dataclass(frozen=True)
class RetryPolicy:
    """How requests are made and retried.

    Parameters
    ----------
    opener : the urllib opener to use; None builds one that follows safe redirects.
    attempts : consecutive failures without a new byte before giving up.
    timeout : seconds without a byte, or with less than MIN_RATE, after which a connection counts as dropped.
    sleep, clock, rng : how to wait between attempts, to tell the time, and the random numbers that jitter the waits.
    on_progress : called with the bytes received and the total, None where that is not known.
    explain : makes the error for a response that is not the file.
    """

    opener: Optional[OpenerDirector] = None
    attempts: int = 6
    timeout: float = 30.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    rng: random.Random = field(default_factory=random.Random)
    on_progress: Callable[[int, Optional[int]], None] = lambda present, total: None
    explain: Callable[[UnexpectedResponse], DownloadError] = explain

    def pause(self, failures: int) -> None:
        """Wait about 1, 2, 4, ... seconds before the next attempt, at most half a minute."""
        self.sleep(min(2.0 ** (failures - 1), MAX_PAUSE) * (0.5 + self.rng.random() / 2))


def download(request: DownloadRequest, policy: RetryPolicy = RetryPolicy()) -> None:
    """Download a file, resuming an earlier attempt, and rename it to its target once its digest is verified.

    Raises
    ------
    ChecksumMismatch
        The file is not the published one; it is deleted.
    AccessDenied, RemoteMoved, DownloadError
        The server does not send the file; what was received is kept for the next call.
    OutputError
        The disk is full or the folder cannot be written.
    """
    check_address(request.url)
    with clear_write_errors(request.target):
        request.target.parent.mkdir(parents=True, exist_ok=True)
    leftover = request.part.exists()
    _receive_all(request, policy)
    try:
        _check(request)
    except ChecksumMismatch:
        if not leftover:
            raise
        download(request, policy)  # the leftover was of another version: start from the first byte
        return
    with clear_write_errors(request.target):
        os.replace(request.part, request.target)


def digest(path: Path) -> str:
    """Compute the sha256 of a file, in hexadecimal."""
    result = hashlib.sha256()
    with open(path, "rb") as file:
        for chunk in iter(lambda: file.read(CHUNK), b""):
            result.update(chunk)
    return result.hexdigest()


@contextmanager
def clear_write_errors(path: Path) -> Iterator[None]:
    """Turn an OSError while a file is written into an OutputError of one line."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise OutputError(f"{path}: the disk is full. Free some space and run again; finished work is kept.") from None
        raise OutputError(f"{path}: cannot be written ({error.strerror or error}). Choose a folder that can be, "
                          "for models with OCR_CACHE.") from None


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Create a folder and lock it against other processes; waits for one that holds the lock."""
    with ExitStack() as stack:
        with clear_write_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(locked(folder / LOCK))
        yield


@contextmanager
def progress_bar(name: str) -> Iterator[Callable[[int, Optional[int]], None]]:
    """Show a progress bar on stderr, where that is a terminal; yields a callback for `RetryPolicy.on_progress`."""
    from tqdm import tqdm

    with tqdm(desc=name, unit="B", unit_scale=True, unit_divisor=1024, disable=None, leave=False) as bar:
        def show(present: int, total: Optional[int]) -> None:
            bar.total = total
            bar.update(present - bar.n)

        yield show


class _Interrupted(Exception):
    """The connection failed, but another attempt may succeed."""


class _TooSlow(_Interrupted):
    """The connection is as good as none."""


@dataclass(frozen=True)
class _Stream:
    """Content of the file from byte `start` on; `total` is the size of the whole file, where the server gives it."""

    body: io.BufferedIOBase
    start: int
    total: Optional[int]


def _receive_all(request: DownloadRequest, policy: RetryPolicy) -> None:
    """Receive until the part file is complete; only consecutive failures without a new byte are counted."""
    failures, largest = 0, _length(request.part)
    while True:
        try:
            return _receive(request, policy)
        except _Interrupted as problem:
            present = _length(request.part)
            failures = 1 if present > largest and not isinstance(problem, _TooSlow) else failures + 1
            largest = max(largest, present)
            if failures >= policy.attempts:
                raise DownloadError(
                    f"{request.url}\n  {problem}; {failures} attempts in a row received nothing, or too little.\n"
                    f"{present} bytes are kept; run again to resume from there.") from None
            policy.pause(failures)


def _receive(request: DownloadRequest, policy: RetryPolicy) -> None:
    """Append the missing bytes to the part file."""
    present = _length(request.part)
    if request.size is not None and present == request.size:
        return
    if request.size is not None and present > request.size:
        present = 0
    stream = _open(request.url, present, policy)
    position = stream.start
    total = stream.total if request.size is None else request.size
    if stream.total not in (None, total):
        stream.body.close()
        raise ChecksumMismatch(f"{request.url}\n  expected {total} bytes\n  the file there has {stream.total} bytes\n{RETRY}")
    with stream.body, clear_write_errors(request.part), open(request.part, "ab" if position else "wb") as file:
        since, before = policy.clock(), position
        while request.size is None or position <= request.size:  # a longer response is wrong: the rest need not be read
            chunk = _read(stream.body)
            if not chunk:
                break
            file.write(chunk)
            position += len(chunk)
            policy.on_progress(position, total)
            now = policy.clock()
            if now - since >= policy.timeout:
                if position - before < MIN_RATE * (now - since):
                    raise _TooSlow(f"only {position - before} bytes came in {now - since:.0f} seconds")
                since, before = now, position
        file.flush()
        os.fsync(file.fileno())
    if total is not None and position < total:
        raise _Interrupted(f"the connection dropped after {position} of {total} bytes")


def _open(url: str, start: int, policy: RetryPolicy) -> _Stream:
    """Request a file from byte `start` on; the stream starts at 0 where the server does not support ranges."""
    if urlsplit(url).scheme == "file":
        return _open_local(url, start)
    http_request = Request(url, headers={"User-Agent": "ocr-gluon", **({"Range": f"bytes={start}-"} if start else {})})
    try:
        response = (policy.opener or make_opener(url)).open(http_request, timeout=policy.timeout)
    except HTTPError as status:
        with status:
            return _open_failed(url, start, policy, status)
    except ValueError as problem:
        raise DownloadError(f"{url}\n  {problem}") from None
    except (OSError, http.client.HTTPException) as problem:
        reason = getattr(problem, "reason", problem)
        if isinstance(reason, ssl.SSLCertVerificationError):
            raise DownloadError(f"{url}\n  its certificate is not valid: {reason.verify_message}.") from None
        raise _Interrupted(f"no connection ({reason or type(problem).__name__})") from None
    if response.headers.get_content_type() == "text/html":
        with response:
            page = _read(response, 1 << 16).decode("utf-8", "replace")
        raise policy.explain(UnexpectedResponse(without_query(url), response.status, page=page or " "))
    if response.status == 206:
        first, total = _content_range(response.headers.get("Content-Range"))
        if first == start:
            return _Stream(response, start, total)
        response.close()
        if not start:
            raise DownloadError(f"{url}\n  the server sends a part of the file where all of it was requested.")
        return _open(url, 0, policy)
    length = response.headers.get("Content-Length")
    if length and not (length.isascii() and length.isdigit()):
        response.close()
        raise DownloadError(f"{url}\n  the server says that the file has {length!r} bytes, which is no number. Try another mirror.")
    return _Stream(response, 0, int(length) if length else None)


def _open_failed(url: str, start: int, policy: RetryPolicy, status: HTTPError) -> _Stream:
    """Return a stream, or raise an error, for an HTTP status that is not a success."""
    if status.code == 416 and start:  # nothing from `start` on: the part is complete, or of another file
        _, total = _content_range(status.headers.get("Content-Range"))
        return _Stream(io.BytesIO(), start, total) if total == start else _open(url, 0, policy)
    if status.code in TRANSIENT_STATUS:
        raise _Interrupted(f"the server answers HTTP {status.code}")
    location = status.headers.get("Location") or ""
    location = without_query(urljoin(url, location)) if location else ""
    raise policy.explain(UnexpectedResponse(without_query(url), status.code, location))


def _open_local(url: str, start: int) -> _Stream:
    path = Path(url2pathname(urlsplit(url).path))
    try:
        body, total = open(path, "rb"), path.stat().st_size     # noqa: SIM115 - whoever reads the stream closes it
    except FileNotFoundError:
        raise RemoteMoved(f"{path}: the source holds no such file. Check --source or OCR_MODELS_URL.") from None
    except OSError as problem:
        raise DownloadError(f"{path}: cannot be read ({problem.strerror}).") from None
    start = start if start <= total else 0
    body.seek(start)
    return _Stream(body, start, total)


def _read(body: io.BufferedIOBase, max_bytes: int = CHUNK) -> bytes:
    """Read what has arrived; empty at the end."""
    try:
        return body.read1(max_bytes)
    except (OSError, http.client.HTTPException) as problem:
        raise _Interrupted(f"the connection failed ({problem or type(problem).__name__})") from None


def _content_range(header: Optional[str]) -> Tuple[Optional[int], Optional[int]]:
    """Read `bytes 5-9/10` or `bytes */10` as (first, total), each None where it is not given."""
    found = re.match(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)", header or "")
    first, total = found.groups() if found else (None, None)
    return (int(first) if first else None, int(total) if total and total != "*" else None)


def _check(request: DownloadRequest) -> None:
    """Compare the part file's digest with the published one; delete a file that differs."""
    if request.sha256 is None:
        return
    found = digest(request.part)
    if found != request.sha256:
        request.part.unlink()
        raise ChecksumMismatch(
            f"{request.url}\n  expected sha256 {request.sha256}\n  received sha256 {found}\n{RETRY}")


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
