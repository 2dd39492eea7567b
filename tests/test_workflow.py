"""A stage over many files: skipping, failures, atomic writing, interruption; finding pictures."""
from __future__ import annotations

import json
import os
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from ocr import workflow
from ocr.errors import ImageError, OutputError
from ocr.page.document import read_document
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
def pictures(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(3):
        Image.fromarray(np.full((40, 60, 3), 200, np.uint8)).save(folder / f"p{number}.png")
    return folder


def failures(out):
    return [json.loads(line) for line in (out / workflow.FAILURES).read_text().splitlines()]


def test_every_page_gets_a_document_and_a_second_run_does_nothing(pictures, tmp_path):
    stage, out = Stage(), tmp_path / "out"
    first = workflow.run_stage(stage, [pictures], out)
    second = workflow.run_stage(stage, [pictures], out)
    assert (first.made, second.made, second.skipped, stage.calls) == (3, 0, 3, 3)
    page = read_document(out / "p0.xml")
    assert page.text == "text" and page.steps == (stage.step,)
    assert workflow.find_image(out / "p0.xml", page).samefile(pictures / "p0.png")


def test_another_model_or_a_newer_picture_is_worked_on_again(pictures, tmp_path):
    out = tmp_path / "out"
    workflow.run_stage(Stage(), [pictures], out)
    assert workflow.run_stage(Stage(version="2"), [pictures], out).made == 3
    later = (out / "p1.xml").stat().st_mtime + 10
    os.utime(pictures / "p1.png", (later, later))
    summary = workflow.run_stage(Stage(version="2"), [pictures], out)
    assert (summary.made, summary.skipped) == (1, 2)


def test_a_bad_page_is_written_down_and_the_others_are_done(pictures, tmp_path, capsys):
    (pictures / "p1.png").write_bytes(b"")
    out = tmp_path / "out"
    summary = workflow.run_stage(Stage(), [pictures], out)
    assert (summary.made, summary.failed, summary.exit_code) == (2, 1, 1)
    (entry,) = failures(out)
    assert "p1.png" in entry["page"] and "empty" in entry["reason"]
    assert capsys.readouterr().err.count("p1.png") == 1
    Image.new("RGB", (60, 40)).save(pictures / "p1.png")
    assert workflow.run_stage(Stage(), [pictures], out).exit_code == 0
    assert not (out / workflow.FAILURES).exists()


def test_an_interrupted_run_goes_on_and_does_nothing_twice(pictures, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        workflow.run_stage(Stage(interrupt_at=1), [pictures], out)
    assert sorted(path.name for path in out.iterdir()) == ["p0.xml"]
    again = Stage()
    assert workflow.run_stage(again, [pictures], out).skipped == 1 and again.calls == 2


def test_stages_chain_through_folders_and_never_write_over_their_input(pictures, tmp_path):
    workflow.run_stage(Stage(), [pictures], tmp_path / "a")
    before = (tmp_path / "a" / "p0.xml").read_bytes()
    assert workflow.run_stage(Stage("2"), [tmp_path / "a"], tmp_path / "deep" / "b").made == 3
    assert (tmp_path / "a" / "p0.xml").read_bytes() == before
    assert len(read_document(tmp_path / "deep" / "b" / "p0.xml").steps) == 2
    with pytest.raises(OutputError, match="overwrite"):
        workflow.run_stage(Stage(), [tmp_path / "a"], tmp_path / "a")


def test_pages_of_one_file_and_files_of_one_name_get_their_own_documents(tmp_path):
    frames = [Image.new("L", (60, 40), shade) for shade in (100, 200)]
    frames[0].save(tmp_path / "many.tif", save_all=True, append_images=frames[1:])
    for suffix in ("png", "jpg"):
        Image.new("RGB", (60, 40)).save(tmp_path / f"one.{suffix}")
    out = tmp_path / "out"
    assert workflow.run_stage(Stage(), [tmp_path], out).made == 4
    assert sorted(path.name for path in out.glob("*.xml")) == ["many_0001.xml", "many_0002.xml", "one.jpg.xml", "one.png.xml"]
    assert workflow.load_page(out / "many_0002.xml")[1].pixels[0, 0, 0] == 200


def test_a_full_disk_ends_the_run_with_one_line(pictures, tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(workflow.os, "replace", full)
    with pytest.raises(OutputError, match="No space left"):
        workflow.write_atomically(tmp_path / "x.xml", b"x")
    assert not list(tmp_path.glob("*.part")) and not list(tmp_path.glob(".*.part"))


def test_a_document_whose_picture_is_gone_or_another_is_named(pictures, tmp_path):
    out = tmp_path / "out"
    workflow.run_stage(Stage(), [pictures / "p0.png"], out)
    Image.new("RGB", (61, 40)).save(pictures / "p0.png")
    with pytest.raises(Exception, match="60 x 40"):
        workflow.load_page(out / "p0.xml")
    (pictures / "p0.png").unlink()
    with pytest.raises(ImageError, match="p0.png"):
        workflow.load_page(out / "p0.xml")
