"""The HTTP server that runs the application."""
from __future__ import annotations

import asyncio
import logging
from typing import Any, Optional

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_SECONDS = 20.0
CONNECTIONS = 256                   # at the same time; further ones get 503


class TimeoutProtocol(H11Protocol):
    """HTTP/1.1 with a timeout for request headers: uvicorn itself waits for them for ever."""

    header_seconds = HEADER_SECONDS
    _timer: Optional[asyncio.TimerHandle] = None

    def connection_made(self, transport: Any) -> None:
        """Start the timeout for the first request."""
        super().connection_made(transport)
        self._timer = self.loop.call_later(self.header_seconds, transport.close)

    def data_received(self, data: bytes) -> None:
        """Cancel the timeout during a request, and start it with the first byte of the next one."""
        super().data_received(data)
        if self._timer is not None and self.conn.their_state is not h11.IDLE:
            self._timer.cancel()
            self._timer = None
        elif self._timer is None and self.conn.their_state is h11.IDLE:
            self._timer = self.loop.call_later(self.header_seconds, self.transport.close)

    def connection_lost(self, error: Optional[Exception]) -> None:
        """Cancel the timeout."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(error)


def make_server(app: FastAPI, host: str, port: int) -> uvicorn.Server:
    """Make the server; its `run` returns after a signal."""
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)    # it would log bytes of broken forms
    return uvicorn.Server(uvicorn.Config(
        app, host, port, http=TimeoutProtocol, ws="none", lifespan="on", log_config=None, access_log=False,
        server_header=False, proxy_headers=False, limit_concurrency=CONNECTIONS, timeout_graceful_shutdown=10))
