"""Jobs on disk: each page ends once, whatever dies meanwhile; nobody finds another's job; what expires is deleted."""
from __future__ import annotations

import json
import sqlite3
import time
from dataclasses import replace

import pytest

from ocr.errors import OutputError
from ocr.faults import Fault
from ocr.serving import database
from ocr.serving.store import Job, Options, PageState, Store

OPTIONS = Options("greedy", "fr", ("a", "b"), ("txt",), False, "word")
NOTES = {"warnings": ["One region was left out."], "left_out": True}


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path)
    yield made
    made.close()


def add(store, pages=1, owner="", expires=None, size=10):
    name, now = store.begin(), time.time()
    job = Job(name, owner, now, expires or now + 60, ".jpg", OPTIONS, 0,
              tuple(PageState(number + 1, "queued") for number in range(pages)))
    (store.folder(name) / "original.jpg").write_bytes(b"x" * size)
    store.add(job, size)
    return job


def test_a_job_comes_back_as_it_was_added(store):
    job = add(store, pages=3)
    assert store.find(job.id, "") == job
    assert store.load().pages == 3 and store.load().jobs == 1 and store.load().bytes == 10


def test_a_job_of_an_earlier_service_is_read_on(store, tmp_path):
    job = add(store)
    with sqlite3.connect(tmp_path / "jobs.sqlite") as connection:
        connection.execute("UPDATE jobs SET options = ?", (json.dumps(
            {"decoder": "greedy", "languages": ["a"], "formats": ["txt"]}),))
    assert store.find(job.id, "").options == store.claim().options == Options("greedy", None, ("a",), ("txt",))


def test_a_database_of_the_first_version_is_brought_to_this_one(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "_CHANGES", database._CHANGES[:1])
    store = Store(tmp_path)
    job = add(store, pages=2)
    store.close()
    monkeypatch.undo()
    with sqlite3.connect(tmp_path / "jobs.sqlite") as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        connection.execute("UPDATE pages SET state = 'done' WHERE number = 1")
    store = Store(tmp_path)
    assert [page.state for page in store.find(job.id, "").pages] == ["done", "queued"]
    assert store.end(store.claim(), notes=NOTES) and store.find(job.id, "").pages[1].left_out
    store.close()
    Store(tmp_path).close()


def test_a_page_is_read_again_with_all_that_is_on_it_and_its_notes_stay_until_then(store):
    job = add(store, pages=2)
    assert not store.read_again(job.id, 1)                              # it is not done yet
    store.end(store.claim(), notes=NOTES)
    assert store.read_again(job.id, 1) and not store.read_again(job.id, 1)
    assert store.find(job.id, "").pages[0] == PageState(1, "queued", None, ("One region was left out.",), True)
    task = store.claim()
    assert task.number == task.attempt == 1 and task.options == replace(OPTIONS, keep_doubtful=True)
    assert store.put_back(task) and store.find(job.id, "").pages[0].state == "queued"
    assert store.end(store.claim(), Fault("odd", "why"))
    assert store.find(job.id, "").pages[0] == PageState(1, "done", Fault("odd", "why"), ("One region was left out.",), True)
    assert store.read_again(job.id, 1) and store.find(job.id, "").pages[0].fault is None
    assert store.end(store.claim(), notes={"warnings": [], "left_out": False})
    assert store.find(job.id, "").pages[0] == PageState(1, "done")
    assert store.claim().options == OPTIONS                             # the other page is read as the job says


def test_a_page_goes_from_queued_to_working_to_done(store):
    job = add(store, pages=2)
    assert store.find(job.id, "").state == "queued"
    first, second = store.claim(), store.claim()
    assert (first.number, second.number, store.claim()) == (1, 2, None) and first.options == OPTIONS
    assert store.find(job.id, "").state == "working"
    assert store.end(first) and store.end(second, Fault("odd", "why"))
    found = store.find(job.id, "")
    assert found.state == "done" and found.pages[1] == PageState(2, "failed", Fault("odd", "why"))


