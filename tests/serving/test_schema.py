"""Requests synthetic from the OpenAPI description, good and bad: none brings the service to an error of its own."""
from __future__ import annotations

import pytest

schemathesis = pytest.importorskip("schemathesis", minversion="4.32")      # older ones send what is no HTTP
hypothesis = pytest.importorskip("hypothesis")

from schemathesis import GenerationMode  # noqa: E402
from schemathesis.specs.openapi import checks  # noqa: E402

CHECKS = [schemathesis.checks.not_a_server_error, checks.status_code_conformance, checks.content_type_conformance,
          checks.response_schema_conformance]


@pytest.fixture(scope="module")
def description(running, tmp_path_factory):
    with running(data=tmp_path_factory.mktemp("schema"), workers=1, max_queue=5) as client:
        yield schemathesis.openapi.from_url(f"{client.base_url}/openapi.json"), client


@pytest.mark.parametrize("real", [False, True], ids=["synthetic jobs", "a real job"])
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_request_is_answered_with_an_error_of_the_server(description, post, mode, real):
    description, client = description
    count, job = 0, post(client).json()["id"]
    for found in description.get_all_operations():
        @hypothesis.settings(max_examples=8, deadline=None, derandomize=True, database=None,
                             suppress_health_check=list(hypothesis.HealthCheck))
        @hypothesis.given(found.ok().as_strategy(generation_mode=mode))
        def answered_as_described(case):
            if real and case.method != "DELETE" and "job" in case.path_parameters:
                case.path_parameters["job"] = job
            case.validate_response(case.call(), checks=CHECKS)

        try:
            answered_as_described()
            count += 1
        except hypothesis.errors.Unsatisfiable:         # nothing about this one can be wrong
            pass
    assert count >= 6
