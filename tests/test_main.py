"""`python -m ocr read` with a pipeline that needs no models: bad sources among good ones, names of results, settings."""
from __future__ import annotations

import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import pypdfium2
import pytest
from PIL import Image

from ocr import __main__ as program
from ocr import pipeline
from ocr.decoding.settings import DecodingSettings
from ocr.engine.settings import EngineSettings
from ocr.page.model import Page
from ocr.pipeline import ReadSettings

ROOT = Path(__file__).parent.parent


class Pipeline:
    stages = ()

    def __init__(self, settings):
        self.settings = settings

    def read(self, image):
        if image.pixels[0, 0, 0]:
            raise ValueError("odd")
        print("read with", self.settings)
        return Page(str(image.path), image.pixels.shape[:2])


def visible(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


@pytest.fixture
def folders(tmp_path, monkeypatch):
    monkeypatch.setattr(pipeline, "Pipeline", Pipeline)
    for name in "ab":
        (tmp_path / name).mkdir()
        Image.new("RGB", (60, 40)).save(tmp_path / name / "p.png")
    return tmp_path


def test_bad_sources_are_said_and_the_others_are_read(folders, capsys):
    (folders / "a" / "q.png").write_bytes(b"")
    Image.new("RGB", (60, 40), "white").save(folders / "a" / "r.png")
    words = ["read", str(folders / "nowhere"), str(folders / "a"), str(folders / "b")]
    assert program.main(words) == 1
    said = capsys.readouterr()
    assert said.out.count("===") == 2 and "nowhere" in said.err and "q.png: the file is empty" in said.err
    assert "r.png: ValueError: odd" in said.err


def test_pages_of_one_name_do_not_write_over_each_other(folders):
    words = ["read", str(folders / "a"), str(folders / "b"), "--page-xml", str(folders / "out")]
    assert program.main([*words, "--overlay", str(folders / "out")]) == 0
    assert visible(folders / "out") == ["a_p.png.jpg", "a_p.png.xml", "b_p.png.jpg", "b_p.png.xml"]


def test_pages_are_written_in_the_formats_asked_for(folders, capsys):
    words = ["read", str(folders / "a"), "--format", "txt", "--format", "hocr", "--format", "txt"]
    assert program.main([*words, "--out", str(folders / "out"), "--page-xml", str(folders / "xml")]) == 0
    assert visible(folders / "out") == ["p.hocr", "p.txt"] and visible(folders / "xml") == ["p.xml"]
    for bad in (words, ["read", str(folders / "a"), "--out", "out"], [*words, "--format", "doc", "--out", "out"]):
        with pytest.raises(SystemExit):
            program.main(bad)
    said = capsys.readouterr().err
    assert "only one format can be printed" in said and "--out and --format go together" in said


def test_a_bad_page_of_a_file_does_not_stop_the_pages_after_it(folders, capsys):
    frames = [Image.new("L", (60, 40), shade) for shade in (0, 255, 0)]
    frames[0].save(folders / "many.tif", save_all=True, append_images=frames[1:])
    assert program.main(["read", str(folders / "many.tif")]) == 1
    said = capsys.readouterr()
    assert "many.tif, page 3" in said.out and "many.tif, page 2: ValueError: odd" in said.err


@pytest.mark.parametrize("options, settings", [
    ([], ReadSettings(decoding=DecodingSettings("beam+lm+lexicon"))),
    (["--decoder", "greedy", "--lexicon", "names.txt"],
     ReadSettings(decoding=DecodingSettings("greedy", lexicons=("names.txt",)))),
    (["--decoder", "corrector", "--corrector", "run"], ReadSettings(decoding=DecodingSettings("run"))),
    (["--language-model", "a", "--decoder", "beam+lm", "--language-model", "b"],
     ReadSettings(decoding=DecodingSettings("beam+lm", language_models=("a", "b")))),
    (["--engine", "torch", "--device", "gpu:1", "--threads", "3", "--decoder", "greedy"],
     ReadSettings(EngineSettings("torch", "gpu:1", 3), decoding=DecodingSettings("greedy")))])
def test_the_options_reach_the_pipeline(folders, capsys, options, settings):
    assert program.main(["read", str(folders / "a"), *options]) == 0
    assert f"read with {settings}\n" in capsys.readouterr().out


def test_pages_that_are_read_at_the_same_time_share_the_processor(folders, capsys, monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    assert program.main(["read", str(folders / "a"), "--jobs", "4"]) == 0
    assert "threads=2" in capsys.readouterr().out


def test_stdin_is_read_and_one_format_is_printed(folders, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=BytesIO((folders / "a" / "p.png").read_bytes())))
    monkeypatch.setattr(Pipeline, "read", lambda self, image: Page(str(image.path), image.pixels.shape[:2]))
    assert program.main(["read", "-", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["image"] == "-"
    for words in (["--out", "x", "--format", "txt"], ["--page-xml", "x"], ["--overlay", "x"]):
        with pytest.raises(SystemExit):
            program.main(["read", "-", *words])
        assert "leave out" in capsys.readouterr().err


def test_formats_are_printed_page_by_page_or_together(folders, capsysbinary, monkeypatch):
    monkeypatch.setattr(Pipeline, "read", lambda self, image: Page(str(image.path), image.pixels.shape[:2]))
    both = [str(folders / "a"), str(folders / "b")]
    assert program.main(["read", *both, "--json"]) == program.main(["read", *both, "--format", "json"]) == 0
    lines = capsysbinary.readouterr().out.splitlines()
    assert [json.loads(line)["image"] for line in lines] == [str(folders / name / "p.png") for name in "abab"]
    assert program.main(["read", *both, "--format", "pdf"]) == 0
    assert len(pypdfium2.PdfDocument(capsysbinary.readouterr().out)) == 2
    assert program.main(["read", both[0], "--format", "page"]) == 0
    assert capsysbinary.readouterr().out.startswith(b"<?xml")
    assert program.main(["read", *both, "--format", "page"]) == 1
    assert b"give a folder with --out" in capsysbinary.readouterr().err.lower()


@pytest.mark.parametrize("module", ["ocr.commands", "argparse", "ocr.errors", "ocr.engine.options", "ocr.reading", "ocr.pipeline"])
def test_ctrl_c_is_no_traceback_however_early_it_comes(module):
    code = ("import sys\nfrom importlib.abc import MetaPathFinder\nclass Interrupt(MetaPathFinder):\n"
            f"    def find_spec(self, name, *more):\n        if name == {module!r}: raise KeyboardInterrupt\n"
            f"from ocr.__main__ import main\nsys.modules.pop({module!r}, None)\nsys.meta_path.insert(0, Interrupt())\n"
            "sys.exit(main(['read', 'p.png']))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100, cwd=ROOT)
    assert (done.returncode, done.stderr) == (130, "interrupted\n")
