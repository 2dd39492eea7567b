"""The process that opens files: what a hostile file costs, and what comes after it."""
from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ocr.errors import ImageError
from ocr.images import load
from ocr.images.load import count_frames, read_frame
from tests.images.pdfs import NO_PAGES, one_page, self_form
from tests.images.tiffs import tiff

ROOT = Path(__file__).parents[2]


@pytest.fixture
def stand_in(monkeypatch, tmp_path):
    """Have files opened by tests/images/slow.py; return a file of a name."""
    monkeypatch.setattr(load, "_OPENING", "tests.images.slow:open_files")
    monkeypatch.setattr(load, "_openers", {})
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])

    def file(name):
        (tmp_path / name).write_bytes(b"an image")
        return tmp_path / name
    yield file
    for _, worker in load._openers.values():
        worker.stop()


def test_a_file_that_takes_too_long_is_given_up_and_the_next_one_is_opened(stand_in, monkeypatch):
    assert count_frames(stand_in("a.png")) == 7                 # the process is there: its start does not count
    monkeypatch.setenv("OCR_MAX_SECONDS", "1")
    start = time.monotonic()
    with pytest.raises(ImageError, match="slow.png: opening it takes too long.*OCR_MAX_SECONDS to more than 1"):
        count_frames(stand_in("slow.png"))
    assert 1 <= time.monotonic() - start < 30
    monkeypatch.delenv("OCR_MAX_SECONDS")
    assert count_frames(stand_in("b.png")) == 7


@pytest.mark.parametrize("name, reason", [("dies", "too much memory, or crashes"), ("large", "cannot be opened .There is not enough")])
def test_a_file_that_brings_its_process_down_is_named(stand_in, name, reason):
    with pytest.raises(ImageError, match=f"{name}.png: .*{reason}"):
        count_frames(stand_in(f"{name}.png"))
    assert count_frames(stand_in("b.png")) == 7


def test_after_three_pages_in_a_row_that_cannot_be_opened_the_rest_of_a_file_is_not_tried(stand_in):
    path = stand_in("dies.tif")
    for reason in ["too much memory"] * 3 + ["3 of its pages in a row"] * 2:
        with pytest.raises(ImageError, match=f"dies.tif: .*{reason}"):
            read_frame(path)
    os.utime(path, (1, 1))                                      # another file of the same name
    with pytest.raises(ImageError, match="too much memory"):
        read_frame(path)
    assert count_frames(stand_in("b.png")) == 7


@pytest.mark.parametrize("value", ["0", "soon", "-3", "1.5"])
def test_a_time_limit_that_is_none_is_refused(stand_in, monkeypatch, value):
    monkeypatch.setenv("OCR_MAX_SECONDS", value)
    with pytest.raises(ImageError, match="OCR_MAX_SECONDS is .*whole number of seconds"):
        count_frames(stand_in("a.png"))


def test_a_pdf_that_draws_itself_is_given_up_below_1_gib(tmp_path):
    (tmp_path / "bomb.pdf").write_bytes(self_form())
    (tmp_path / "page.pdf").write_bytes(one_page(b"0 g 30 30 100 50 re f"))
    code = ("import resource, sys\nfrom ocr.errors import ImageError\nfrom ocr.images import load\n"
            "try:\n    load.read_frame(sys.argv[1])\nexcept ImageError as error:\n    print(error)\n"
            "print(load.read_frame(sys.argv[2]).pixels.min())\n"
            "(_, worker), = load._openers.values()\nworker.stop()\n"
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 2 ** 20)\n")       # KiB
    answer = subprocess.run([sys.executable, "-c", code, tmp_path / "bomb.pdf", tmp_path / "page.pdf"], cwd=ROOT,
                            capture_output=True, text=True, timeout=600, check=True,
                            env={**os.environ, "OCR_MAX_SECONDS": "600"}).stdout.splitlines()     # on a busy machine
    assert "bomb.pdf: opening it takes too much memory" in answer[0] and answer[1:] == ["0", "True"]


