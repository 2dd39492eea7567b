"""Download the IAM handwriting database from its home, with one's own account, and unpack it in its original layout.

An account is free, for non-commercial research: https://fki.tic.heia-fr.ch/register. The site has a sign-in form
and a session cookie; servers that ask for basic authentication instead work, too. User and password are sent
to the host of the archives only, over https only, when it asks for them; they appear in no message and no `repr`.
"""
from __future__ import annotations

import http.client
import json
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Callable, Iterable, Mapping, Optional
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import (
    HTTPBasicAuthHandler, HTTPCookieProcessor, HTTPPasswordMgrWithDefaultRealm, HTTPRedirectHandler, Request)

from ocr.datasets.archive import unpack
from ocr.errors import AccessDenied, DownloadError, InputError, RemoteMoved
from ocr.models import download as transfer
from ocr.models.address import check_address, make_opener
from ocr.models.download import (
    DownloadRequest, RetryPolicy, UnexpectedResponse, clear_write_errors, folder_lock, progress_bar)
from ocr.output import write_atomically

DATA = "https://fki.tic.heia-fr.ch/DBs/iamDB/data/"
SIGN_IN = "/login"  # on the same host; takes a form with `email` and `password`
INDEX = "/databases/iam-handwriting-database"  # the page that links to the archives
FOLDERS = {  # archive (<name>.tgz at DATA): the folder it is unpacked in
    "ascii": "ascii",
    "xml": "xml",
    "formsA-D": "forms",
    "formsE-H": "forms",
    "formsI-Z": "forms",
    "lines": "lines",
    "words": "words",
}
UNFILLED = ("", "...")


@dataclass(frozen=True)
class Credentials:
    """User and password of an IAM account; never displayed."""

    username: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True)
class Site:
    """Where the archives are. `data` is overridden for a mirror; `sign_in` and `index` are on the same host."""

    data: str = DATA
    sign_in: str = SIGN_IN
    index: str = INDEX

    def __post_init__(self) -> None:
        check_address(self.data)
        object.__setattr__(self, "data", self.data.rstrip("/") + "/")

    def address(self, path: str) -> str:
        """Return the full address of a path on the site; relative paths are below `data`."""
        return urljoin(self.data, path)


def read_credentials(path: Path, environment: Mapping[str, str]) -> Credentials:
    """Read user and password from IAM_USERNAME and IAM_PASSWORD, else from a JSON file.

    Raises
    ------
    InputError
        Neither of them has both.
    """
    found = [environment.get("IAM_USERNAME", ""), environment.get("IAM_PASSWORD", "")]
    if not all(found):
        try:
            entry = json.loads(path.read_text(encoding="utf-8"))["iam"]
            found = [entry["username"], entry["password"]]
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror}). Copy credentials.json.example to it and fill "
                             "it in, or set IAM_USERNAME and IAM_PASSWORD.") from None
        except (ValueError, KeyError, TypeError):
            raise InputError(f'{path}: expected {{"iam": {{"username": "...", "password": "..."}}}}.') from None
    if not all(isinstance(value, str) and value not in UNFILLED for value in found):
        raise InputError(f"{path}: user or password is not filled in.")
    return Credentials(*found)


def is_exposed(path: Path) -> bool:
    """Return whether other users of this machine may read a file."""
    return path.is_file() and bool(path.stat().st_mode & 0o077)


def download(site: Site, credentials: Credentials, folder: Path, archives: Iterable[str] = tuple(FOLDERS), *,
             keep: bool = False, report: Callable[[str], None] = lambda line: None, policy: RetryPolicy = RetryPolicy()) -> None:
    """Download and unpack archives; finished ones are skipped, interrupted ones are resumed.

    Parameters
    ----------
    folder : of the data set; gets ascii/, forms/, lines/, ... as in the original.
    archives : names from FOLDERS.
    keep : whether to keep the .tgz files, in `<folder>/archives`.
    report : called with one line for each archive.

    Raises
    ------
    AccessDenied
        The user and password are not accepted.
    RemoteMoved
        An archive is not where it was.
    DownloadError
        The session or the whole page has expired, the connection fails, or an archive is damaged or unsafe.
    OutputError
        The disk is full or the folder cannot be written.
    """
    session = _Session(site, credentials, policy)
    with folder_lock(folder / "archives"):
        for name in archives:
            report(f"{name}: {_obtain(session, name, folder, keep)} {folder / FOLDERS[name]}")