def test_a_job_failed_where_all_its_pages_did(store):
    job = add(store, pages=2)
    for _ in range(2):
        store.end(store.claim(), Fault("odd", "why"))
    assert store.find(job.id, "").state == "failed"


def test_first_pages_come_before_second_ones_so_that_a_long_document_delays_nobody(store):
    long, short = add(store, pages=3), add(store)
    assert [(task.job, task.number) for task in iter(store.claim, None)] == [
        (long.id, 1), (short.id, 1), (long.id, 2), (long.id, 3)]


def test_only_the_last_attempt_ends_a_page_and_only_once(store):
    add(store)
    first = store.claim()
    assert store.put_back(first) and not store.put_back(first)
    second = store.claim()
    assert second.attempt == 2
    assert not store.end(first) and store.end(second) and not store.end(second)


def test_what_was_worked_on_waits_again_after_a_restart_and_what_was_done_stays(tmp_path):
    store = Store(tmp_path)
    job = add(store, pages=3)
    store.end(store.claim())
    left = store.claim()
    store.close()
    store = Store(tmp_path)
    assert [page.state for page in store.find(job.id, "").pages] == ["done", "queued", "queued"]
    assert not store.end(left)
    assert store.claim().attempt == 2
    store.close()


def test_an_upload_that_was_not_taken_in_is_gone_after_a_restart(tmp_path):
    store = Store(tmp_path)
    job, half = add(store), store.begin()
    store.close()
    store = Store(tmp_path)
    assert store.folder(job.id).exists() and not store.folder(half).exists()
    store.close()


def test_a_job_is_found_by_its_owner_alone(store):
    job = add(store, owner="me")
    assert store.find(job.id, "me") and not store.find(job.id, "") and not store.find(job.id, "you")


@pytest.mark.parametrize("name", ["", "../jobs", "%", "' OR 1=1 --", "\0", "é" * 40])
def test_odd_ids_find_nothing(store, name):
    add(store)
    assert store.find(name, "") is None


def test_a_deleted_job_leaves_nothing_and_its_pages_end_nowhere(store):
    job = add(store, pages=2)
    task = store.claim()
    store.delete(job.id)
    assert not store.find(job.id, "") and not store.folder(job.id).exists() and not store.end(task)
    assert store.claim() is None and store.load().bytes == 0


def test_expired_jobs_are_not_found_and_then_deleted(store):
    now = time.time()
    old, new = add(store, expires=now - 1), add(store)
    assert store.find(old.id, "") is None and store.folder(old.id).exists()
    assert store.sweep(now) == 1 and not store.folder(old.id).exists() and store.find(new.id, "")


def test_sweeping_leaves_uploads_that_are_arriving(store):
    arriving = store.begin()
    assert store.sweep(time.time()) == 0 and store.folder(arriving).exists()
    store.sweep(time.time() + 7200)
    assert not store.folder(arriving).exists()


def test_ids_cannot_be_guessed_and_nobody_else_on_the_machine_can_look(store, tmp_path):
    assert len({store.begin() for _ in range(50)}) == 50 and len(store.begin()) == 32
    assert (tmp_path / "jobs").stat().st_mode & 0o77 == 0 and (tmp_path / "jobs.sqlite").stat().st_mode & 0o77 == 0


def test_two_services_do_not_share_a_folder(store, tmp_path):
    with pytest.raises(OutputError, match="another service uses"):
        Store(tmp_path)


def test_databases_of_other_versions_and_other_files_are_refused(tmp_path):
    with sqlite3.connect(tmp_path / "jobs.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(OutputError, match="another version"):
        Store(tmp_path)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "jobs.sqlite").write_bytes(b"not a database, but long enough to be taken for one" * 50)
    with pytest.raises(OutputError, match="cannot be used"):
        Store(tmp_path / "b")
    with pytest.raises(OutputError, match="cannot be made"):
        Store(tmp_path / "b" / "jobs.sqlite" / "c")


def test_a_failed_change_leaves_all_as_it_was(store):
    job = add(store)
    with pytest.raises(sqlite3.IntegrityError):
        store.add(job, 10)
    assert store.load().jobs == 1 and store.find(job.id, "") == job
