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
from ocr.errors import ImageError, OutputError
from ocr.output import FAILURES
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


def test_another_model_or_a_newer_picture_is_worked_on_again(images, tmp_path):
    out = tmp_path / "out"
    local.run_stage(Stage(), [images], out)
    assert local.run_stage(Stage(version="2"), [images], out).made == 3
    later = (out / "p1.xml").stat().st_mtime + 10
    os.utime(images / "p1.png", (later, later))
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
    assert sorted(path.name for path in out.iterdir()) == ["p0.xml"]
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
    if len(written) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    replace(*paths)
output.os.replace = die
local.run_stage(names["Stage"](), [sys.argv[2]], sys.argv[3])
"""


def test_a_run_that_is_killed_in_the_middle_of_writing_goes_on(images, tmp_path):
    out = tmp_path / "out"
    killed = subprocess.run([sys.executable, "-c", KILLED, __file__, images, out], timeout=60, check=False,
                            env={**os.environ, "PYTHONPATH": str(Path(local.__file__).parents[2])})
    assert killed.returncode == -signal.SIGKILL
    assert [path.name for path in sources.list_sources([out])] == ["p0.xml"]
    summary = local.run_stage(Stage(), [images], out)
    assert (summary.made, summary.skipped) == (2, 1)
    assert [path.name for path in sources.list_sources([out])] == ["p0.xml", "p1.xml", "p2.xml"]


def test_stages_chain_through_folders_and_never_write_over_their_input(images, tmp_path):
    local.run_stage(Stage(), [images], tmp_path / "a")
    before = (tmp_path / "a" / "p0.xml").read_bytes()
    assert local.run_stage(Stage("2"), [tmp_path / "a"], tmp_path / "deep" / "b").made == 3
    assert (tmp_path / "a" / "p0.xml").read_bytes() == before
    assert len(read_document(tmp_path / "deep" / "b" / "p0.xml").steps) == 2
    with pytest.raises(OutputError, match="overwrite"):
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


def test_a_page_whose_result_would_be_that_of_another_is_refused(tmp_path):
    frames = [Image.new("L", (60, 40), shade) for shade in (100, 200)]
    frames[0].save(tmp_path / "p.tif", save_all=True, append_images=frames[1:])
    frames[0].save(tmp_path / "p_0001.png")
    summary = local.run_stage(Stage(), [tmp_path], tmp_path / "out")
    assert (summary.made, summary.failed) == (2, 1)
    (entry,) = failures(tmp_path / "out")
    assert "p_0001.png" in entry["page"] and "Rename" in entry["reason"]


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
    assert stage.calls == 1 and not capsys.readouterr().err and not list((tmp_path / "out").iterdir())


def test_a_picture_whose_name_is_not_unicode_is_to_be_renamed(tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9.png")
    Image.new("RGB", (60, 40)).save(path)
    assert local.run_stage(Stage(), [tmp_path], tmp_path / "out").failed == 1
    assert "Rename" in failures(tmp_path / "out")[0]["reason"]


def test_folders_and_hidden_files_that_end_in_xml_are_passed_over(images, tmp_path):
    out = tmp_path / "out"
    local.run_stage(Stage(), [images], out)
    (out / "folder.xml").mkdir()
    (out / "._p0.xml").write_bytes(b"of another system")
    assert [path.name for path in sources.list_sources([out])] == ["p0.xml", "p1.xml", "p2.xml"]


def test_a_glob_stands_for_documents_too(images, tmp_path):
    local.run_stage(Stage(), [images], tmp_path / "out")
    os.rename(tmp_path / "out" / "p1.xml", tmp_path / "out" / "p1.XML")
    assert [path.name for path in sources.list_sources([tmp_path / "out" / "p[12]*"])] == ["p1.XML", "p2.xml"]
    assert [path.name for path in sources.list_sources([tmp_path / "out"])] == ["p0.xml", "p1.XML", "p2.xml"]


def test_an_output_folder_may_be_a_link_to_somewhere_else(images, tmp_path):
    (tmp_path / "other" / "disk").mkdir(parents=True)
    (tmp_path / "out").symlink_to(tmp_path / "other" / "disk")
    local.run_stage(Stage(), [images], tmp_path / "out")
    assert local.run_stage(Stage(), [images], tmp_path / "out").skipped == 3
    with pytest.raises(OutputError, match="overwrite"):
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
    monkeypatch.setattr(local.sys.stderr, "isatty", lambda: True, raising=False)
    local.run_stage(Stage(), [images], tmp_path / "shown")
    assert "3/3" in capsys.readouterr().err
