"""What a command line says about the pipeline, and what reading many images prints, with a pipeline of no networks."""
from __future__ import annotations

import argparse

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
    def read(self, image):
        outline = Polygon.from_box(Box(2, 2, 20, 10))
        line = Line("l", outline, readings=(Reading(f"shade {image.pixels[0, 0, 0]}"),))
        return Page(str(image.path), image.pixels.shape[:2], (Region("r", outline, (line,)),), frame=image.frame)


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
    assert [sorted(path.name for path in (images / name).iterdir()) for name in "abc"] == [["p2.txt"], ["p2.xml"], ["p2.jpg"]]


def test_warnings_are_printed_beside_the_text_with_the_option_that_reads_more(images, capsys):
    class Warns(Pipeline):
        def read(self, image):
            steps = (ProcessingStep("paragraphs", warnings=("1 region was left out as doubtful.",)),
                     ProcessingStep("lines", warnings=("No line of handwriting was found.",)))
            return Page(str(image.path), image.pixels.shape[:2], steps=steps)

    assert read_images(Warns(), [str(images / "p0.png")]) == 0
    said = capsys.readouterr()
    assert said.out == "\n"
    assert said.err == (f"{images / 'p0.png'}: 1 region was left out as doubtful. To read what was left out, add --keep-doubtful.\n"
                        f"{images / 'p0.png'}: No line of handwriting was found.\n")


def test_a_full_disk_ends_the_run(images, monkeypatch, capsys):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ocr.output.os.replace", full)
    with pytest.raises(OutputError, match="No space left"):
        read_images(Pipeline(), [str(images)], Outputs((("txt", images / "out"),)))
    assert capsys.readouterr().out.count("shade") == 1
