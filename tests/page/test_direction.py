"""Turning a page over."""
from __future__ import annotations

from dataclasses import replace

from ocr.page.direction import rotate_180
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, Region, Word


def line(name, top):
    outline = Polygon.from_box(Box(10, top, 110, top + 20))
    words = tuple(Word(f"{name}{index}", outline) for index in range(2))
    return Line(name, outline, baseline=((10, top + 15), (110, top + 17)), words=words)


def test_order_direction_and_baselines_are_those_of_the_other_way_round():
    outline = Polygon.from_box(Box(0, 0, 120, 200))
    page = Page("p.png", (200, 120), (Region("r1", outline, (line("a", 20), line("b", 60))), Region("r2", outline)), 1)
    turned = rotate_180(page)
    assert turned.orientation == 3 and [region.id for region in turned.regions] == ["r2", "r1"]
    assert [found.id for found in turned.lines] == ["b", "a"]
    last = list(turned.lines)[1]
    assert last.baseline == ((110, 25), (10, 23)) and [word.id for word in last.words] == ["a1", "a0"]
    assert last.polygon == next(page.lines).polygon
    assert rotate_180(turned) == replace(page)
