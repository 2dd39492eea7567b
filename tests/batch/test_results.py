"""What is recorded of the results of a folder, and what follows: what is up to date, and what may be written over."""
from __future__ import annotations

import json
import os
import stat
import subprocess
import sys

import pytest

from ocr.batch.fingerprints import fingerprint
from ocr.batch.results import FAILURES, RECORD, Job, Results
from ocr.errors import OutputError
from ocr.page.model import ProcessingStep

STEP = ProcessingStep("toy")


@pytest.fixture
def job(tmp_path):
    (tmp_path / "p.png").write_bytes(b"pixels")
    return Job(tmp_path / "p.png", 0, "p")


def opened(tmp_path, suffixes=(".txt",), step=STEP):
    return Results(tmp_path / "out", suffixes, (step,), "--out")


def write(results, job, **contents):
    results.write(job, {job.source: fingerprint(job.source)}, {f".{suffix}": data for suffix, data in contents.items()})


def test_a_page_is_done_by_the_same_steps_from_the_same_input_only(tmp_path, job):
    assert not opened(tmp_path).is_done(job)
    write(opened(tmp_path), job, txt=b"text")
    assert opened(tmp_path).is_done(job)
    assert not opened(tmp_path, step=ProcessingStep("toy", version="2")).is_done(job)
    assert not opened(tmp_path, (".txt", ".pdf")).is_done(job)
    job.source.write_bytes(b"PIXELS")
    os.utime(job.source, (1, 1))
    assert not opened(tmp_path).is_done(job)


def test_an_input_that_was_only_touched_or_copied_is_the_same(tmp_path, job):
    write(opened(tmp_path), job, txt=b"text")
    os.utime(job.source, (1, 1))
    assert opened(tmp_path).is_done(job)
    (tmp_path / "out" / "p.txt").unlink()
    assert not opened(tmp_path).is_done(job)


def test_an_input_and_results_that_move_together_stay_done(tmp_path, job):
    write(opened(tmp_path), job, txt=b"text")
    (tmp_path / "new").mkdir()
    for name in ("p.png", "out"):
        (tmp_path / name).rename(tmp_path / "new" / name)
    assert opened(tmp_path / "new").is_done(Job(tmp_path / "new" / "p.png", 0, "p"))


def test_another_format_does_not_make_the_first_one_somebody_else_s(tmp_path, job):
    write(opened(tmp_path), job, txt=b"text")
    write(opened(tmp_path, (".tsv",)), job, tsv=b"table")
    assert opened(tmp_path, (".txt", ".tsv")).is_done(job)
    job.source.write_bytes(b"others")
    write(opened(tmp_path, (".tsv",)), job, tsv=b"table 2")
    assert not opened(tmp_path).is_done(job)                         # of the picture before
    write(opened(tmp_path), job, txt=b"text 2")
    assert opened(tmp_path, (".txt", ".tsv")).is_done(job)


@pytest.mark.parametrize("make", [lambda path: path.write_text("mine"), lambda path: path.mkdir(),
                                  lambda path: path.symlink_to("nowhere")])
def test_what_this_program_did_not_write_stays(tmp_path, job, make):
    (tmp_path / "out").mkdir()
    make(tmp_path / "out" / "p.txt")
    before = os.lstat(tmp_path / "out" / "p.txt")
    for check in (lambda: opened(tmp_path).check(job), lambda: write(opened(tmp_path), job, txt=b"text")):
        with pytest.raises(OutputError, match="p.txt: is there already.*--out"):
            check()
    assert os.lstat(tmp_path / "out" / "p.txt").st_ino == before.st_ino
    assert not (tmp_path / "out" / RECORD).exists()


def test_what_was_corrected_stays_and_what_was_not_is_replaced(tmp_path, job):
    write(opened(tmp_path), job, txt=b"text")
    write(opened(tmp_path), job, txt=b"text 2")
    (tmp_path / "out" / "p.txt").write_text("corrected")
    with pytest.raises(OutputError, match="not as this program wrote it"):
        write(opened(tmp_path), job, txt=b"text 3")
    assert (tmp_path / "out" / "p.txt").read_text() == "corrected"


