"""What a command line says about the pipeline, and what reading many images prints, with a pipeline of no networks."""
from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from ocr.decoding.settings import DecodingSettings
from ocr.engine.options import add_jobs_option
from ocr.engine.settings import EngineSettings
from ocr.errors import InputError, OutputError
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, ProcessingStep, Reading, Region
from ocr.pipeline import ReadSettings
from ocr.reading import Outputs, add_pipeline_options, read_images, read_settings


ROOT = Path(__file__).parent.parent


def visible(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def settings(*words, jobs=False, **options):
    parser = argparse.ArgumentParser()
    add_pipeline_options(parser, **options)
    if jobs:
        add_jobs_option(parser)
    return read_settings(parser.parse_args(words))


def test_what_is_not_said_stays_as_it_is_by_default():
    assert settings(models=True, decoding=False) == ReadSettings()
    assert settings("--threads", "3", decoding=False) == ReadSettings(EngineSettings(threads=3))


def test_models_and_decoding_are_those_of_the_options():
    found = settings("--recognition", "run", "--paragraphs", "small", "--decoder", "beam", "--lexicon", "a", "--lexicon", "b",
                     models=True)
    assert found == ReadSettings(models=(("paragraphs", "small"), ("recognition", "run")),
                                 decoding=DecodingSettings("beam", lexicons=("a", "b")))


def test_threads_that_are_given_are_each_page_s_own():
    assert settings("--threads", "5", "--jobs", "4", jobs=True).engine.threads == 5


def test_a_corrector_that_no_decoder_asks_is_refused():
    with pytest.raises(InputError, match="beam asks none"):
        settings("--decoder", "beam", "--corrector", "run")


class Pipeline:
    def __init__(self, version="1"):
        self.stages, self.read_pages = (SimpleNamespace(step=ProcessingStep("toy", version=version)),), []

    def read(self, image):
        self.read_pages.append(image.path.name)
        outline = Polygon.from_box(Box(2, 2, 20, 10))
        line = Line("l", outline, readings=(Reading(f"shade {image.pixels[0, 0, 0]}"),))
        return Page(str(image.path), image.pixels.shape[:2], (Region("r", outline, (line,)),), frame=image.frame,
                    steps=(self.stages[0].step,))


@pytest.fixture
def images(tmp_path):
    for shade in range(5):
        Image.new("L", (60, 40), shade).save(tmp_path / f"p{shade}.png")
    return tmp_path


def test_texts_come_in_the_order_of_the_images_however_many_are_read_at_once(images, capsys):
    for jobs in (1, 3):
        assert read_images(Pipeline(), [str(images), str(images / "p1.png")], jobs=jobs) == 0
        said = capsys.readouterr().out.splitlines()
        assert said[1::2] == [f"shade {shade}" for shade in range(5)] and said[0] == f"=== {images / 'p0.png'}"


def test_one_image_is_printed_without_its_name_and_written_where_asked(images, capsys):
    outputs = Outputs((("txt", images / "a"), ("page", images / "b")), images / "c")
    assert read_images(Pipeline(), [str(images / "p2.png")], outputs) == 0
    assert capsys.readouterr().out == "shade 2\n"
    assert [visible(images / name) for name in "abc"] == [["p2.txt"], ["p2.xml"], ["p2.jpg"]]


def test_warnings_are_printed_beside_the_text_with_the_option_that_reads_more(images, capsys):
    class Warns(Pipeline):
        def read(self, image):
            left_out = ("1 region was left out as doubtful.", "1 region of print was left out as other text.")
            steps = (ProcessingStep("paragraphs", warnings=left_out),
                     ProcessingStep("lines", warnings=("No line of handwriting was found.",)))
            return Page(str(image.path), image.pixels.shape[:2], steps=steps)

    assert read_images(Warns(), [str(images / "p0.png")]) == 0
    said = capsys.readouterr()
    assert said.out == "\n"
    assert said.err == (f"{images / 'p0.png'}: 1 region was left out as doubtful. To read what was left out, add --keep-doubtful.\n"
                        f"{images / 'p0.png'}: 1 region of print was left out as other text. To read what was left out, add --text all.\n"
                        f"{images / 'p0.png'}: No line of handwriting was found.\n")


def test_a_full_disk_ends_the_run(images, monkeypatch, capsys):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ocr.output.os.replace", full)
    with pytest.raises(OutputError, match="No space left"):
        read_images(Pipeline(), [str(images)], Outputs((("txt", images / "out"),)))
    assert capsys.readouterr().out.count("shade") == 0


@pytest.mark.parametrize("kind, again", [("txt", True), ("page", True), ("json", True), ("tsv", False)])
def test_a_run_is_resumed_and_prints_what_it_has(images, capsys, kind, again):
    outputs = Outputs(((kind, images / "out"),))
    assert read_images(Pipeline(), [str(images / "p0.png"), str(images / "p1.png")], outputs) == 0
    first = capsys.readouterr().out
    pipeline = Pipeline()
    assert read_images(pipeline, [str(images)], outputs) == 0
    said = capsys.readouterr()
    assert pipeline.read_pages == ["p2.png", "p3.png", "p4.png"] and said.out.startswith(first) == again
    assert ("2 pages were up to date" in said.err) != again and "3 pages done, 2 up to date, 0 failed" in said.err
    pipeline = Pipeline("2")
    assert read_images(pipeline, [str(images)], outputs) == 0 and len(pipeline.read_pages) == 5


def test_a_page_whose_files_do_not_have_what_is_printed_is_read_again(images, capsys):
    for kind, times in (("txt", 1), ("page", 0)):
        outputs = Outputs(((kind, images / kind),), printed="json")
        read_images(Pipeline(), [str(images / "p1.png")], outputs)
        first, pipeline = capsys.readouterr().out, Pipeline()
        read_images(pipeline, [str(images / "p1.png")], outputs)
        assert len(pipeline.read_pages) == times
        one, two = (json.loads(text) for text in (first, capsys.readouterr().out))
        assert one["regions"][0]["lines"][0]["text"] == two["regions"][0]["lines"][0]["text"] == "shade 1"


def test_only_the_files_that_are_missing_are_written(images):
    read_images(Pipeline(), [str(images / "p1.png")], Outputs((("txt", images / "a"),)))
    (images / "a" / "p1.txt").write_text("corrected")
    assert read_images(Pipeline(), [str(images / "p1.png")], Outputs((("txt", images / "a"), ("page", images / "b")))) == 0
    assert (images / "a" / "p1.txt").read_text() == "corrected" and (images / "b" / "p1.xml").exists()
    pipeline = Pipeline("2")
    assert read_images(pipeline, [str(images / "p1.png")], Outputs((("txt", images / "a"),))) == 1
    assert not pipeline.read_pages and (images / "a" / "p1.txt").read_text() == "corrected"


@pytest.mark.parametrize("name, outputs", [("x.jpg", Outputs(overlays=Path("."))), ("x.pdf", Outputs((("pdf", Path(".")),)))])
def test_inputs_are_not_written_over(images, monkeypatch, name, outputs):
    monkeypatch.chdir(images)
    Image.new("L", (60, 40)).save(name)
    before, pipeline = Path(name).read_bytes(), Pipeline()
    with pytest.raises(OutputError, match=f"{name}: is an input.*--out, --page-xml or --overlay"):
        read_images(pipeline, [str(images / name)], outputs)
    assert Path(name).read_bytes() == before and not pipeline.read_pages


def test_images_beside_other_files_are_read_and_the_others_are_named(images, capsys):
    for name in ("mets.xml", "p0.xml", "notes.docx", ".hidden"):
        (images / name).write_text("<mets/>")
    assert read_images(Pipeline(), [str(images)]) == 0
    said = capsys.readouterr()
    assert said.out.count("shade") == 5 and "passed over as no images: mets.xml, notes.docx, p0.xml" in said.err


@pytest.mark.parametrize("shell", [">&-", ">/dev/full", "2>&-", "2>/dev/full", "| head -c 1"])
def test_streams_change_the_exit_code_and_not_the_work(images, shell):
    """`head` may or may not be there to read the last page."""
    code = ("import runpy, sys\nfrom pathlib import Path\nfrom ocr.errors import exit_code\nfrom ocr.reading import Outputs, read_images\n"
            "pipeline = runpy.run_path(sys.argv[1])['Pipeline']()\nfolder = Path(sys.argv[2])\n"
            "outputs = Outputs((('page', folder / 'out'),))\n"
            "sys.exit(exit_code(lambda: read_images(pipeline, [str(folder)], outputs)))")
    done = subprocess.run(["sh", "-c", f'"$0" -c "$1" "$2" "$3" {shell}', sys.executable, code, __file__, str(images)],
                          cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert visible(images / "out") == [f"p{shade}.xml" for shade in range(5)]
    assert "Traceback" not in done.stderr and done.returncode == (1 if shell[0] == ">" else 0)
