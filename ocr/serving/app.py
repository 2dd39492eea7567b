"""The service as one ASGI application: the web page, the REST interface, and the middleware."""
from __future__ import annotations

import logging
import sqlite3
from contextlib import asynccontextmanager
from typing import AsyncIterator

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from ocr import __version__
from ocr.errors import OutputError
from ocr.serving.responses import error_response
from ocr.serving.api import make_routes
from ocr.faults import Fault, log_error
from ocr.serving.guard import Guard
from ocr.serving.pool import READING
from ocr.serving.service import Service
from ocr.serving.settings import WEB, Settings

_log = logging.getLogger(__name__)
_FAULTS = {404: Fault("not_found", "There is nothing at this address. /openapi.json lists the addresses."),
           405: Fault("bad_method", "This address does not support that method. /openapi.json lists the methods.")}


def create_app(settings: Settings, reading: str = READING) -> FastAPI:
    """Make the application; it can be started once.

    Parameters
    ----------
    reading : the work of the reading processes; see `ocr.worker.Worker`.

    Raises
    ------
    OutputError : the data folder cannot be used.
    """
    service = Service(settings, reading)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await service.start()
        try:
            yield
        finally:
            await service.stop()

    app = FastAPI(title="Handwriting OCR", version=__version__, docs_url=None, redoc_url=None, lifespan=lifespan,
                  redirect_slashes=False,
                  description="Reads photos and scans of handwritten pages. Errors are JSON with a code and a message that "
                              "says what to do.")
    app.add_middleware(Guard, settings=settings, metrics=service.metrics)
    app.add_exception_handler(HTTPException, _refused)                      # type: ignore[arg-type] # Starlette names no
    app.add_exception_handler(RequestValidationError, _invalid)             # type: ignore[arg-type] # narrower error
    for kind in (OutputError, OSError, sqlite3.Error):
        app.add_exception_handler(kind, _not_stored)
    app.include_router(make_routes(service))
    app.add_api_route("/", _page, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=WEB), name="static")
    return app


def _page() -> FileResponse:
    return FileResponse(WEB / "index.html")


async def _refused(request: Request, error: HTTPException) -> JSONResponse:
    """Respond to an error that a route, or the framework, raised."""
    fault = error.detail if isinstance(error.detail, Fault) else _FAULTS.get(error.status_code)
    return error_response(error.status_code, fault or Fault("refused", str(error.detail)), error.headers)


async def _not_stored(request: Request, error: Exception) -> JSONResponse:
    """Respond that the disk is full, or cannot be written."""
    log_error(_log, error)
    fault = Fault("no_space", "The service cannot write to its disk now. Try again later.")
    return error_response(503, fault, {"Retry-After": "60"})


async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    """Respond which parameter is invalid."""
    found = error.errors()[0]
    place = ".".join(ascii(str(part)[:40])[1:-1] for part in found["loc"])
    return error_response(422, Fault("bad_parameter", f"{place}: {found['msg']}. /openapi.json says what is accepted."))
