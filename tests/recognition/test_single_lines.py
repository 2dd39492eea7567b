"""Images of single lines and words: read in the size that suits, one that is broken does not stop the others."""
from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from ocr.recognition.recogniser import Character, Transcription
from ocr.recognition.single_lines import print_single_lines, read_isolated


def by_ink(lines):
    """Reads how many rows have ink, and is surest where they are 20."""
    rows = [int((line.min(axis=1) < 128).sum()) for line in lines]
    return [Transcription(str(count), 0.5, (Character("0", 0, 1, 1 / (1 + abs(count - 20))),)) for count in rows]


def confidence_of(read):
    return read.characters[0].confidence


@pytest.fixture
def recogniser():
    return SimpleNamespace(read_each=by_ink, height=48)


def image(path, size=(40, 100), bar=(10, 30)):
    pixels = np.full(size, 230, np.uint8)
    pixels[bar[0]:bar[1], 20:80:4] = pixels[bar[0]:bar[1], 21:80:4] = 0
    Image.fromarray(pixels).save(path)
    return path


def test_the_surest_size_wins_for_each_line(recogniser):
    tight, loose = np.full((48, 60), 230, np.uint8), np.full((48, 60), 230, np.uint8)
    tight[4:44, 10:50], loose[14:34, 10:50] = 0, 0
    read = read_isolated(recogniser, [tight, loose])
    assert read[1].text == "20" and int(read[0].text) < 30
    assert confidence_of(read[0]) > confidence_of(by_ink([tight])[0])


def test_a_recogniser_without_a_way_to_read_lines_apart_reads_them_one_by_one():
    class One:
        height = 48

        def __call__(self, lines):
            (line,) = lines                                                     # never more than one page's
            return by_ink([line])

    lines = [np.full((48, 60), 230, np.uint8) for _ in range(3)]
    assert [read.text for read in read_isolated(One(), lines)] == ["0"] * 3 and read_isolated(One(), []) == []


def test_pictures_are_printed_in_order_and_broken_ones_named(recogniser, tmp_path, capsys):
    first, second = image(tmp_path / "a1.png"), image(tmp_path / "a10.png", bar=(0, 40))
    (tmp_path / "a2.png").write_bytes(first.read_bytes()[:90])
    (tmp_path / "empty.png").write_bytes(b"")
    assert print_single_lines(recogniser, [str(tmp_path), str(tmp_path / "gone.png")]) == 1
    printed = capsys.readouterr()
    rows = [line.split("\t") for line in printed.out.splitlines()]
    assert [row[0] for row in rows] == [str(first), str(second)]
    assert all(row[1].isdigit() and 0 <= float(row[2]) <= 1 for row in rows)
    assert [name in printed.err for name in ("a2.png", "empty.png", "gone.png", "a1.png")] == [True, True, True, False]
    assert len(printed.err.splitlines()) == 3


def test_all_pages_of_a_file_are_read_and_nothing_failed(recogniser, tmp_path, capsys):
    pages = [Image.open(image(tmp_path / f"{n}.png")) for n in range(2)]
    pages[0].save(tmp_path / "both.tif", save_all=True, append_images=pages[1:])
    assert print_single_lines(recogniser, [str(tmp_path / "both.tif")]) == 0
    names = [line.split("\t")[0] for line in capsys.readouterr().out.splitlines()]
    assert names == [str(tmp_path / "both.tif"), f"{tmp_path / 'both.tif'}, page 2"]


def test_a_picture_on_which_reading_fails_does_not_stop_the_others(recogniser, tmp_path, capsys):
    paths = [str(image(tmp_path / name, size)) for name, size in (("a.png", (40, 400)), ("b.png", (40, 100)))]

    def breaks(line_images):
        if line_images[0].shape[1] > 300:
            raise RuntimeError("no room")
        return by_ink(line_images)

    recogniser.read_each = breaks
    assert print_single_lines(recogniser, paths) == 1
    printed = capsys.readouterr()
    assert "a.png: RuntimeError: no room" in printed.err and printed.out.startswith(paths[1])
