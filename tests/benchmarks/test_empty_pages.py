"""Pages without handwriting: made the same by seed, counted by kind, and shown where something was found."""
from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, Region


@pytest.fixture(scope="module")
def empty_pages(benchmark_named):
    module = benchmark_named("empty_pages")
    module.SIZE = (702, 496)                    # a test need not wait for large pages
    return module


def test_every_kind_repeats_by_seed_and_differs_by_seed(empty_pages):
    for name, make in empty_pages.makers().items():
        first, again, *others = (make(np.random.default_rng(seed)) for seed in (1, 1, 2, 3))
        assert first.dtype == np.uint8 and first.ndim == 3 and first.shape[2] == 3 and np.array_equal(first, again), name
        assert any(first.shape != other.shape or (first != other).any() for other in others), name


class Reader:
    """Finds a line, or a region only, or nothing, in turn."""

    def __init__(self):
        outline = Polygon.from_box(Box(10, 10, 90, 30))
        self.regions = [(Region("r1", outline, (Line("l1", outline),)),), (Region("r1", outline),), ()]

    def read(self, image):
        self.regions = self.regions[1:] + self.regions[:1]
        return Page(str(image.path), image.pixels.shape[:2], self.regions[-1])


def test_pages_regions_and_lines_are_counted_and_drawn(empty_pages, tmp_path):
    pages = (np.full((60, 100, 3), 255, np.uint8) for _ in range(6))
    assert empty_pages.count("one colour", pages, Reader(), tmp_path) == [6, 2, 4, 2]
    assert len(list(Path(tmp_path).glob("one-colour-*.jpg"))) == 4


def test_the_table_has_a_row_for_each_kind_and_one_for_all(empty_pages, installed_models, capsys):
    assert empty_pages.main(["--pages", "1", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert list(figures) == [*empty_pages.makers(), "all"]
    assert figures["all"]["pages"] == len(figures) - 1 == sum(row["pages"] for row in figures.values()) / 2
    assert figures["one colour"]["lines"] == 0
