"""Sheets with one line or with very many: composed as they say, and read by the models that ship."""
from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ocr.images.load import PageImage
from ocr.pipeline import Pipeline, ReadSettings
from ocr.decoding.settings import DecodingSettings

HARBOUR = Path(__file__).parents[2] / "samples" / "harbour.jpg"


@pytest.fixture(scope="module")
def sparse_pages(benchmark_named):
    return benchmark_named("sparse_pages")


@pytest.fixture(scope="module")
def pipeline(installed_models):
    return Pipeline(ReadSettings(decoding=DecodingSettings("greedy")))


@pytest.fixture(scope="module")
def lines(sparse_pages, pipeline):
    return sparse_pages.cut_lines(pipeline, [str(HARBOUR)])


def test_lines_are_cut_as_they_were_read(lines):
    assert len(lines) == 11 and lines[0].text.startswith("The harbour was quiet")
    assert all(line.ink.max() <= 1 and line.ink.min() < 0.6 and 20 < line.ink.shape[0] < 120 for line in lines)


def test_every_sheet_repeats_by_seed_and_names_its_lines(sparse_pages, lines):
    first, again = (list(sparse_pages.sheets(lines[:2], np.random.default_rng(seed))) for seed in (1, 1))
    assert all(np.array_equal(one.pixels, other.pixels) for one, other in zip(first, again))
    assert [one.texts for one in first[:2]] == [(lines[0].text,), (lines[1].text,)]
    assert [len(one.texts) for one in first[4:]] == [30, 42, 60, 84, 121, 5, 10, 20, 30, 44, 52]
    assert all(one.pixels.min() < 150 for one in first)


@pytest.mark.parametrize("size, rows, columns", [((3500, 700), 60, 1), ((5000, 500), 86, 1), ((400, 4000), 5, 4),
                                                 ((1754, 1240), 44, 1)])
def test_every_line_of_long_and_dense_sheets_is_found(sparse_pages, pipeline, lines, size, rows, columns):
    page = sparse_pages.full("sheet", size, rows, columns, lines, np.random.default_rng(0))
    found = dict(pipeline.steps(PageImage(Path("sheet"), 0, page.pixels)))["lines"]
    assert abs(sum(1 for _ in found.lines) - rows * columns) <= 1 and not found.warnings


def test_the_table_has_a_row_for_each_kind(sparse_pages, installed_models, monkeypatch, capsys):
    for name, value in (("RECEIPTS", (3.5,)), ("STRIPS", ()), ("ROWS", ())):
        monkeypatch.setattr(sparse_pages, name, value)
    assert sparse_pages.main(["--pages", str(HARBOUR), "--decoder", "greedy", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert list(figures) == ["one line, A4", "one line, A5", "receipt 3.5:1"]
    assert figures["one line, A4"]["pages"] == 11 and figures["receipt 3.5:1"]["lines found"] in (41, 42, 43)
