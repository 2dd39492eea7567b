"""Pages in processes: a full queue, a page that crashes or hangs among others, retries, a full disk."""
from __future__ import annotations

import sqlite3

import pytest

from ocr.serving.store import Store


@pytest.fixture(scope="module")
def hasty(running, tmp_path_factory):
    """A service that gives a page a second and a half, and its folder."""
    data = tmp_path_factory.mktemp("hasty")
    with running(data=data, workers=2, page_seconds=1.5) as client:
        yield client, data


def test_a_page_that_crashes_takes_nothing_else_down(hasty, post, finished):
    client, data = hasty
    jobs = [post(client, said, wait=0).json()["id"] for said in (b"one", b"crash", b"two", b"hang", b"three", b"crash once")]
    found = [finished(client, job) for job in jobs]
    assert [job["state"] for job in found] == ["done", "failed", "done", "failed", "done", "done"]
    assert found[1]["error"]["code"] == "crashed" and found[3]["error"]["code"] == "timeout"
    assert "1.5 s" in found[3]["error"]["message"]
    starts = (data / "starts").read_text().split("\n")
    assert [sum(line.startswith(job) for line in starts) for job in jobs] == [1, 3, 1, 1, 1, 2]
    counted = client.get("/metrics").text
    assert 'ocr_workers_lost_total{reason="crashed"} 4.0' in counted
    assert 'ocr_workers_lost_total{reason="timeout"} 1.0' in counted
    assert 'ocr_pages_total{outcome="done"} 4.0' in counted


def test_a_full_queue_says_when_to_come_again(running, post, gate, finished, tmp_path):
    with running(data=tmp_path, workers=1, max_queue=3) as client:
        with gate(tmp_path):
            jobs = [post(client, b"gate", wait=0).json()["id"] for _ in range(3)]
            answer = post(client, wait=0)
            assert answer.status_code == 429 and answer.json()["error"]["code"] == "queue_full"
            assert 1 <= int(answer.headers["retry-after"]) <= 60
            client.delete(f"/v1/jobs/{jobs[2]}")
            assert post(client, wait=0).status_code == 202
        assert all(finished(client, job)["state"] == "done" for job in jobs[:2])
        assert post(client).status_code == 200


def test_a_full_store_is_said(running, post, tmp_path):
    with running(data=tmp_path, workers=1, max_bytes=100, max_stored=150) as client:
        assert post(client, b"x" * 60, wait=0).status_code == 202
        answer = post(client)
        assert answer.status_code == 503 and answer.json()["error"]["code"] == "no_space" and answer.headers["retry-after"]


def test_too_many_pages_are_refused(running, tiff, tmp_path):
    with running(data=tmp_path, workers=1, max_pages=2) as client:
        answer = client.post("/v1/pages", files={"file": ("a", tiff(3))})
        assert answer.status_code == 413 and "has 3 pages; 2 are accepted" in answer.json()["error"]["message"]
        assert not list((tmp_path / "jobs").iterdir())


def test_as_many_pages_and_bytes_as_are_allowed_are_accepted(running, post, tiff, finished, tmp_path):
    with running(data=tmp_path / "pages", workers=1, max_pages=2) as client:
        job = client.post("/v1/pages", files={"file": ("a", tiff(2))}).json()["id"]
        assert finished(client, job)["state"] == "done"
    with running(data=tmp_path / "bytes", workers=1, max_bytes=100, max_stored=200) as client:
        assert [post(client, b"x" * 97, wait=0).status_code for _ in range(3)] == [202, 202, 503]


def test_a_job_deleted_while_it_is_read_leaves_nothing(running, post, gate, tmp_path):
    with running(data=tmp_path, workers=1) as client:
        with gate(tmp_path):
            job = post(client, b"gate", wait=0).json()["id"]
            while client.get("/healthz").json()["busy"] == 0:
                pass
            assert client.delete(f"/v1/jobs/{job}").status_code == 204
        assert post(client).status_code == 200
        assert not (tmp_path / "jobs" / job).exists()


def test_a_database_that_cannot_be_written_for_a_while_loses_no_page(running, post, monkeypatch, tmp_path):
    end, failures = Store.end, iter([sqlite3.OperationalError("disk full")])

    def failing(*arguments):
        for error in failures:
            raise error
        return end(*arguments)

    monkeypatch.setattr(Store, "end", failing)
    with running(data=tmp_path, workers=1) as client:
        assert post(client).json()["state"] == "done"