def test_a_script_without_a_main_guard_opens_files(tmp_path):
    Image.new("L", (20, 10), 200).save(tmp_path / "a.png")
    (tmp_path / "script.py").write_text("import sys\nfrom ocr.images.load import read_frame\nprint('begins')\n"
                                        "print(read_frame(sys.argv[1]).pixels.shape)\n")
    answer = subprocess.run([sys.executable, tmp_path / "script.py", tmp_path / "a.png"], capture_output=True, text=True,
                            timeout=300, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)}).stdout
    assert answer.splitlines() == ["begins", "(10, 20, 3)"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_process_opens_files_by_itself(tmp_path):
    Image.new("L", (20, 10), 200).save(tmp_path / "a.png")
    assert count_frames(tmp_path / "a.png") == 1
    code = ("import os, sys\nfrom ocr.images.load import count_frames, read_frame\n"
            "count_frames(sys.argv[1])\nchild = os.fork()\n"
            "found = [int(read_frame(sys.argv[1]).pixels.mean()) for _ in range(20)]\n"
            "os._exit(found != [200] * 20) if child == 0 else None\n"
            "print(found == [200] * 20, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n")
    answer = subprocess.run([sys.executable, "-c", code, tmp_path / "a.png"], cwd=ROOT, capture_output=True, text=True,
                            timeout=300, check=True).stdout
    assert answer.split() == ["True", "0"]


def test_paths_are_those_of_this_process(tmp_path, monkeypatch):
    Image.new("L", (20, 10), 200).save(tmp_path / "a.png")
    count_frames(tmp_path / "a.png")
    monkeypatch.chdir(tmp_path)
    assert str(read_frame("a.png").path) == "a.png"


def test_pixels_can_be_written_and_those_of_the_file_can_be_had(tmp_path, caplog):
    page = np.full((80, 300, 3), 10, np.uint8)
    page[20:60, 20:280:8] = 240                                 # light strokes on dark
    Image.fromarray(page).save(tmp_path / "a.png")
    read = read_frame(tmp_path / "a.png")
    assert np.array_equal(read.pixels, 255 - page) and "a.png: shows light writing on dark" in caplog.text
    read.pixels[:] = 0
    assert np.array_equal(read_frame(tmp_path / "a.png", for_reading=False).pixels, page)


@pytest.mark.parametrize("data", NO_PAGES)
def test_a_pdf_without_pages_is_named(tmp_path, data):
    (tmp_path / "a.pdf").write_bytes(data)
    with pytest.raises(ImageError, match="a.pdf: the PDF is damaged, or has no pages"):
        count_frames(tmp_path / "a.pdf")


@pytest.mark.parametrize("name, data", [("a.pdf", one_page(count=3)), ("a.tif", tiff([(np.full((10, 10), 9, np.uint8), {})])[:-1])])
def test_what_is_missing_at_the_end_counts_as_a_page_or_is_an_error(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    assert count_frames(tmp_path / name) == 2 and min(read_frame(tmp_path / name).pixels.shape[:2]) >= 10
    with pytest.raises(ImageError, match=f"{name}, page 2: (is damaged or cut short after page 1|page 2 is not there)"):
        read_frame(tmp_path / name, 1)
    with pytest.raises(ImageError, match=f"{name}: is damaged or cut short after page 1"):
        count_frames(tmp_path / name, whole=True)


@pytest.mark.parametrize("pages, accepted", [(3, True), (4, False)])
def test_a_file_of_too_many_pages_is_named(tmp_path, monkeypatch, pages, accepted):
    monkeypatch.setattr(load, "in_worker", lambda: True)        # it is opened in this process
    monkeypatch.setattr("ocr.images.opening.MAX_PAGES", 3)
    (tmp_path / "a.tif").write_bytes(tiff([(np.full((10, 10), 9, np.uint8), {})] * pages))
    if accepted:
        assert count_frames(tmp_path / "a.tif") == 3
    else:
        with pytest.raises(ImageError, match="a.tif: has 4 pages; at most 3"):
            count_frames(tmp_path / "a.tif")
