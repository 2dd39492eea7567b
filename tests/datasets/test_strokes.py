"""Pen strokes from a file: texts put together, strokes kept apart, broken rows counted."""
from __future__ import annotations

import json
import lzma

import pytest

from ocr.datasets.strokes import StrokeDataset
from ocr.datasets.truth import report
from ocr.errors import DatasetError

GOOD = {"id": "a", "text": "stop Mr . Gaitskell's cafe\u0301", "strokes": [[1, 2, 3, 4, 5, 6], [], [7.5, -8]]}


def write(path, *rows):
    text = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
    with (lzma.open if path.suffix == ".xz" else open)(path, "wt", encoding="utf-8") as file:
        file.write(text)
    return path


@pytest.mark.parametrize("name", ["s.jsonl", "s.jsonl.xz"])
def test_a_line_has_its_natural_text_in_nfc_and_its_strokes_apart(tmp_path, name):
    (line,) = StrokeDataset(write(tmp_path / name, GOOD)).lines
    assert line.text == "stop Mr. Gaitskell's caf\u00e9"
    assert line.strokes.points.tolist() == [[1, 2], [3, 4], [5, 6], [7.5, -8]] and line.strokes.ends.tolist() == [3, 4]


@pytest.mark.parametrize("row", ["{", "7", "", {**GOOD, "strokes": [[1, 2, 3]]}, {**GOOD, "strokes": [[1, None]]},
                                 {**GOOD, "strokes": []}, {**GOOD, "text": " "}, {**GOOD, "text": 3}, {"id": "a"},
                                 {**GOOD, "strokes": [[[1, 2], [3, 4]]]}, {**GOOD, "strokes": [[1, float("nan")]]},
                                 {**GOOD, "strokes": 5}])
def test_a_broken_row_is_counted_and_the_others_are_read(tmp_path, row):
    dataset = StrokeDataset(write(tmp_path / "s.jsonl", GOOD, row, GOOD))
    assert len(dataset.lines) == 2
    (problem,) = report(dataset)
    assert "s.jsonl" in problem and "row 2" in problem


def test_files_that_are_none(tmp_path):
    for path in (tmp_path / "gone.jsonl", write(tmp_path / "empty.jsonl"), write(tmp_path / "bad.jsonl", "x")):
        with pytest.raises(DatasetError, match=path.name):
            StrokeDataset(path)
    (tmp_path / "cut.jsonl.xz").write_bytes(lzma.compress(json.dumps(GOOD).encode())[:-9])
    with pytest.raises(DatasetError, match="cut.jsonl.xz"):
        StrokeDataset(tmp_path / "cut.jsonl.xz")
