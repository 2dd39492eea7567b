"""What the results of a run are called: each differently, the same in every run, and never like an input."""
from __future__ import annotations

import os
from pathlib import Path

import pytest

from ocr.batch.names import name_jobs, number_after_first, number_all
from ocr.batch.fingerprints import fingerprint
from ocr.batch.results import Job, Results
from ocr.errors import OutputError
from ocr.page.model import ProcessingStep

STEP = ProcessingStep("toy")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return [(folder / name, 1) for name in names]


def named(given, suffixes=(".xml",), numbering=number_all):
    """Name jobs, and write their results."""
    results = Results(Path("out"), suffixes, (STEP,), "--out")
    jobs = name_jobs(given, (results,), numbering)
    for job in jobs:
        results.write(job, {}, dict.fromkeys(suffixes, b"x"))
    return [job.name for job in jobs]


@pytest.mark.parametrize("names", [
    ("x/a/p.png", "y/a/p.png", "y/a/q.png", "q.jpg", "r.png"), ("a/p.jpg", "b/p.jpg", "p.png"), ("p.png", "p.jpg", "p.jpg.tif"),
    ("a/P.png", "b/p.png", "p.PNG"), ("a/p.jpg", "a_p.jpg", "b/p.jpg"), ("e\u0301.png", "\u00e9.png")])
def test_all_are_different_also_where_the_disk_ignores_case(folder, names):
    found = named(files(folder, *names))
    assert len({name.casefold() for name in found}) == len(names)
    assert len(list((folder / "out").glob("*.xml"))) == len(names)


def test_the_shortest_name_that_is_its_own_is_taken(folder):
    assert named(files(folder, "a/q.png", "q.jpg", "r.png", "a/s.png", "b/s.png")) == ["q.png", "q.jpg", "r", "a_s.png", "b_s.png"]


def test_a_file_that_is_added_changes_no_name(folder):
    first = files(folder, "p.jpg")
    assert named(first) == ["p"]
    assert named(files(folder, "p.png") + first) == ["p.png", "p"]
    assert named(files(folder, "b/p.jpg")) == ["p.jpg"]
    assert sorted(path.name for path in (folder / "out").glob("*.xml")) == ["p.jpg.xml", "p.png.xml", "p.xml"]


@pytest.mark.parametrize("numbering, expected", [(number_all, ["p", "p_0002", "p_0003"]), (number_after_first, ["p", "p_0002", "p_0003"])])
def test_a_file_that_grew_keeps_the_name_of_its_first_page(folder, numbering, expected):
    ((path, _),) = files(folder, "p.tif")
    assert named([(path, 1)], numbering=numbering) == ["p"]
    assert named([(path, 3)], numbering=numbering) == expected


def test_numbered_pages_give_way_to_files_that_are_called_so(folder):
    (tiff, other) = files(folder, "p.tif", "p_0002.jpg")
    found = named([(tiff[0], 3), other])
    assert len(set(found)) == 4 and found[:3] == ["p_0001", "p_0002", "p_0003"]


def test_a_file_that_was_moved_keeps_its_name(folder):
    given = files(folder, "a/p.png", "a/q.png")
    results = Results(folder / "out", (".xml",), (STEP,), "--out")
    for job in name_jobs(given, (results,)):
        results.write(job, {job.source: fingerprint(job.source)}, {".xml": b"x"})
    (folder / "a").rename(folder / "b")
    again = Results(folder / "out", (".xml",), (STEP,), "--out")
    moved = name_jobs([(folder / "b" / name, 1) for name in ("q.png", "p.png")], (again,))
    assert [job.name for job in moved] == ["q", "p"] and not any(map(again.is_done, moved))
    again.write(moved[0], {}, {".xml": b"y"})
    assert (folder / "out" / "q.xml").read_bytes() == b"y"


def test_names_that_leave_no_room_for_a_suffix_are_cut(folder):
    found = named(files(folder, *("n" * 250 + suffix for suffix in (".png", ".jpg"))), suffixes=(".alto.xml",))
    assert len(set(found)) == 2 and all(200 <= len(name) <= 246 for name in found)


def test_files_of_two_suffixes_do_not_take_one_name(folder):
    found = named(files(folder, "a.png", "a.alto.png"), suffixes=(".xml", ".alto.xml"))
    assert len({name + suffix for name in found for suffix in (".xml", ".alto.xml")}) == 4


def test_no_input_is_written_over(folder):
    def refused(given, out, suffix):
        with pytest.raises(OutputError, match="would overwrite. Give another --out"):
            name_jobs(given, (Results(folder / out, (suffix,), (STEP,), "--out"),))

    given = files(folder, "in/letters.pdf", "in/other.jpg")
    refused(given, "in", ".pdf")
    (folder / "link").symlink_to(folder / "in")
    refused(given, "link", ".pdf")
    refused(files(folder, "in/Letters.PDF"), "in", ".pdf")
    (folder / "hard").mkdir()
    os.link(folder / "in" / "letters.pdf", folder / "hard" / "letters.pdf")
    refused(given, "hard", ".pdf")
    refused([(files(folder, "in/a.tif")[0][0], 2), *files(folder, "in/a_0002.jpg")], "in", ".jpg")
    assert name_jobs(given, (Results(folder / "in", (".txt",), (STEP,), "--out"),))[0] == Job(given[0][0], 0, "letters")
