"""Middleware for every request: API keys, cross-origin checks, security headers, the log, closing of connections."""
from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import Any, MutableMapping, Optional

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ocr.serving.responses import error_response
from ocr.faults import Fault, log_error
from ocr.serving.metrics import Metrics
from ocr.serving.settings import Settings

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; "
                               "form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), "
                          "payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin"}
PROTECTED = "/v1/"
LINGER_SECONDS, LINGER_BYTES = 2.0, 4 * 2 ** 20
_log = logging.getLogger(__name__)


class Guard:
    """ASGI middleware around the whole service.

    Where a response is sent before the request's body was read completely, the connection is closed after it. Closing it
    while bytes still arrive would reset it, and the client would lose the response; so they are read and discarded first,
    for two seconds or 4 MiB at most.
    """

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics):
        self._app, self._settings, self._metrics = app, settings, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange, start = _Exchange(scope, receive, send), time.perf_counter()
        try:
            fault = self._admit(scope)
            await (fault or self._app)(scope, exchange.receive, exchange.send)
        except Exception as error:
            log_error(_log, error)
            if exchange.status:
                raise RuntimeError("a response could not be sent completely") from None
            await error_response(500, Fault("internal", "Something went wrong that should not have. Try again; whoever runs "
                                                      "this service finds more in its log."))(scope, receive, exchange.send)
        finally:
            self._record(scope, exchange.status, time.perf_counter() - start)

    def _admit(self, scope: Scope) -> Optional[ASGIApp]:
        """Record the owner of the request's key; return an error response where access is denied."""
        headers = Headers(scope=scope)
        if scope["method"] not in ("GET", "HEAD", "OPTIONS") and _is_cross_origin(headers):
            return error_response(403, Fault("cross_origin", "A page of another address sent this request. "
                                                           "Use this service's own page, or a program."))
        if scope["path"].startswith(PROTECTED):
            scheme, _, key = headers.get("authorization", "").partition(" ")
            owner = self._settings.owner(key.strip() if scheme.lower() == "bearer" else None)
            if owner is None:
                return error_response(401, Fault("no_key", "The API key is missing or wrong. Send the header "
                                                         "`Authorization: Bearer KEY` with a key of this service."),
                                    {"WWW-Authenticate": "Bearer"})
            scope.setdefault("state", {})["owner"] = owner
        return None

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        """Count and log a request: its route, status and duration; none of its content."""
        route = getattr(scope.get("route"), "path", None) or "other"
        job = str(scope.get("path_params", {}).get("job", ""))
        self._metrics.answered(scope["method"], route, status, seconds)
        _log.info("%s %s %d %.3f s%s", scope["method"][:8], route, status, seconds, job and f" job {ascii(job[:8])[1:-1]}")


class _Exchange:
    """One request and its response, with the headers that every response has."""

    def __init__(self, scope: Scope, receive: Receive, send: Send):
        self._receive, self._send = receive, send
        self._cache = "no-store" if scope["path"].startswith(PROTECTED) else "no-cache"
        headers = Headers(scope=scope)
        self._unread = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
        self.status = 0

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            self._unread = False
        return message

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(raw=list(message.get("headers", [])))
            headers.update({**HEADERS, "Cache-Control": self._cache})
            if self._unread:
                headers["Connection"] = "close"
            message = {**message, "headers": headers.raw}
        elif self._unread and not message.get("more_body", False):
            await self._send({**message, "more_body": True})
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._drain(), LINGER_SECONDS)
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self._send(message)

    async def _drain(self) -> None:
        read = 0
        while self._unread and read < LINGER_BYTES:
            read += len((await self.receive()).get("body", b""))


def _is_cross_origin(headers: Headers) -> bool:
    """Return whether a browser sent this request for a page of another origin."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2].lower() != headers.get("host", "").lower()
