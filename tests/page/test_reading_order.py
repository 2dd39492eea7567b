"""Reading order of columns, headings, margins and slanted lines."""
import numpy as np
import pytest

from ocr.page.geometry import Box, Polygon, Transform
from ocr.page.model import Region
from ocr.page.reading_order import _columns, _cores, _groups, line_slope, order_lines, order_regions

SIZE = (1000, 800)
LAYOUTS = {
    "one": [(50, 50, 750, 900)],
    "stacked, ragged": [(50, 50, 750, 100), (80, 98, 300, 200), (50, 210, 750, 400)],
    "columns with gaps at one height": [(50, 50, 380, 300), (50, 320, 380, 900), (420, 50, 750, 300), (420, 320, 750, 900)],
    "heading over columns with gaps at one height": [
        (50, 20, 750, 90), (50, 100, 380, 300), (50, 320, 380, 900), (420, 100, 750, 300), (420, 320, 750, 900)],
    "heading between columns": [
        (50, 50, 380, 200), (50, 220, 380, 400), (420, 50, 750, 200), (420, 220, 750, 400), (50, 450, 750, 500),
        (50, 550, 380, 900), (420, 550, 750, 900)],
    "date at the right, greeting at the left, letter": [(500, 30, 750, 80), (50, 110, 300, 160), (50, 200, 750, 800),
                                                         (450, 850, 750, 900)],
    "margin beside the text": [(20, 100, 120, 300), (150, 50, 780, 900)],
    "three columns, the last one short": [(20, 50, 260, 900), (280, 50, 520, 900), (540, 50, 780, 200)],
}


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("turns", range(4))
def test_order_of_regions(name, turns):
    back = Transform.quarter_turns(turns, SIZE).inverse()
    height, width = SIZE if turns % 2 == 0 else SIZE[::-1]
    scale = Transform.from_array(np.diag([width / 800, height / 1000, 1.0]))
    regions = [Region(str(i), back.polygon(scale.polygon(Polygon.from_box(Box(*sides))))) for i, sides in enumerate(LAYOUTS[name])]
    shuffled = [regions[i] for i in np.random.default_rng(1).permutation(len(regions))]
    assert [region.id for region in order_regions(shuffled, SIZE, turns)] == [region.id for region in regions]


def test_marginal_notes_follow_the_block_they_stand_beside():
    sides = {"a": (200, 50, 700, 300), "note a": (20, 60, 150, 100), "note a 2": (20, 200, 150, 280), "b": (200, 320, 700, 900),
             "note b": (20, 500, 150, 600)}
    regions = [Region(name, Polygon.from_box(Box(*box)), kind="marginalia" if "note" in name else None) for name, box in sides.items()]
    assert [region.id for region in order_regions(regions[::-1], SIZE)] == list(sides)
    assert [region.id for region in order_regions([regions[2], regions[1]], SIZE)] == ["note a", "note a 2"]


def test_a_note_that_stands_beside_nothing_follows_the_nearest_block():
    sides = {"a": (200, 50, 700, 300), "b": (200, 320, 700, 900), "note": (20, 920, 150, 980), "c": (200, 1100, 700, 1900)}
    regions = [Region(name, Polygon.from_box(Box(*box)), kind="marginalia" if "note" in name else None) for name, box in sides.items()]
    assert [region.id for region in order_regions(regions[::-1], (2000, 800))] == list(sides)


def test_nothing_gives_nothing():
    assert order_regions([], SIZE) == () and order_lines([]) == ()


@pytest.mark.parametrize("slope", [-0.15, -0.05, 0.0, 0.05, 0.15])
def test_slanted_lines_with_short_ones_among_them(slope):
    rng = np.random.default_rng(3)
    boxes = []
    for i in range(14):
        left, width = rng.uniform(0, 40), 1000 * (0.3 if i in (4, 9, 13) else rng.uniform(0.9, 1.0))
        ends = [500 + 60 * i + slope * x for x in (left, left + width)]
        boxes.append(Box(left, min(ends) - 25, left + width, max(ends) + 25))
    mixed = rng.permutation(14)
    assert [mixed[i] for i in order_lines([boxes[i] for i in mixed])] == list(range(14))
    assert line_slope(boxes) == pytest.approx(slope if abs(slope) > 0.1 else 0.0, abs=0.03)      # smaller ones change nothing


def test_a_known_slope_settles_what_boxes_cannot():
    long, short = Box(0, 0, 1000, 150), Box(0, 62, 100, 112)           # falling by 0.1, the short line is below
    assert order_lines([short, long], slope=0.1) == (1, 0)


def test_pieces_of_a_broken_line_and_columns_of_lines():
    broken = [Box(0, 0, 300, 40), Box(400, 5, 800, 48), Box(0, 60, 800, 100), Box(0, 110, 200, 150)]
    assert order_lines(broken[::-1]) == (3, 2, 1, 0)
    columns = [Box(x, y, x + 300, y + 55) for x in (0, 400) for y in range(0, 400, 50)]
    assert order_lines(columns) == tuple(range(16))


def test_lines_that_overlap_are_read_by_their_middles_whatever_their_heights():
    assert order_lines([Box(0, 10, 100, 90), Box(0, 0, 100, 60)]) == (1, 0)


def test_boxes_shrink_by_shares_of_their_own_size():
    assert _cores(np.array([(10.0, 20.0, 30.0, 60.0)]), 0.1, 0.25).tolist() == [[12, 30, 28, 50]]


def test_boxes_that_touch_are_separated_and_those_that_overlap_are_not():
    cores = np.array([(0, 0, 10, 5), (10, 0, 20, 5), (19, 0, 30, 5)], float)
    assert [group.tolist() for group in _groups(cores, 0)] == [[0], [1, 2]]


@pytest.mark.parametrize("top, count", [(70, 2), (71, 1)])
def test_columns_stand_side_by_side_along_three_tenths_of_the_lower_one_or_more(top, count):
    cores = np.array([(0, 0, 10, 100), (20, top, 30, top + 100)], float)
    assert len(_columns(cores)) == count


def test_three_lines_give_a_slope_and_two_do_not():
    boxes = [Box(0, 60 * i, width, 60 * i + 20 + 0.3 * width) for i, width in enumerate((1000, 500, 990))]
    assert abs(line_slope(boxes)) == pytest.approx(0.3, abs=0.02) and line_slope(boxes[:2]) == 0


def test_a_slope_is_not_guessed_from_lines_of_nearly_one_width():
    widths = np.array([1000, 750, 751, 990])
    boxes = [Box(0, 60 * i, width, 60 * i + 20 + 0.3 * width) for i, width in enumerate(widths)]
    assert line_slope(boxes) == 0                                                   # apart by a quarter at most
    assert abs(line_slope([*boxes, Box(0, 240, 740, 260 + 0.3 * 740)])) == pytest.approx(0.3, abs=0.02)
