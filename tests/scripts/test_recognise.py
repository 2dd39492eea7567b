"""What scripts/3_recognise_text.py does besides ground-truth lines and pages: words, detected lines, images, foreign runs."""
from __future__ import annotations

import json
import runpy
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, Reading, Region, Word
from ocr.formats.page_xml import page_xml_bytes
from ocr.training import checkpoint
from ocr.training.checkpoint import Progress

SCRIPT = Path(__file__).parents[2] / "scripts" / "3_recognise_text.py"


def main(*words):
    return runpy.run_path(str(SCRIPT))["main"]([str(word) for word in words])


def train(pages, out, graph, *options):
    return main("train", "--data", f"page:{pages / 'data'}", "--out", out, "--graph", graph, "--epochs", 1, *options)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """PAGE-XML with images in data/, one page to learn from and one for validation; in found/ what was detected."""
    folder = tmp_path_factory.mktemp("pages")
    for place in ("data", "found"):
        (folder / place).mkdir()
    for name in ("p0", "p1"):
        pixels, lines = np.full((160, 320), 235, np.uint8), []
        for row in range(2):
            pixels[30 + 60 * row:54 + 60 * row, 40:250:9] = 30
            outline = Polygon.from_box(Box(36, 25 + 60 * row, 255, 60 + 60 * row))
            lines.append(Line(f"l{row}", outline, ((36, 54 + 60 * row), (255, 54 + 60 * row)),
                              (Word(f"w{row}", outline, (Reading("ill"),)),), (Reading("ill"),)))
        Image.fromarray(pixels).save(folder / "data" / f"{name}.png")
        region = Region("r", Polygon.from_box(Box(30, 20, 260, 130)), tuple(lines), "paragraph")
        document = page_xml_bytes(Page(f"{name}.png", (160, 320), (region,)))
        for place in ("data", "found"):
            (folder / place / f"{name}.xml").write_bytes(document)
    (folder / "data" / "validation.txt").write_text("p1\n")
    return folder


@pytest.fixture(scope="module")
def trained(pages):
    """A run folder, trained for an epoch on true and detected lines, with what was said in the file said."""
    pytest.importorskip("mxnet")
    pytest.importorskip("onnx")
    out, said = pages / "run", StringIO()
    with redirect_stderr(said):
        code = main("train", "--data", f"page:{pages / 'data'}", "--detected", pages / "found", "--out", out, "--epochs", 1)
    assert code == 0
    (out / "said").write_text(said.getvalue())
    return out


def test_detected_lines_train_beside_true_ones_and_validation_is_left_alone(trained):
    said = (trained / "said").read_text()
    assert "2 took the text of a ground-truth line, 0 match none; 0 pages have no document" in said
    assert "4 lines for training, 2 for validation" in said


def test_words_are_scored_and_said_to_be_words(trained, pages, capsys, monkeypatch):
    monkeypatch.setenv("OCR_CACHE", str(pages / "cache"))
    assert main("score", "--data", f"page:{pages / 'data'}", "--model", trained, "--unit", "word", "--json",
                "--decoder", "greedy") == 0
    text, scores = capsys.readouterr().out.splitlines()
    assert "single word" in text and "NFC" in text and "err" in text
    assert (json.loads(scores)["unit"], json.loads(scores)["lines"]) == ("word", 2)


def test_pictures_of_words_are_read(trained, pages, capsys):
    image = pages / "wörd.png"
    Image.open(pages / "data" / "p0.png").crop((36, 25, 255, 60)).save(image)
    assert main("read", image, "--model", trained) == 0
    name, _, confidence = capsys.readouterr().out.rstrip("\n").split("\t")
    assert name == str(image) and 0 <= float(confidence) <= 1
    assert main("read", image, pages / "gone.png", "--model", trained) == 1
    printed = capsys.readouterr()
    assert "gone.png" in printed.err and printed.out.startswith(str(image))


@pytest.mark.parametrize("content, words", [
    (lambda path: checkpoint.save(path, {"weights/w": np.zeros(3), "steps": np.array(1)}, Progress()), "another network"),
    (lambda path: path.write_bytes(b"PK"), "checkpoint.npz")])
def test_a_checkpoint_that_is_not_of_this_run_is_refused_in_one_line(trained, pages, tmp_path, capsys, content, words):
    content(tmp_path / "checkpoint.npz")
    assert train(pages, tmp_path, trained / "graph") == 1
    (error,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert words in error


def test_a_damaged_graph_is_refused(trained, pages, tmp_path, capsys):
    for path in (trained / "graph").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes()[:300])
    assert train(pages, tmp_path / "out", tmp_path) == 1
    assert "is damaged" in capsys.readouterr().err


@pytest.mark.parametrize("options, words", [(["--unit", "word", "--detected", "found"], "--unit word"),
                                            (["--detected", "nowhere"], "holds no .xml file")])
def test_detected_lines_that_cannot_be_had_are_told(trained, pages, tmp_path, capsys, options, words):
    assert train(pages, tmp_path, trained / "graph", *options) == 1
    assert words in capsys.readouterr().err