def _obtain(session: _Session, name: str, folder: Path, keep: bool) -> str:
    """Download and unpack one archive unless that was done before; return what was done, in words."""
    archive, target = folder / "archives" / f"{name}.tgz", folder / FOLDERS[name]
    marker = target / f".{name}.tgz.json"  # in the folder, so that it is deleted with it
    if marker.is_file():
        return "already in"
    if not archive.is_file():
        with progress_bar(archive.name) as on_progress:
            session.download(archive, on_progress)
    contents = unpack(archive, target, dropped=(name, FOLDERS[name]))
    write_atomically(marker, (json.dumps({"files": contents.files, "bytes": contents.bytes}) + "\n").encode())
    with clear_write_errors(archive):
        if not keep:
            archive.unlink()
    return f"{contents.files} files in"


class _SignInRequired(AccessDenied):
    """The server sent the sign-in page in place of an archive."""


class _SessionExpired(DownloadError):
    """The server sent a page saying that the session, or the page, has expired."""


class _Session:
    """A session at the site: signs in when required, at most once for each archive."""

    def __init__(self, site: Site, credentials: Credentials, policy: RetryPolicy):
        passwords = HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, site.data, credentials.username, credentials.password)
        opener = make_opener(site.data, _NoRedirects, HTTPCookieProcessor, HTTPBasicAuthHandler(passwords))
        self._site, self._credentials = site, credentials
        self._opener, self._policy = opener, replace(policy, opener=opener, explain=self._explain)

    def download(self, target: Path, on_progress: Callable[[int, Optional[int]], None]) -> None:
        """Download one archive."""
        request = DownloadRequest(self._site.address(target.name), target)
        policy = replace(self._policy, on_progress=on_progress)
        try:
            transfer.download(request, policy)
        except (_SignInRequired, _SessionExpired):
            self._sign_in()
            transfer.download(request, policy)

    def _sign_in(self) -> None:
        """Send the form; whether it was accepted shows when the archive is requested again."""
        form = urlencode({"email": self._credentials.username, "password": self._credentials.password})
        status = self._status(Request(self._site.address(self._site.sign_in), form.encode("ascii")))
        address = self._site.address(self._site.sign_in)
        if status in (401, 403):
            raise _denied(address)
        if status in (404, 405, 410):
            raise RemoteMoved(f"{address}\n  the sign-in form is not there any more (HTTP {status}).\n"
                              f"Look for the archives at {self._site.address(self._site.index)} and give --url.")

    def _status(self, request: Request) -> int:
        try:
            with self._opener.open(request, timeout=self._policy.timeout) as response:
                return response.status
        except HTTPError as refusal:
            refusal.close()
            return refusal.code
        except (OSError, http.client.HTTPException) as problem:
            reason = getattr(problem, "reason", problem)
            raise DownloadError(f"{request.full_url}\n  no connection ({reason}). Try again later.") from None

    def _explain(self, response: UnexpectedResponse) -> DownloadError:
        """Return the error for a response that is not an archive."""
        if response.status in (401, 403):
            return _denied(response.url)
        if _is_sign_in(response):
            return _SignInRequired(str(_denied(response.url)))
        index = self._site.address(self._site.index)
        expired = response.status == 410 or "expired" in response.page.lower()
        if expired and response.page:
            return _SessionExpired(f"{response.url}\n  the server says that the session or the page has expired.\n"
                                   f"Sign in at {index} with a browser, look for the archives there and give --url.")
        if expired or (response.status == 404 and self._status(Request(index)) in (404, 410)):
            return DownloadError(f"{response.url}\n  the page has expired: the archive is gone (HTTP {response.status}), "
                                 f"{'for good' if expired else 'and so is ' + index}.\n"
                                 "Search for the IAM Handwriting Database and give its new address with --url.")
        now = f"it moved to {response.location}" if response.location else (
            "a web page came in place of it" if response.page else f"it is not there (HTTP {response.status})")
        return RemoteMoved(f"{response.url}\n  no archive: {now}.\nLook for it at {index} and give --url.")


class _NoRedirects(HTTPRedirectHandler):
    """Follow no redirects: where an archive has moved, the user has to decide."""

    def redirect_request(self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> None:
        return None


def _denied(url: str) -> AccessDenied:
    return AccessDenied(f"{url}\n  the server does not accept this user and password.\n"
                        "Check credentials.json, or IAM_USERNAME and IAM_PASSWORD; accounts: https://fki.tic.heia-fr.ch/register")


def _is_sign_in(response: UnexpectedResponse) -> bool:
    return (bool(re.search(r"log_?in|sign_?in", urlsplit(response.location).path, re.I))
            or bool(re.search(r"<input[^>]+type=[\"']?password", response.page, re.I)))
