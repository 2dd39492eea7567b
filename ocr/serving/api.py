"""The REST interface: its routes and their responses."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Dict, Mapping, Tuple, get_args

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Query, Request
from fastapi import Path as InPath
from fastapi.responses import JSONResponse, Response
from fastapi.security import HTTPBearer

from ocr.decoding.opening import DECODERS, DEFAULT
from ocr.errors import InputError
from ocr.lines.whole import Unit
from ocr.models.registry import registry
from ocr.formats.available import FORMATS
from ocr.pipeline import STAGES
from ocr.serving.responses import refuse, send_file
from ocr.serving.metrics import CONTENT_TYPE
from ocr.serving.service import AUTO, Service, expired, languages_read
from ocr.serving.shapes import (ErrorAnswer, HealthAnswer, JobAnswer, Limits, ModelAnswer, ModelsAnswer, SampleAnswer,
                                SamplesAnswer, job_answer)
from ocr.serving.store import Job, page_file, image_file
from ocr.serving.uploads import chunks_of

WAIT, LONGEST_WAIT = 20, 60         # seconds
EDIT_BYTES = 2 ** 20                # largest body of a correction
ZIP = "application/zip"
JobId = Annotated[str, InPath(description="The id from the job's JSON.", max_length=64)]
Number = Annotated[int, InPath(description="From 1.", ge=1, le=10 ** 6)]
_FORM = {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": {
    "type": "object", "required": ["file"], "additionalProperties": False, "properties": {
        "file": {"type": "string", "format": "binary", "description": "An image, TIFF or PDF."},
        "decoder": {"type": "string", "enum": list(DECODERS), "default": DEFAULT},
        "language": {"type": "string", "default": AUTO,
                     "description": "What the pages are written in, a code of BCP 47 such as fr; /v1/models lists them."},
        "language_model": {"type": "array", "items": {"type": "string"},
                           "description": "Names of language models; default those that fit the language."},
        "format": {"type": "array", "items": {"type": "string", "enum": list(FORMATS)},
                   "description": "Result formats to list URLs for; default all."},
        "whole": {"type": "string", "enum": list(get_args(Unit)),
                  "description": "Where each page shows one line, or one word, and nothing else; default a page."},
        "keep_doubtful": {"type": "boolean", "default": False,
                          "description": "Whether regions that may be print or a stain are read, too."}}}}}}}
_EDIT = {"requestBody": {"required": True, "content": {"application/json": {"schema": {
    "type": "object", "required": ["lines"], "additionalProperties": False,
    "properties": {"lines": {"type": "object", "additionalProperties": {"type": "string"},
                             "description": "New text by the line's id."}}}}}}}


def _errors(**meanings: str) -> Dict[Any, Dict[str, Any]]:
    """Describe the error responses of a route: e404="there is no such job"."""
    described = {"e401": "The API key is missing or wrong.", "e422": "A parameter is invalid.", **meanings}
    return {int(status[1:]): {"model": ErrorAnswer, "description": meaning} for status, meaning in described.items()}


def make_routes(service: Service) -> APIRouter:
    """Make the routes of a service."""
    router = APIRouter(dependencies=[Depends(HTTPBearer(auto_error=False, description="Where the service has API keys."))])
    for add in (_upload_route, _job_routes, _result_route, _page_routes, _list_routes):
        add(router, service)
    everything = APIRouter()
    everything.include_router(router)
    _health_routes(everything, service)
    return everything


def _upload_route(router: APIRouter, service: Service) -> None:
    @router.post("/v1/pages", response_model=JobAnswer, openapi_extra=_FORM, responses={
        202: {"model": JobAnswer, "description": "Not finished yet; poll the URL in Location."}, **_errors(
            e400="The form is broken or cut off.", e403="Cross-origin request.", e408="The upload is too slow.",
            e413="Too many bytes or pages.", e415="Neither image nor PDF.", e422="Empty, damaged, or an unknown option.",
            e429="The queue is full; Retry-After says when to try again.", e503="No space, or no free process.")})
    async def read_a_file(request: Request, wait: Annotated[int, Query(
            ge=0, le=LONGEST_WAIT, description="Seconds to wait for a job of one page.")] = WAIT) -> Response:
        """Read an image or document; a single page that is read in time is returned at once, otherwise a job to poll."""
        job = await service.accept(request, request.state.owner)
        if len(job.pages) == 1 and wait:
            job = await service.wait(job, wait)
        answer = job_answer(job, service.readers.stage)
        finished = job.state in ("done", "failed")
        return Json(answer, 200 if finished else 202, {"Location": f"/v1/jobs/{job.id}"})


def _job_routes(router: APIRouter, service: Service) -> None:
    @router.get("/v1/jobs/{job}", response_model=JobAnswer, responses=_errors(e404="There is no such job."))
    def show_job(request: Request, job: JobId) -> Response:
        """Show the state of a job."""
        return Json(job_answer(service.find(job, request.state.owner), service.readers.stage))

    @router.delete("/v1/jobs/{job}", status_code=204, responses=_errors(
        e403="Cross-origin request.", e404="There is no such job."))
    def delete_a_job(request: Request, job: JobId) -> Response:
        """Delete a job, its upload and its results."""
        service.store.delete(service.find(job, request.state.owner).id)
        return Response(status_code=204)


def _result_route(router: APIRouter, service: Service) -> None:
    @router.get("/v1/jobs/{job}/results/{name}", response_class=Response, responses={
        200: {"content": {kind.media_type.split(";")[0]: {} for kind in FORMATS.values()},
              "description": "The document; a ZIP with one file per page where the format cannot hold several."},
        **_errors(e404="There is no such job or format.", e409="It is not finished, or no page could be read.",
                  e422="It cannot be written.", e503="No process is free.")})
    async def get_result(request: Request, job: JobId, name: str) -> Response:
        """Return the whole document in a format."""
        kind = FORMATS.get(name)
        if kind is None:
            raise refuse(404, "no_format", f"No format is called {ascii(name[:40])}. There are: {', '.join(FORMATS)}.")
        for _ in range(3):
            found = await run_sync(service.find, job, request.state.owner)
            if found.state != "done":
                raise _not_done("job", found.state)
            zipped = not kind.together and sum(page.state == "done" for page in found.pages) > 1
            try:
                return await run_sync(send_file, await service.result(found, name), ZIP if zipped else kind.media_type,
                                      f"text-{name}.zip" if zipped else f"text{kind.suffix}")
            except FileNotFoundError:                                   # a page has just been corrected
                continue
        raise expired()


def _page_routes(router: APIRouter, service: Service) -> None:
    missing = _errors(e404="There is no such job or page.", e409="It is not read yet, or could not be.")

    @router.get("/v1/jobs/{job}/pages/{number}", response_class=Response, responses={
        200: {"content": {"application/json": {}}, "description": "The page in the format json."}, **missing})
    def send_page(request: Request, job: JobId, number: Number) -> Response:
        """Return the text and outlines read on a page."""
        return _file(page_file(*_done(service, request, job, number)), "application/json")

    @router.get("/v1/jobs/{job}/pages/{number}/picture", response_class=Response, responses={
        200: {"content": {"image/jpeg": {}}, "description": "Not rotated; 2400 pixels at most."}, **missing})
    def send_image(request: Request, job: JobId, number: Number) -> Response:
        """Return the image of a page, in the page's own coordinates except for scale."""
        return _file(image_file(*_done(service, request, job, number)), "image/jpeg")

    @router.post("/v1/jobs/{job}/pages/{number}/left-out", status_code=202, response_model=JobAnswer, responses={
        **missing, **_errors(e403="Cross-origin request.", e429="The queue is full; Retry-After says when to try again.",
                             e409="It is not read yet, or could not be, or nothing was left out of it.", e503="No space.")})
    def read_what_was_left_out(request: Request, job: JobId, number: Number) -> Response:
        """Read a page once more, with the regions that may be print or a stain; its corrections are lost."""
        found = service.find(job, request.state.owner)
        _ready(found, number)
        service.read_left_out(found, number)
        return Json(job_answer(service.find(job, request.state.owner), service.readers.stage), 202)

    @router.patch("/v1/jobs/{job}/pages/{number}", response_class=Response, openapi_extra=_EDIT, responses={
        200: {"content": {"application/json": {}}, "description": "The page as it is now."},
        **missing, **_errors(e400="The body was cut off.", e403="Cross-origin request.",
                             e408="The upload is too slow.", e413="Too many bytes.", e503="No space.",
                             e422="There is no such line, or a text is too long.")})
    async def correct_lines(request: Request, job: JobId, number: Number) -> Response:
        """Correct the text of lines of a page; results requested afterwards contain it."""
        found = await run_sync(service.find, job, request.state.owner)
        _ready(found, number)
        texts = _texts(await _body(request, service))
        try:
            document = await run_sync(service.correct, found, number, texts)
        except InputError as error:
            raise refuse(422, "bad_correction", str(error)) from error
        return Response(document, media_type="application/json")


