"""Training by the scripts on a person's own pages, with either engine, with and without MXNet."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, Reading, Region, Word
from ocr.formats.page_xml import page_xml_bytes

ROOT = Path(__file__).parents[2]
SCRIPTS = ["1_segment_paragraphs", "2_segment_lines", "3_recognise_text"]


@pytest.fixture
def pages(tmp_path):
    """A folder of PAGE-XML with images: two pages to learn from, one for validation."""
    folder = tmp_path / "pages"
    (folder / "splits").mkdir(parents=True)
    for number in range(3):
        pixels, lines = np.full((400, 320), 235, np.uint8), []
        for row in range(4):
            pixels[60 + 60 * row:84 + 60 * row, 40:250:9] = 30
            outline = Polygon.from_box(Box(36, 55 + 60 * row, 255, 90 + 60 * row))
            word = Word(f"w{row}", outline, (Reading("ill"),))
            lines.append(Line(f"l{row}", outline, words=(word,), readings=(Reading("ill"),)))
        region = Region("r", Polygon.from_box(Box(30, 50, 260, 275)), tuple(lines), "paragraph")
        Image.fromarray(pixels).save(folder / f"p{number}.png")
        (folder / f"p{number}.xml").write_bytes(page_xml_bytes(Page(f"p{number}.png", (400, 320), (region,))))
    (folder / "splits" / "train.txt").write_text("p0\np1\n")
    (folder / "splits" / "validation.txt").write_text("p2\n")
    return folder


@pytest.fixture
def run(tmp_path):
    """Run a script as a person does, with some packages as if they were not installed, in child processes, too."""
    def start(script, *words, without=()):
        hidden = tmp_path / "-".join(["hidden", *without])
        hidden.mkdir(exist_ok=True)
        for name in without:
            (hidden / f"{name}.py").write_text("raise ImportError('it is hidden')")
        result = subprocess.run([sys.executable, f"scripts/{script}.py", *map(str, words)], cwd=ROOT, text=True,
                                capture_output=True, timeout=240,
                                env={**os.environ, "PYTHONPATH": os.pathsep.join([str(hidden), str(ROOT)])})
        assert "Traceback" not in result.stderr, result.stderr
        return result
    return start


@pytest.mark.parametrize("script, architecture, setting", [
    (SCRIPTS[0], "maps", ("stride", 32)), (SCRIPTS[1], "ssd", ("input.rows", 32)), (SCRIPTS[2], "crnn", ("reduction", 4))])
def test_a_network_is_trained_exported_and_scored(script, architecture, setting, pages, tmp_path, run):
    pytest.importorskip("mxnet")
    pytest.importorskip("onnx")
    out = tmp_path / "run"
    trained = run(script, "train", "--data", f"page:{pages}", "--out", out, "--epochs", 1)
    assert trained.returncode == 0, trained.stderr
    record = json.loads((out / "run.json").read_text())
    assert Path(trained.stdout.strip()) == out / "run.json" and record["epochs"] == 1
    assert record["architecture"] == architecture and setting in record["model_settings"].items()
    assert ("upright_confidence is not measured: there are 4" in trained.stderr) == (architecture == "crnn")
    scored = run(script, "score", "--data", f"page:{pages}", "--model", out, "--json", without=["mxnet", "torch"])
    assert scored.returncode == 0 and isinstance(json.loads(scored.stdout.splitlines()[-1]), dict)


def test_a_graph_written_with_mxnet_is_trained_without_it(pages, tmp_path, run):
    for package in ("mxnet", "onnx", "torch"):
        pytest.importorskip(package)
    script, elsewhere = SCRIPTS[2], tmp_path / "elsewhere"
    assert run(script, "train", "--data", "page:none", "--out", elsewhere, "--epochs", 0).returncode == 0
    words = ("train", "--data", f"page:{pages}", "--engine", "torch", "--epochs", 1)
    refused = run(script, *words, "--out", tmp_path / "a", without=["mxnet"])
    assert refused.returncode == 1 and "MXNet" in refused.stderr
    trained = run(script, *words, "--out", tmp_path / "b", "--graph", elsewhere / "graph", without=["mxnet"])
    assert trained.returncode == 0 and (tmp_path / "b" / "network.onnx").is_file()
