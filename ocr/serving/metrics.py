"""Metrics of the service, for Prometheus."""
from __future__ import annotations

from typing import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
METHODS = ("GET", "HEAD", "POST", "PATCH", "DELETE")
SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60, 120)


class Metrics:
    """Metrics of one service. Labels take few values, whatever clients send, and contain none of their data."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self.requests = Counter("ocr_requests", "Requests answered.", ("method", "route", "status"), registry=registry)
        self.request_seconds = Histogram("ocr_request_seconds", "Time from a request to the end of its answer.", ("route",),
                                         buckets=SECONDS, registry=registry)
        self.pages = Counter("ocr_pages", "Pages ended: done, or the code of their error.", ("outcome",), registry=registry)
        self.page_seconds = Histogram("ocr_page_seconds", "Time that a page was worked on.", buckets=SECONDS,
                                      registry=registry)
        self.workers_lost = Counter("ocr_workers_lost", "Processes that crashed or took too long.", ("reason",),
                                    registry=registry)

    def watch(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        """Add a gauge whose value is computed whenever the metrics are requested."""
        Gauge(name, meaning, registry=self._registry).set_function(value)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        self.requests.labels(method if method in METHODS else "other", route, str(status)).inc()
        self.request_seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self._registry)
