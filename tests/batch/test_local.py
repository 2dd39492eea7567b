"""A stage over many files: what is skipped, what fails, interruption, and documents whose image is gone."""
from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ocr.batch import local, sources
from ocr.batch.results import FAILURES, RECORD
from ocr.errors import ImageError, OutputError
from ocr.formats.document import read_document
from ocr.formats.document_image import find_image
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, ProcessingStep, Reading, Region


class Stage:
    """Puts one line on each page; counts calls; stops or fails where told."""

    name = "toy"

    def __init__(self, version="1", interrupt_at=None):
        self.step = ProcessingStep("toy", "toy-model", "ab" * 32, version, (("size", "3"),))
        self.calls, self.interrupt_at = 0, interrupt_at

    def __call__(self, page, pixels):
        if self.calls == self.interrupt_at:
            raise KeyboardInterrupt
        self.calls += 1
        outline = Polygon.from_box(Box(2, 2, 20, 10))
        line = Line(f"l{self.calls}", outline, readings=(Reading("text", 0.5),))
        return replace(page, regions=(Region("r1", outline, (line,)),), steps=(*page.steps, self.step))


@pytest.fixture
def images(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(3):
        Image.fromarray(np.full((40, 60, 3), 200, np.uint8)).save(folder / f"p{number}.png")
    return folder


def failures(out):
    return [json.loads(line) for line in (out / FAILURES).read_text().splitlines()]


def visible(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_every_page_gets_a_document_and_a_second_run_does_nothing(images, tmp_path):
    stage, out = Stage(), tmp_path / "out"
    first = local.run_stage(stage, [images], out)
    second = local.run_stage(stage, [images], out)
    assert (first.made, second.made, second.skipped, stage.calls) == (3, 0, 3, 3)
    page = read_document(out / "p0.xml")
    assert page.text == "text" and page.steps == (stage.step,)
    assert find_image(out / "p0.xml", page).samefile(images / "p0.png")


def test_warnings_of_the_stage_itself_are_reported(images, tmp_path, capsys):
    first, second = Stage(), Stage()
    first.step = ProcessingStep("paragraphs", warnings=("1 region was left out as doubtful.",))
    second.step = ProcessingStep("lines", warnings=("No line was found.",))
    local.run_stage(first, [images / "p0.png"], tmp_path / "1")
    assert capsys.readouterr().err == (f"{images / 'p0.png'}: 1 region was left out as doubtful. "
                                       "To read what was left out, add --keep-doubtful.\n")
    local.run_stage(second, [tmp_path / "1"], tmp_path / "2")
    assert capsys.readouterr().err == f"{tmp_path / '1' / 'p0.xml'}: No line was found.\n"


def test_another_model_or_another_picture_is_worked_on_again(images, tmp_path):
    out = tmp_path / "out"
    local.run_stage(Stage(), [images], out)
    assert local.run_stage(Stage(version="2"), [images], out).made == 3
    os.utime(images / "p0.png")                             # only touched
    Image.new("L", (60, 40), 7).save(images / "p1.png")
    os.utime(images / "p1.png", (1, 1))                     # as old as it may say
    summary = local.run_stage(Stage(version="2"), [images], out)
    assert (summary.made, summary.skipped) == (1, 2)


@pytest.mark.parametrize("at_once", [1, 3])
def test_a_bad_page_is_written_down_and_the_others_are_done(images, tmp_path, capsys, at_once):
    (images / "p1.png").write_bytes(b"")
    out = tmp_path / "out"
    summary = local.run_stage(Stage(), [images], out, at_once)
    assert (summary.made, summary.failed, summary.exit_code) == (2, 1, 1)
    (entry,) = failures(out)
    assert "p1.png" in entry["page"] and "empty" in entry["reason"]
    assert capsys.readouterr().err.count("p1.png") == 1
    Image.new("RGB", (60, 40)).save(images / "p1.png")
    assert local.run_stage(Stage(), [images], out, at_once).exit_code == 0
    assert not (out / FAILURES).exists()


def test_an_interrupted_run_goes_on_and_does_nothing_twice(images, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        local.run_stage(Stage(interrupt_at=1), [images], out)
    assert visible(out) == ["p0.xml"]
    again = Stage()
    assert local.run_stage(again, [images], out).skipped == 1 and again.calls == 2


KILLED = """
import os, runpy, signal, sys
from ocr import output
from ocr.batch import local
names = runpy.run_path(sys.argv[1])
replace, written = os.replace, []
def die(*paths):
    written.append(paths)
    if len(written) < 2 or sys.argv[4] == "after":
        replace(*paths)
    if len(written) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
output.os.replace = die
local.run_stage(names["Stage"](), [sys.argv[2]], sys.argv[3])
"""


@pytest.mark.parametrize("moment, there", [("before", ["p0.xml"]), ("after", ["p0.xml", "p1.xml"])])
def test_a_run_that_is_killed_in_the_middle_of_writing_goes_on(images, tmp_path, moment, there):
    out = tmp_path / "out"
    killed = subprocess.run([sys.executable, "-c", KILLED, __file__, images, out, moment], timeout=60, check=False,
                            env={**os.environ, "PYTHONPATH": str(Path(local.__file__).parents[2])})
    assert killed.returncode == -signal.SIGKILL
    assert [path.name for path in sources.list_sources([out])] == there
    summary = local.run_stage(Stage(), [images], out)
    assert (summary.made, summary.skipped, summary.failed) == (2, 1, 0)
    assert sorted(path.name for path in out.iterdir()) == [".results.jsonl", "p0.xml", "p1.xml", "p2.xml"]


def test_stages_chain_through_folders_and_never_write_over_their_input(images, tmp_path):
    local.run_stage(Stage(), [images], tmp_path / "a")
    before = (tmp_path / "a" / "p0.xml").read_bytes()
    assert local.run_stage(Stage("2"), [tmp_path / "a"], tmp_path / "deep" / "b").made == 3
    assert (tmp_path / "a" / "p0.xml").read_bytes() == before
    assert len(read_document(tmp_path / "deep" / "b" / "p0.xml").steps) == 2
    with pytest.raises(OutputError, match="p0.xml is read from there.*Give another output folder"):
        local.run_stage(Stage(), [tmp_path / "a"], tmp_path / "a")


def test_pages_of_one_file_and_files_of_one_name_get_their_own_documents(tmp_path):
    frames = [Image.new("L", (60, 40), shade) for shade in (100, 200)]
    frames[0].save(tmp_path / "many.tif", save_all=True, append_images=frames[1:])
    for suffix in ("png", "jpg"):
        Image.new("RGB", (60, 40)).save(tmp_path / f"one.{suffix}")
    out = tmp_path / "out"
    assert local.run_stage(Stage(), [tmp_path], out).made == 4
    assert sorted(path.name for path in out.glob("*.xml")) == ["many_0001.xml", "many_0002.xml", "one.jpg.xml", "one.png.xml"]
    assert sources.load_page(out / "many_0002.xml")[1].pixels[0, 0, 0] == 200


def test_files_of_one_name_in_two_folders_get_their_own_documents(tmp_path):
    for folder, shade in (("a", 50), ("b", 150)):
        (tmp_path / folder).mkdir()
        Image.new("L", (60, 40), shade).save(tmp_path / folder / "p.png")
    out = tmp_path / "out"
    assert local.run_stage(Stage(), [tmp_path / "a", tmp_path / "b"], out).made == 2
    assert sources.load_page(out / "a_p.png.xml")[1].pixels[0, 0, 0] == 50
    assert sources.load_page(out / "b_p.png.xml")[1].pixels[0, 0, 0] == 150
    assert local.run_stage(Stage(), [tmp_path / "a", tmp_path / "b"], out).skipped == 2


def test_a_source_that_is_not_there_does_not_stop_the_others(images, tmp_path, capsys):
    summary = local.run_stage(Stage(), [images, tmp_path / "nowhere"], tmp_path / "out")
    assert (summary.made, summary.failed) == (3, 1)
    assert "nowhere" in capsys.readouterr().err and not (tmp_path / "out" / FAILURES).exists()
    with pytest.raises(ImageError, match="nowhere"):
        local.run_stage(Stage(), [tmp_path / "nowhere"], tmp_path / "out")


@pytest.mark.parametrize("error, reason", [(MemoryError(), "not enough memory"), (ValueError("odd"), "ValueError: odd")])
def test_whatever_is_wrong_with_one_page_names_it_and_the_others_are_done(images, tmp_path, error, reason):
    class Fragile(Stage):
        def __call__(self, page, pixels):
            if page.image_filename.endswith("p1.png"):
                raise error
            return super().__call__(page, pixels)

    assert local.run_stage(Fragile(), [images], tmp_path / "out").made == 2
    (entry,) = failures(tmp_path / "out")
    assert entry["reason"].startswith(f"{images / 'p1.png'}: ") and reason in entry["reason"]


def test_a_folder_in_the_way_of_one_result_does_not_stop_the_others(images, tmp_path):
    (tmp_path / "out" / "p0.xml").mkdir(parents=True)
    summary = local.run_stage(Stage(), [images], tmp_path / "out")
    assert (summary.made, summary.failed) == (2, 1)


def test_a_full_disk_ends_the_run_with_one_line(images, tmp_path, monkeypatch, capsys):
    stage = Stage()

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ocr.output.os.replace", full)
    with pytest.raises(OutputError, match="p0.xml.*No space left"):
        local.run_stage(stage, [images], tmp_path / "out")
    assert stage.calls == 1 and not capsys.readouterr().err and not visible(tmp_path / "out")


def test_a_picture_whose_name_is_not_unicode_is_to_be_renamed(tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9.png")
    Image.new("RGB", (60, 40)).save(path)
    assert local.run_stage(Stage(), [tmp_path], tmp_path / "out").failed == 1
    assert "Rename" in failures(tmp_path / "out")[0]["reason"]


def test_an_output_folder_may_be_a_link_to_somewhere_else(images, tmp_path):
    (tmp_path / "other" / "disk").mkdir(parents=True)
    (tmp_path / "out").symlink_to(tmp_path / "other" / "disk")
    local.run_stage(Stage(), [images], tmp_path / "out")
    assert local.run_stage(Stage(), [images], tmp_path / "out").skipped == 3
    with pytest.raises(OutputError, match="is read from there"):
        local.run_stage(Stage("2"), [tmp_path / "out"], tmp_path / "other" / "disk")


@pytest.mark.parametrize("name", ["", "x" * 5000 + ".png"])
def test_a_document_that_names_no_possible_picture(images, tmp_path, name):
    out = tmp_path / "out"
    local.run_stage(Stage(), [images / "p0.png"], out)
    text = (out / "p0.xml").read_text().replace("../in/p0.png", name)
    (out / "p0.xml").write_text(text)
    with pytest.raises(ImageError, match="was not found"):
        sources.load_page(out / "p0.xml")


def test_a_document_whose_picture_is_gone_or_another_is_named(images, tmp_path):
    out = tmp_path / "out"
    local.run_stage(Stage(), [images / "p0.png"], out)
    Image.new("RGB", (61, 40)).save(images / "p0.png")
    with pytest.raises(Exception, match="60 x 40"):
        sources.load_page(out / "p0.xml")
    (images / "p0.png").unlink()
    with pytest.raises(ImageError, match="p0.png"):
        sources.load_page(out / "p0.xml")


def test_progress_is_shown_on_a_terminal_and_only_there(images, tmp_path, capsys, monkeypatch):
    local.run_stage(Stage(), [images], tmp_path / "quiet")
    assert "page" not in capsys.readouterr().err
    monkeypatch.setattr(local, "INTERVAL", 0.0)
    local.run_stage(Stage(), [images], tmp_path / "slow")
    said = capsys.readouterr().err.splitlines()
    assert [line.split(" pages")[0] for line in said] == ["0 of 3", "1 of 3", "2 of 3"] and "hours left" in said[1]
    monkeypatch.setattr(local.sys.stderr, "isatty", lambda: True, raising=False)
    local.run_stage(Stage(), [images], tmp_path / "shown")
    assert "3/3" in capsys.readouterr().err


def test_an_image_without_a_document_is_named_to_a_stage_that_needs_one(images, tmp_path, capsys):
    local.run_stage(Stage(), [images / "p0.png"], images, reads="both")
    summary = local.run_stage(Stage("2"), [images], tmp_path / "out", reads="documents")
    assert (summary.made, summary.failed) == (1, 0)
    assert "passed over as no PAGE-XML or ALTO: p1.png, p2.png" in capsys.readouterr().err
    assert local.run_stage(Stage("2"), [images / "p0.xml", images / "p1.png"], tmp_path / "two", reads="documents").failed == 1
    assert "stage 1" in failures(tmp_path / "two")[0]["reason"]


def test_a_run_that_was_interrupted_says_that_it_resumes(images, tmp_path, capsys):
    with pytest.raises(KeyboardInterrupt):
        local.run_stage(Stage(interrupt_at=2), [images], tmp_path / "out")
    assert "2 pages done, 0 up to date, 0 failed" in (said := capsys.readouterr().err) and "resumes from there" in said


def test_what_a_picture_was_before_it_was_read_counts(images, tmp_path):
    class Slow(Stage):
        def __call__(self, page, pixels):
            if page.image_filename.endswith("p1.png"):
                Image.new("L", (60, 40), 9).save(images / "p1.png")            # another page is saved there meanwhile
            return super().__call__(page, pixels)

    local.run_stage(Slow(), [images], tmp_path / "out")
    again = Stage()
    assert local.run_stage(again, [images], tmp_path / "out").made == again.calls == 1


def test_results_of_a_version_without_records_are_kept_while_they_are_newer(images, tmp_path):
    out = tmp_path / "out"
    local.run_stage(Stage(), [images], out)
    (out / RECORD).unlink()
    os.utime(images / "p1.png", (2e9, 2e9))
    assert (local.run_stage(Stage(), [images], out).made, len(visible(out))) == (1, 3)
    (out / RECORD).unlink()
    assert local.run_stage(Stage("2"), [images], out).made == 3


def test_a_result_that_was_corrected_is_not_written_over(images, tmp_path):
    out = tmp_path / "out"
    local.run_stage(Stage(), [images], out)
    (out / "p1.xml").write_text("corrected")
    assert local.run_stage(Stage(), [images], out).skipped == 3
    assert local.run_stage(Stage("2"), [images], out).made == 2
    assert (out / "p1.xml").read_text() == "corrected" and "Move it away" in failures(out)[0]["reason"]


def test_each_failure_is_appended_and_repaired_pages_are_forgotten_however_their_path_is_spelt(tmp_path, monkeypatch):
    folder, out, rewritten = tmp_path / "in", tmp_path / "out", []
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.png").write_bytes(b"")
    monkeypatch.setattr("ocr.batch.results.write_atomically", lambda path, data: rewritten.append(data))
    assert local.run_stage(Stage(), [folder], out).failed == 5
    assert len(failures(out)) == 5 and not rewritten
    monkeypatch.undo()
    for number in range(1, 5):
        Image.new("L", (60, 40)).save(folder / f"{number}.png")
    monkeypatch.chdir(folder)
    assert local.run_stage(Stage(), ["."], "../out").made == 4
    assert [entry["page"] for entry in failures(out)] == ["0.png"]
    assert not list(out.glob(".failures*"))
