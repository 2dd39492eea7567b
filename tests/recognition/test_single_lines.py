"""Pictures of single lines and words: read in the size that suits, one that is broken does not stop the others."""
from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from ocr.decoding.ctc.best_path import Decoded, DecodedCharacter, words
from ocr.recognition.single_lines import print_pictures, read_alone


def by_ink(strips):
    """Reads how many rows have ink, and is surest where they are 20."""
    rows = [int((strip.min(axis=1) < 128).sum()) for strip in strips]
    return [Decoded(str(count), 0.0, (DecodedCharacter("0", 0, 1, 1 / (1 + abs(count - 20))),)) for count in rows]


@pytest.fixture
def stage():
    return SimpleNamespace(read_apart=by_ink, height=48, words=words)


def picture(path, size=(40, 100), bar=(10, 30)):
    pixels = np.full(size, 230, np.uint8)
    pixels[bar[0]:bar[1], 20:80:4] = pixels[bar[0]:bar[1], 21:80:4] = 0
    Image.fromarray(pixels).save(path)
    return path


def test_the_surest_size_wins_for_each_strip():
    tight, loose = np.full((48, 60), 230, np.uint8), np.full((48, 60), 230, np.uint8)
    tight[4:44, 10:50], loose[14:34, 10:50] = 0, 0
    read = read_alone(by_ink, [tight, loose])
    assert read[1].text == "20" and int(read[0].text) < 30
    assert read[0].confidence > by_ink([tight])[0].confidence


def test_pictures_are_printed_in_order_and_broken_ones_named(stage, tmp_path, capsys):
    first, second = picture(tmp_path / "a1.png"), picture(tmp_path / "a10.png", bar=(0, 40))
    (tmp_path / "a2.png").write_bytes(first.read_bytes()[:90])
    (tmp_path / "empty.png").write_bytes(b"")
    assert print_pictures(stage, [str(tmp_path), str(tmp_path / "gone.png")]) == 1
    printed = capsys.readouterr()
    rows = [line.split("\t") for line in printed.out.splitlines()]
    assert [row[0] for row in rows] == [str(first), str(second)]
    assert all(row[1].isdigit() and 0 <= float(row[2]) <= 1 for row in rows)
    assert [name in printed.err for name in ("a2.png", "empty.png", "gone.png", "a1.png")] == [True, True, True, False]
    assert len(printed.err.splitlines()) == 3


def test_all_pages_of_a_file_are_read_and_nothing_failed(stage, tmp_path, capsys):
    pages = [Image.open(picture(tmp_path / f"{n}.png")) for n in range(2)]
    pages[0].save(tmp_path / "both.tif", save_all=True, append_images=pages[1:])
    assert print_pictures(stage, [str(tmp_path / "both.tif")]) == 0
    names = [line.split("\t")[0] for line in capsys.readouterr().out.splitlines()]
    assert names == [str(tmp_path / "both.tif"), f"{tmp_path / 'both.tif'}, page 2"]


def test_a_picture_on_which_reading_fails_does_not_stop_the_others(stage, tmp_path, capsys):
    paths = [str(picture(tmp_path / name, size)) for name, size in (("a.png", (40, 400)), ("b.png", (40, 100)))]

    def breaks(strips):
        if strips[0].shape[1] > 300:
            raise RuntimeError("no room")
        return by_ink(strips)

    stage.read_apart = breaks
    assert print_pictures(stage, paths) == 1
    printed = capsys.readouterr()
    assert "a.png: RuntimeError: no room" in printed.err and printed.out.startswith(paths[1])