def _list_routes(router: APIRouter, service: Service) -> None:
    @router.get("/v1/models", response_model=ModelsAnswer, responses=_errors())
    def list_models() -> Response:
        """List models, steps, languages, decoders, formats and limits."""
        models = [ModelAnswer(card.name, card.version, card.task, list(card.languages)) for card in registry()]
        limits = Limits(service.settings.max_bytes, service.settings.max_pages)
        return Json(ModelsAnswer(models, list(STAGES), list(languages_read()), list(DECODERS), DEFAULT, list(FORMATS), limits))

    @router.get("/v1/samples", response_model=SamplesAnswer, responses=_errors())
    def list_samples() -> Response:
        """List pages to try the service on."""
        return Json(SamplesAnswer([SampleAnswer(path.name) for path in sorted(service.settings.samples.glob("*.jpg"))]))

    @router.get("/v1/samples/{name}", response_class=Response, responses={
        200: {"content": {"image/jpeg": {}}, "description": "The image."}, **_errors(e404="There is no such sample.")})
    def send_sample(name: str) -> Response:
        """Return the image of a sample."""
        for path in service.settings.samples.glob("*.jpg"):             # never open a path made from a client's input
            if path.name == name:
                return _file(path, "image/jpeg")
        raise refuse(404, "no_sample", "There is no such sample. /v1/samples lists them.")


