"""Which URLs a file may be downloaded from, and which redirects may be followed."""
from __future__ import annotations

import ipaddress
from typing import IO, Any, Optional
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

from ocr.errors import DownloadError, RemoteMoved


def check_address(url: str) -> None:
    """Refuse URLs whose content or passwords a third party could read or change in transit.

    Raises
    ------
    DownloadError
        The URL is neither https, nor file, nor http on this machine, or it contains a password.
    """
    parts = urlsplit(url)
    if parts.username or parts.password:
        raise DownloadError("The address holds a user or password: leave them out of it, they would be shown and logged.")
    if parts.scheme in ("https", "file") or (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        return
    raise DownloadError(f"{url}\n  plain {parts.scheme or 'paths'} is not accepted here: use https://, file:// or a folder.")


class SafeRedirects(HTTPRedirectHandler):
    """Follow redirects, but never from https down to http."""

    def redirect_request(self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str) -> Optional[Request]:
        """Build the request for the new URL, or refuse it."""
        check_address(newurl)
        old, new = urlsplit(req.full_url).scheme, urlsplit(newurl).scheme
        if new == "file" or (old == "https" and new != "https"):
            raise RemoteMoved(f"{req.full_url}\n  redirects to {without_query(newurl)}, which is not https. Refused.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def make_opener(url: str, *handlers: Any) -> OpenerDirector:
    """Build an opener for a URL; this machine is reached without a proxy."""
    direct = (ProxyHandler({}),) if _is_loopback(urlsplit(url).hostname or "") else ()
    return build_opener(*direct, *(handlers or (SafeRedirects,)))


def without_query(url: str) -> str:
    """Drop the query and the fragment: servers may repeat the fields of a form there."""
    return urlsplit(url)._replace(query="", fragment="").geturl()


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
