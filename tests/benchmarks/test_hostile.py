"""The benchmark of hostile files tells what is read, named and neither; its small bombs are named."""
from __future__ import annotations

import random

import pytest
from PIL import Image

HEAVY = ("300-mb-of-operators.pdf", "119-megapixels.png", "99-megapixels.png", "500-scans.jpg", "says-99-megapixels.j2k",
         "forms-10-to-the-9.pdf", "form-draws-itself.pdf", "one-page-100000-times.pdf")


@pytest.fixture(scope="module")
def hostile(benchmark_named):
    return benchmark_named("hostile")


def test_damage_cuts_or_changes_and_is_the_same_for_a_seed(hostile):
    whole = bytes(range(256)) * 8
    damaged = [hostile.damage(whole, random.Random(seed)) for seed in range(40)]
    assert damaged == [hostile.damage(whole, random.Random(seed)) for seed in range(40)]
    lengths = [len(data) for data in damaged]
    assert 10 < sum(length < len(whole) for length in lengths) < 30 and min(lengths) > 0 and max(lengths) == len(whole)
    assert all(not whole.startswith(data) for data in damaged if len(data) == len(whole))


def test_ends_are_told_apart(hostile, tmp_path, monkeypatch):
    frames = [Image.new("L", (40, 30), level) for level in (10, 200)]
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])
    (tmp_path / "cut.tif").write_bytes((tmp_path / "a.tif").read_bytes()[:-60])
    (tmp_path / "text.tif").write_bytes(b"no image")
    found = {name: hostile.open_file(tmp_path / f"{name}.tif") for name in ("a", "cut", "text")}
    assert {name: outcome.end for name, outcome in found.items()} == {
        "a": hostile.READ, "cut": hostile.PARTLY, "text": hostile.NAMED}
    assert "text.tif" in found["text"].reason and not found["a"].reason

    def fail(path):
        raise KeyError("a bug")

    monkeypatch.setattr("ocr.images.load.count_frames", fail)
    assert hostile.open_file(tmp_path / "a.tif").end == hostile.FAULT


def test_a_reason_that_is_not_one_line_with_the_name_is_a_fault(hostile, tmp_path, monkeypatch):
    from ocr.errors import ImageError

    for message, end in ((f"{tmp_path}/a.png: no", hostile.NAMED), (f"{tmp_path}/a.png:\nno", hostile.FAULT), ("no", hostile.FAULT)):
        def fail(path, message=message):
            raise ImageError(message)

        monkeypatch.setattr("ocr.images.load.count_frames", fail)
        assert hostile.open_file(tmp_path / "a.png").end == end


def test_small_bombs_are_named(hostile, tmp_path):
    for name, make in hostile.BOMBS.items():
        if name not in HEAVY:
            (tmp_path / name).write_bytes(make())
            assert hostile.open_file(tmp_path / name).end in (hostile.NAMED, hostile.PARTLY), name


def test_nothing_to_do_is_no_fault(hostile, capsys):
    assert hostile.main(["--count", "0", "--kills", "0", "--no-bombs"]) == 0
    assert capsys.readouterr().out.strip() == "0 faults"
