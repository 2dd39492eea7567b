"""What stands before every request: who may ask, from where, security headers, the log, the end of the connection."""
from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import Any, MutableMapping, Optional

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ocr.serving.answers import error_answer
from ocr.serving.faults import Fault, log_error
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
    """ASGI middleware round the whole service.

    Where an answer is given before the request's body was read to its end, the connection is closed after it. Whoever
    closes one on which bytes still arrive takes the answer away from the client; so what is on its way is read and thrown
    away first, for two seconds or 4 MiB at most.
    """

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics):
        self._app, self._settings, self._metrics = app, settings, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
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
                raise RuntimeError("an answer could not be sent to its end") from None
            await error_answer(500, Fault("internal", "Something went wrong that should not have. Try again; whoever runs "
                                                      "this service finds more in its log."))(scope, receive, exchange.send)
        finally:
            self._note(scope, exchange.status, time.perf_counter() - start)

    def _admit(self, scope: Scope) -> Optional[ASGIApp]:
        """Note who asks; return the refusal of who may not."""
        headers = Headers(scope=scope)
        if scope["method"] not in ("GET", "HEAD", "OPTIONS") and _from_elsewhere(headers):
            return error_answer(403, Fault("cross_origin", "A page of another address sent this request. "
                                                           "Use this service's own page, or a program."))
        if scope["path"].startswith(PROTECTED):
            scheme, _, key = headers.get("authorization", "").partition(" ")
            owner = self._settings.owner(key.strip() if scheme.lower() == "bearer" else None)
            if owner is None:
                return error_answer(401, Fault("no_key", "The API key is missing or wrong. Send the header "
                                                         "`Authorization: Bearer KEY` with a key of this service."),
                                    {"WWW-Authenticate": "Bearer"})
            scope.setdefault("state", {})["owner"] = owner
        return None

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        """Count and log a request: which route, how it ended, how long it took; nothing of what was in it."""
        route = getattr(scope.get("route"), "path", None) or "other"
        job = str(scope.get("path_params", {}).get("job", ""))
        self._metrics.answered(scope["method"], route, status, seconds)
        _log.info("%s %s %d %.3f s%s", scope["method"][:8], route, status, seconds, job and f" job {ascii(job[:8])[1:-1]}")


class _Exchange:
    """One request and its answer, with the headers that every answer has."""

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
                await asyncio.wait_for(self._throw_away(), LINGER_SECONDS)
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self._send(message)

    async def _throw_away(self) -> None:
        read = 0
        while self._unread and read < LINGER_BYTES:
            read += len((await self.receive()).get("body", b""))


def _from_elsewhere(headers: Headers) -> bool:
    """Tell whether a browser sent this for a page that is not the service's own."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2].lower() != headers.get("host", "").lower()
