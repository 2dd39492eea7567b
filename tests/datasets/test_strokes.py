"""Pen strokes from a file: texts joined, strokes kept apart, broken rows counted."""
from __future__ import annotations

import json
import lzma

import pytest

from ocr.datasets.strokes import StrokeDataset
from ocr.datasets.opening import report
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


def iam_ondb(folder, text, **strokes):
    for name, points in strokes.items():
        path = folder / f"lineStrokes/a01/a01-000/a01-000u-{name[1:]}.xml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(points if points.startswith("x") else f"""<?xml version="1.0" encoding="ISO-8859-1"?>
            <WhiteboardCaptureSession><WhiteboardDescription><SensorLocation corner="top_left"/></WhiteboardDescription>
            <StrokeSet>{points}</StrokeSet></WhiteboardCaptureSession>""")
    (folder / "ascii/a01/a01-000").mkdir(parents=True)
    (folder / "ascii/a01/a01-000/a01-000u.txt").write_text(text)
    return folder


ONE = '<Stroke colour="black" start_time="1" end_time="2"><Point x="1" y="2" time="1"/><Point x="3" y="4" time="2"/></Stroke>'


def test_iam_ondbs_own_folders_are_read(tmp_path):
    folder = iam_ondb(tmp_path, "OCR:\n\nA move\n\nCSR:\n\nA move\n\nto stop Mr. G.\n", _02=ONE + ONE, _01=ONE)
    first, second = StrokeDataset(folder).lines
    assert (first.id, first.text, second.id, second.text) == ("a01-000u-01", "A move", "a01-000u-02", "to stop Mr. G.")
    assert second.strokes.points.tolist() == [[1, 2], [3, 4]] * 2 and second.strokes.ends.tolist() == [2, 4]


def test_a_line_of_iam_ondb_without_text_or_points_is_counted(tmp_path):
    folder = iam_ondb(tmp_path, "CSR:\n\nA move\nto stop\nMr.\n", _01=ONE, _02=ONE.replace('y="2"', ""), _03="x<", _04=ONE)
    dataset = StrokeDataset(folder)
    assert [line.text for line in dataset.lines] == ["A move"]
    assert ["a01-000u-02" in dataset.problems[0], "a01-000u-03" in dataset.problems[1],
            "a01-000u.txt has 3 lines" in dataset.problems[2]] == [True] * 3
    (folder / "ascii/a01/a01-000/a01-000u.txt").unlink()
    with pytest.raises(DatasetError, match="a01-000u.txt is missing"):
        StrokeDataset(folder)
