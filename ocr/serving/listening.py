"""The server that gives the application its requests."""
from __future__ import annotations

import logging
from typing import Optional

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_SECONDS = 20.0
CONNECTIONS = 256                   # at the same time; further ones are answered 503


class HastyProtocol(H11Protocol):
    """HTTP/1.1 that closes connections whose requests do not come: uvicorn itself waits for ever for a header's end."""

    header_seconds = HEADER_SECONDS
    _late = None

    def connection_made(self, transport) -> None:
        """Wait for the first request, not for ever."""
        super().connection_made(transport)
        self._late = self.loop.call_later(self.header_seconds, transport.close)

    def data_received(self, data: bytes) -> None:
        """Stop the clock while a request is there, and start it with the first byte of the next one."""
        super().data_received(data)
        if self._late is not None and self.conn.their_state is not h11.IDLE:
            self._late.cancel()
            self._late = None
        elif self._late is None and self.conn.their_state is h11.IDLE:
            self._late = self.loop.call_later(self.header_seconds, self.transport.close)

    def connection_lost(self, error: Optional[Exception]) -> None:
        """Stop the clock."""
        if self._late is not None:
            self._late.cancel()
        super().connection_lost(error)


def make_server(app: FastAPI, host: str, port: int) -> uvicorn.Server:
    """Make the server; its `run` works until a signal comes."""
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)    # it would log bytes of broken forms
    return uvicorn.Server(uvicorn.Config(
        app, host, port, http=HastyProtocol, ws="none", lifespan="on", log_config=None, access_log=False,
        server_header=False, proxy_headers=False, limit_concurrency=CONNECTIONS, timeout_graceful_shutdown=10))