def test_a_file_that_another_process_wrote_meanwhile_is_known(tmp_path, job):
    results = opened(tmp_path)
    write(opened(tmp_path), job, txt=b"of the other")
    write(results, job, txt=b"text")
    assert (tmp_path / "out" / "p.txt").read_bytes() == b"text"


def test_a_process_that_was_killed_while_it_wrote_knows_its_files(tmp_path, job, monkeypatch):
    class Killed(BaseException):
        pass

    def die(*arguments):
        raise Killed

    results = opened(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(results, "_append_line", lambda name, values, real=results._append_line:
                      die() if values.get("files") else real(name, values))
        with pytest.raises(Killed):
            write(results, job, txt=b"text")
    assert (tmp_path / "out" / "p.txt").read_bytes() == b"text"
    again = opened(tmp_path)
    assert not again.is_done(job)
    write(again, job, txt=b"text")
    assert opened(tmp_path).is_done(job)


@pytest.mark.parametrize("damage", [b'{"page": "x"', b"\xff\xfe\n", b"[]\n3\n{}\n", b'{"page": "p", "colour": 3}\n'])
def test_damaged_entries_are_dropped_and_others_stay(tmp_path, job, damage):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / RECORD).write_bytes(damage)
    write(opened(tmp_path), job, txt=b"text")
    assert opened(tmp_path).is_done(job)


@pytest.mark.parametrize("name", [RECORD])
def test_a_record_that_cannot_be_read_is_named(tmp_path, name):
    (tmp_path / "out" / name).mkdir(parents=True)
    with pytest.raises(OutputError, match=name):
        opened(tmp_path)


def test_what_is_no_file_is_read_every_time(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert fingerprint(tmp_path / "pipe") == fingerprint(tmp_path / "nowhere")
    results = opened(tmp_path)
    write(results, Job(tmp_path / "pipe", 0, "pipe"), txt=b"text")
    assert not results.is_done(Job(tmp_path / "pipe", 0, "pipe")) and stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def listed(folder):
    return [json.loads(line)["page"] for line in (folder / FAILURES).read_text().splitlines()]


def test_a_failure_is_listed_until_the_page_is_done(tmp_path, job):
    results, other = opened(tmp_path), Job(tmp_path / "q.png", 1, "q")
    for one in (job, other, job):
        results.fail(one, ValueError("odd"), "odd")
    assert listed(tmp_path / "out") == [str(job.source), f"{other.source}, page 2", str(job.source)]
    results.close()
    assert listed(tmp_path / "out") == [str(job.source), f"{other.source}, page 2"]
    write(results, job, txt=b"text")
    results.forgive(other)
    results.close()
    assert not (tmp_path / "out" / FAILURES).exists()


def test_failures_of_a_version_without_records_stay_until_their_page_is_done(tmp_path, job, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    lines = [{"page": "p.png", "error": "E", "reason": "r"}, {"page": "r.tif, page 3", "error": "E", "reason": "r"}]
    (tmp_path / "out" / FAILURES).write_text("".join(json.dumps(line) + "\n" for line in lines) + "damage\n")
    results = opened(tmp_path)
    write(results, job, txt=b"text")
    results.close()
    assert listed(tmp_path / "out") == ["r.tif, page 3"]
    write(results, Job(tmp_path / "r.tif", 2, "r"), txt=b"text")
    results.close()
    assert not (tmp_path / "out" / FAILURES).exists()


def test_several_processes_lose_no_entry(tmp_path):
    code = ("import sys\nfrom pathlib import Path\nfrom ocr.batch.results import Job, Results\n"
            "results = Results(Path(sys.argv[1]), ('.txt',), (), '--out')\n"
            "for n in range(20): results.fail(Job(Path(f'{sys.argv[2]}{n}'), 0, ''), ValueError('x'), 'x')\nresults.close()")
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "out"), name]) for name in "ab"]
    assert [process.wait(120) for process in running] == [0, 0]
    opened(tmp_path).close()
    assert len(listed(tmp_path / "out")) == 40


def test_names_that_are_not_unicode_are_recorded(tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9.png")
    path.write_bytes(b"pixels")
    job = Job(path, 0, "x")
    results = opened(tmp_path)
    results.fail(job, ValueError("odd"), "odd")
    assert listed(tmp_path / "out") == [str(path)]
    write(results, job, txt=b"text")
    assert opened(tmp_path).is_done(job)