def _health_routes(router: APIRouter, service: Service) -> None:
    @router.get("/healthz", response_model=HealthAnswer)
    def show_health() -> Response:
        """Show whether the service is up."""
        return Json(HealthAnswer("ok", service.store.load().pages, service.settings.workers, service.readers.busy))

    @router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    def count() -> Response:
        """Return the service's metrics for Prometheus."""
        return Response(service.metrics.text(), media_type=CONTENT_TYPE)


class Json(JSONResponse):
    """A JSON response of one of the dataclasses in shapes.py."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content, default=vars, ensure_ascii=False).encode("utf-8")


def _not_done(what: str, state: str) -> Exception:
    if state == "failed":
        return refuse(409, "failed", f"The {what} could not be read; its JSON says why. Send a better image.")
    return refuse(409, "not_done", f"The {what} is {state}. Ask for the job again in a second.")


def _ready(job: Job, number: int) -> None:
    """Refuse pages that do not exist, or are not done."""
    page = next((page for page in job.pages if page.number == number), None)
    if page is None:
        raise refuse(404, "no_page", f"The job has no page {number}; it has {len(job.pages)}.")
    if page.state != "done":
        raise _not_done("page", page.state)


def _done(service: Service, request: Request, name: str, number: int) -> Tuple[Path, int]:
    """Return the folder and the number of a page that is done."""
    job = service.find(name, request.state.owner)
    _ready(job, number)
    return service.store.folder(job.id), number


def _file(path: Path, media_type: str) -> Response:
    """Send a file of a job that may just have been deleted."""
    try:
        return send_file(path, media_type)
    except FileNotFoundError:
        raise expired() from None


async def _body(request: Request, service: Service) -> bytes:
    """Read a request body, up to the limit."""
    body = b""
    async for chunk in chunks_of(request, service.settings):
        body += chunk
        if len(body) > EDIT_BYTES:
            raise refuse(413, "too_large", f"The corrections have more than {EDIT_BYTES:,} bytes. Send fewer at a time.")
    return body


def _texts(body: bytes) -> Mapping[str, str]:
    """Read the body of a correction."""
    try:
        lines = json.loads(body)["lines"]
    except (ValueError, TypeError, KeyError, RecursionError):
        lines = None
    if not isinstance(lines, dict) or not all(isinstance(text, str) for text in lines.values()):
        raise refuse(422, "bad_correction", 'The body is no correction. Send JSON such as {"lines": {"ID": "new text"}}.')
    return lines
