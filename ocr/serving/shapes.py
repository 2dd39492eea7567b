"""The service's JSON as dataclasses, from which the OpenAPI schemas are made."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Callable, Dict, List, Literal, Optional

from ocr.faults import Fault
from ocr.pipeline import ReadSettings
from ocr.serving.store import Job


@dataclass(frozen=True)
class ErrorAnswer:
    """Why a request was not fulfilled."""

    error: Fault


@dataclass(frozen=True)
class PageAnswer:
    """One page of a job: its number from 1, its state (queued, working, done, failed), the step that it is in while it is
    worked on, one of the job's, why it failed (or, where it is done, why it could not be read once more), what people should
    know about its text, a sentence each, whether regions that may be print or a stain were left out, and the URLs of its
    JSON and its image."""

    number: int
    state: str
    stage: Optional[str]
    error: Optional[Fault]
    warnings: List[str]
    left_out: bool
    page: str
    picture: str


@dataclass(frozen=True)
class JobAnswer:
    """A job: its state (queued, working; done when every page is done or failed; failed when all failed), the steps that
    each page goes through, the language that it is read in (null where the models decide), "line" or "word" where each page
    shows one and nothing else, times in UTC, its pages, and the URLs of the results by format."""

    id: str
    state: str
    steps: List[str]
    language: Optional[str]
    whole: Optional[Literal["line", "word"]]
    created: str
    expires: str
    pages: List[PageAnswer]
    results: Dict[str, str]
    error: Optional[Fault]


@dataclass(frozen=True)
class ModelAnswer:
    """One model of the service."""

    name: str
    version: str
    task: str
    languages: List[str]


@dataclass(frozen=True)
class Limits:
    """Limits of an upload: its bytes, its pages."""

    bytes: int
    pages: int


@dataclass(frozen=True)
class ModelsAnswer:
    """What pages can be read with, the steps that each goes through by default, the languages (BCP 47) that are read, and the formats
    that pages are written in."""

    models: List[ModelAnswer]
    steps: List[str]
    languages: List[str]
    decoders: List[str]
    decoder: str
    formats: List[str]
    limits: Limits


@dataclass(frozen=True)
class SampleAnswer:
    """A page to try the service on."""

    name: str


@dataclass(frozen=True)
class SamplesAnswer:
    """The pages to try the service on; /v1/samples/NAME has their images."""

    samples: List[SampleAnswer]


@dataclass(frozen=True)
class HealthAnswer:
    """That the service is up, how many pages are queued, how many processes there are, and how many are busy."""

    status: str
    queue: int
    workers: int
    busy: int


def job_answer(job: Job, stage: Callable[[str, int], Optional[str]]) -> JobAnswer:
    """Describe a job.

    Parameters
    ----------
    stage : returns the stage that a job's page is in while it is being read.
    """
    here = f"/v1/jobs/{job.id}"
    pages = [PageAnswer(page.number, page.state, stage(job.id, page.number) if page.state == "working" else None, page.fault,
                        list(page.warnings), page.left_out, f"{here}/pages/{page.number}",
                        f"{here}/pages/{page.number}/picture") for page in job.pages]
    fault = job.pages[0].fault if job.state == "failed" else None
    steps = list(ReadSettings(whole=job.options.whole).stages)
    return JobAnswer(job.id, job.state, steps, job.options.language, job.options.whole, _time(job.created), _time(job.expires),
                     pages, {name: f"{here}/results/{name}" for name in job.options.formats}, fault)


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
