"""Bring one file over https, or from a folder: resumed, retried, checked, and only then given its name.

Python's own urllib does the talking: it keeps the bytes as they were sent (a .tgz labelled `Content-Encoding: gzip`
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
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Callable, Iterator, Optional
from urllib.error import HTTPError
from urllib.parse import urljoin, urlsplit
from urllib.request import OpenerDirector, Request, url2pathname

from ocr.errors import AccessDenied, ChecksumMismatch, DownloadError, OutputError, RemoteMoved
from ocr.models.address import check_address, make_opener, without_query
from ocr.output import lock

CHUNK = 1 << 18  # bytes
LONGEST_PAUSE = 30.0  # seconds
RETRY = "Nothing was installed. Retry, or point OCR_MODELS_URL at another mirror."
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})  # statuses that may be gone at the next try


@dataclass(frozen=True)
class Wanted:
    """One file to bring: from where, to where, and what it must be.

    Parameters
    ----------
    url : https:// or file://; http:// for this machine only.
    target : its final name; the bytes wait in `<target>.part` until they are checked.
    size, sha256 : its published length in bytes and digest in hexadecimal; None where they are not known beforehand.
    """

    url: str
    target: Path
    size: Optional[int] = None
    sha256: Optional[str] = None

    @property
    def part(self) -> Path:
        """The file that holds what has been received so far."""
        return self.target.with_name(self.target.name + ".part")


@dataclass(frozen=True)
class Answer:
    """What a server sent in place of the file: a refusal, a redirection, or a web page (its first 64 kB)."""

    url: str
    status: int
    location: str = ""
    page: str = ""


def explain(answer: Answer) -> DownloadError:
    """Turn an answer that is not the file into the error that says so."""
    if answer.status in (401, 403):
        return AccessDenied(f"{answer.url}\n  the server refuses access (HTTP {answer.status}). Try another mirror.")
    if answer.page:
        return RemoteMoved(f"{answer.url}\n  a web page came in place of the file. Check the address of the mirror.")
    if answer.status in (404, 410) or answer.location:
        return RemoteMoved(f"{answer.url}\n  the file is not there (HTTP {answer.status}). Check the address of the mirror.")
    return DownloadError(f"{answer.url}\n  the server answers HTTP {answer.status}.")


@dataclass(frozen=True)
class Link:
    """How to talk to a server.

    Parameters
    ----------
    opener : the urllib opener to use; None builds one that follows safe redirects.
    attempts : tries in a row that may bring nothing new before giving up.
    timeout : seconds of silence after which a connection counts as dropped.
    sleep, rng : how to wait between tries, and the chance that spreads the waits.
    progress : called with the bytes present and the total, where it is known.
    explain : turns an answer that is not the file into an error.
    """

    opener: Optional[OpenerDirector] = None
    attempts: int = 6
    timeout: float = 30.0
    sleep: Callable[[float], None] = time.sleep
    rng: random.Random = field(default_factory=random.Random)
    progress: Callable[[int, Optional[int]], None] = lambda present, total: None
    explain: Callable[[Answer], DownloadError] = explain

    def pause(self, failures: int) -> None:
        """Wait about 1, 2, 4, ... seconds before the next try, at most half a minute."""
        self.sleep(min(2.0 ** (failures - 1), LONGEST_PAUSE) * (0.5 + self.rng.random() / 2))


def bring(wanted: Wanted, link: Link = Link()) -> None:
    """Download a file, going on where an earlier try stopped, and name it once its digest is right.

    Raises
    ------
    ChecksumMismatch
        The bytes are not those published; they are thrown away.
    AccessDenied, RemoteMoved, DownloadError
        The server does not give the file; what was received is kept for the next call.
    OutputError
        The disk is full or the folder cannot be written.
    """
    check_address(wanted.url)
    with writing(wanted.target):
        wanted.target.parent.mkdir(parents=True, exist_ok=True)
    leftover = wanted.part.exists()
    _receive_all(wanted, link)
    try:
        _check(wanted)
    except ChecksumMismatch:
        if not leftover:
            raise
        bring(wanted, link)  # the leftover was of another version: once more, from the first byte
        return
    with writing(wanted.target):
        os.replace(wanted.part, wanted.target)


def digest(path: Path) -> str:
    """Compute the sha256 of a file, in hexadecimal."""
    result = hashlib.sha256()
    with open(path, "rb") as file:
        for chunk in iter(lambda: file.read(CHUNK), b""):
            result.update(chunk)
    return result.hexdigest()


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn failures to write into one clear line."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise OutputError(f"{path}: the disk is full. Free some space and run again; finished work is kept.") from None
        raise OutputError(f"{path}: cannot be written ({error.strerror or error}). Choose a folder that can be, "
                          "for models with OCR_CACHE.") from None


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Make a folder and hold it against other processes; the hold ends with the process, however that ends."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        held = open(folder / ".lock", "a")
    with held:
        with writing(folder):
            lock(held.fileno())
        yield


@contextmanager
def meter(name: str) -> Iterator[Callable[[int, Optional[int]], None]]:
    """Show a progress bar on stderr, where that is a terminal; yields what `Link.progress` takes."""
    from tqdm import tqdm

    with tqdm(desc=name, unit="B", unit_scale=True, unit_divisor=1024, disable=None, leave=False) as bar:
        def show(present: int, total: Optional[int]) -> None:
            bar.total = total
            bar.update(present - bar.n)

        yield show


class _Interrupted(Exception):
    """The connection failed in a way that the next try may not."""


@dataclass(frozen=True)
class _Stream:
    """Bytes of the file from `start` on; `total` is the size of the whole file, where the server tells it."""

    body: BinaryIO
    start: int
    total: Optional[int]


def _receive_all(wanted: Wanted, link: Link) -> None:
    """Receive until the part file is complete; only tries in a row that bring nothing new are counted."""
    failures, most = 0, _length(wanted.part)
    while True:
        try:
            return _receive(wanted, link)
        except _Interrupted as problem:
            present = _length(wanted.part)
            failures = 1 if present > most else failures + 1
            most = max(most, present)
            if failures >= link.attempts:
                raise DownloadError(
                    f"{wanted.url}\n  {problem}; {failures} tries in a row brought nothing new.\n"
                    f"{present} bytes are kept; run again to go on from there.") from None
            link.pause(failures)


def _receive(wanted: Wanted, link: Link) -> None:
    """Append to the part file what it lacks."""
    present = _length(wanted.part)
    if wanted.size is not None and present == wanted.size:
        return
    if wanted.size is not None and present > wanted.size:
        present = 0
    stream = _open(wanted.url, present, link)
    position = stream.start
    total = stream.total if wanted.size is None else wanted.size
    if stream.total not in (None, total):
        stream.body.close()
        raise ChecksumMismatch(f"{wanted.url}\n  expected {total} bytes\n  the file there has {stream.total} bytes\n{RETRY}")
    with stream.body, writing(wanted.part), open(wanted.part, "ab" if position else "wb") as file:
        while wanted.size is None or position <= wanted.size:  # a longer answer is wrong: no need to hear it out
            chunk = _read(stream.body)
            if not chunk:
                break
            file.write(chunk)
            position += len(chunk)
            link.progress(position, total)
        file.flush()
        os.fsync(file.fileno())
    if total is not None and position < total:
        raise _Interrupted(f"the connection dropped after {position} of {total} bytes")


def _open(url: str, start: int, link: Link) -> _Stream:
    """Ask for a file from byte `start` on; the stream starts at 0 where the server cannot do that."""
    if urlsplit(url).scheme == "file":
        return _open_local(url, start)
    request = Request(url, headers={"User-Agent": "ocr-gluon", **({"Range": f"bytes={start}-"} if start else {})})
    try:
        response = (link.opener or make_opener(url)).open(request, timeout=link.timeout)
    except HTTPError as refusal:
        with refusal:
            return _open_refused(url, start, link, refusal)
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
        raise link.explain(Answer(without_query(url), response.status, page=page or " "))
    if response.status == 206:
        first, total = _content_range(response.headers.get("Content-Range"))
        if first == start:
            return _Stream(response, start, total)
        response.close()
        if not start:
            raise DownloadError(f"{url}\n  the server sends a piece of the file where all of it was asked for.")
        return _open(url, 0, link)
    length = response.headers.get("Content-Length")
    return _Stream(response, 0, int(length) if length else None)


def _open_refused(url: str, start: int, link: Link, refusal: HTTPError) -> _Stream:
    """Handle an HTTP status that is no success."""
    if refusal.code == 416 and start:  # nothing from `start` on: the part is complete, or of another file
        _, total = _content_range(refusal.headers.get("Content-Range"))
        return _Stream(io.BytesIO(), start, total) if total == start else _open(url, 0, link)
    if refusal.code in PASSING:
        raise _Interrupted(f"the server answers HTTP {refusal.code}")
    location = refusal.headers.get("Location") or ""
    raise link.explain(Answer(without_query(url), refusal.code, without_query(urljoin(url, location)) if location else ""))


def _open_local(url: str, start: int) -> _Stream:
    path = Path(url2pathname(urlsplit(url).path))
    try:
        body, total = open(path, "rb"), path.stat().st_size
    except FileNotFoundError:
        raise RemoteMoved(f"{path}: the source holds no such file. Check --source or OCR_MODELS_URL.") from None
    except OSError as problem:
        raise DownloadError(f"{path}: cannot be read ({problem.strerror}).") from None
    start = start if start <= total else 0
    body.seek(start)
    return _Stream(body, start, total)


def _read(body: BinaryIO, most: int = CHUNK) -> bytes:
    """Read what has arrived; empty at the end."""
    try:
        return body.read1(most)
    except (OSError, http.client.HTTPException) as problem:
        raise _Interrupted(f"the connection failed ({problem or type(problem).__name__})") from None


def _content_range(header: Optional[str]):
    """Read `bytes 5-9/10` or `bytes */10` as (first, total), each None where it is not told."""
    found = re.match(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)", header or "")
    first, total = found.groups() if found else (None, None)
    return (int(first) if first else None, int(total) if total and total != "*" else None)


def _check(wanted: Wanted) -> None:
    """Compare the part file's digest; a wrong one is thrown away."""
    if wanted.sha256 is None:
        return
    found = digest(wanted.part)
    if found != wanted.sha256:
        wanted.part.unlink()
        raise ChecksumMismatch(
            f"{wanted.url}\n  expected sha256 {wanted.sha256}\n  received sha256 {found}\n{RETRY}")


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
