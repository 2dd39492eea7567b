"""What is made of pip-audit's findings; it says that nothing was found where it could not look."""
from __future__ import annotations

import subprocess

import pytest

SKIPPED = {"name": "a", "skip_reason": "Dependency not found on PyPI and could not be audited"}
CLEAN = {"name": "b", "version": "1", "vulns": []}


def holed(*fixes):
    return {"name": "c", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": list(fixes)}]}


@pytest.mark.parametrize("packages, code, said", [
    ([SKIPPED], 0, "not looked for"), ([], 0, "not looked for"), ([SKIPPED, CLEAN], 0, "1 of 2 packages"), ([CLEAN], 0, ""),
    ([CLEAN, holed("2.1", "3")], 1, "c 2: CVE-1; update it to 3"), ([holed()], 0, "no version without it")])
def test_holes_are_said_and_so_is_what_could_not_be_looked_up(benchmark_named, capsys, packages, code, said):
    assert benchmark_named("known_holes").report(packages) == code
    printed = capsys.readouterr().out
    assert said in printed and bool(printed) == bool(said)


@pytest.mark.parametrize("printed", ["", "no connection", "{}"])
def test_an_audit_that_fails_is_no_traceback(benchmark_named, monkeypatch, printed):
    monkeypatch.setattr(subprocess, "run", lambda *given, **more: subprocess.CompletedProcess(given, 1, printed, ""))
    assert benchmark_named("known_holes").audit() == []
