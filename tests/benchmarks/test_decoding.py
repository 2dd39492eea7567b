"""Decoders timed in processes of their own, on lines and on one very long line."""
from __future__ import annotations

import json
import subprocess
import sys
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ocr.errors import DatasetError, OcrError

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture(scope="module")
def decoding(benchmark_named):
    return benchmark_named("decoding")


@pytest.fixture(scope="module")
def page(tmp_path_factory, installed_models):
    """A small sample page."""
    path = tmp_path_factory.mktemp("page") / "harbour.png"
    with Image.open(SAMPLES / "harbour.jpg") as image:
        image.resize((image.width // 2, image.height // 2)).save(path)
    return path


def test_lines_are_joined_again_and_again_to_a_long_one(decoding):
    lines = [np.full((frames, 3), frames, np.float32) for frames in (4, 7)]
    long = decoding.joined(lines, 20)
    assert long.shape == (20, 3) and long[:, 0].tolist() == [4] * 4 + [7] * 7 + [4] * 4 + [7] * 5
    assert decoding.joined(lines, 11).shape == (11, 3)


def test_strips_keep_their_pages_and_order_on_the_way_to_another_process(decoding, tmp_path):
    writers = [[np.full((2, 3 + page + place), 20 * page + place, np.uint8) for place in range(12 - page)]
             for page in range(11)]
    decoding.save(tmp_path / "strips.npz", writers)
    found = decoding.load(str(tmp_path / "strips.npz"))
    assert [len(writer) for writer in found] == [len(writer) for writer in writers]
    assert all(np.array_equal(*both) for both in zip(chain(*found), chain(*writers)))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not say")
def test_the_peak_is_that_of_the_process_alone(decoding):
    ballast = np.ones(2 ** 28, np.uint8)                                        # 256 MiB
    code = f"import runpy; print(runpy.run_path({decoding.__file__!r})['peak_mib']())"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert decoding.peak_mib() > ballast.nbytes / 2 ** 20 > 2 * int(child.stdout) > 0


def test_a_decoder_has_a_row_for_the_lines_and_one_for_the_long_line(decoding, page, language_folder, capsys):
    words = [str(page), "--decoders", "beam+lm", "--language-model", str(language_folder), "--repeat", "1", "--threads", "1"]
    assert decoding.main([*words, "--json"]) == 0
    *shown, last = capsys.readouterr().out.splitlines()
    lines, long = json.loads(last)["rows"]
    assert lines["decoder"] == long["decoder"] == "beam+lm" and lines["lines"] > 1 and lines["frames"] > 100
    assert long["lines"] == 1 and long["frames"] == 5000 and long["with_network"] is None
    assert lines["cold"] > lines["with_network"] > 0 and lines["warm"] > 0
    assert [line.split(" | ")[1:3] for line in shown if line.startswith("| beam+lm |")] == [
        [f"{row['lines']:,}", f"{row['frames']:,}"] for row in (lines, long)]


def test_a_decoder_that_fails_is_named(decoding, installed_models, capfd, monkeypatch):
    monkeypatch.setattr(decoding, "cut", lambda _: [[np.full((48, 96), 255, np.uint8)]])
    with pytest.raises(OcrError, match="decoder beam.lm ended with 1"):
        decoding.main(["--decoders", "beam+lm", "--language-model", "nowhere"])
    assert "nowhere" in capfd.readouterr().err


def test_pages_without_lines_are_an_error(decoding, monkeypatch):
    monkeypatch.setattr(decoding, "cut", lambda _: [[], []])
    with pytest.raises(DatasetError, match="no line to read in page:blank"):
        decoding.main(["--data", "page:blank"])
