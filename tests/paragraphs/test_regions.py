"""Regions from maps: what is joined, what is parted, what is dropped, and where the outlines run."""
from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr.page.geometry import Transform
from ocr.paragraphs.regions import RegionSettings, _cut_columns, close_gaps, fill_holes, find_regions, components, trace_outline

SAME = Transform((1, 0, 0, 0, 1, 0, 0, 0, 1))


def map_of(*boxes, size=(80, 60), value=0.95):
    """A map with writing in boxes of (left, top, right, bottom) cells."""
    writing = np.full(size, 0.02, np.float32)
    for left, top, right, bottom in boxes:
        writing[top:bottom, left:right] = value
    return writing


def boxes_of(regions):
    boxes = [region.polygon.box for region in regions]
    return sorted((round(b.left), round(b.top), round(b.right), round(b.bottom)) for b in boxes)


def test_blank_map_has_no_region():
    assert find_regions(map_of(), SAME) == ()


def test_one_block_is_found_where_it_is():
    (region,) = find_regions(map_of((10, 20, 50, 60)), SAME)
    box = region.polygon.box
    assert np.allclose((box.left, box.top, box.right, box.bottom), (10, 20, 50, 60), atol=0.5)
    assert 0.85 < region.confidence <= 1


def test_each_region_has_its_own_confidence():
    writing = map_of((10, 10, 30, 30), (10, 50, 30, 70))
    writing[50:70, 10:30] = 0.85
    first, second = (region.confidence for region in find_regions(writing, SAME))
    assert first - second == pytest.approx(0.1, abs=0.02)


def test_outline_holds_the_whole_block():
    (region,) = find_regions(map_of((10, 20, 50, 60)), SAME)
    outline = region.polygon.array.astype(np.float32)
    corners = [(10, 20), (50, 20), (50, 60), (10, 60)]
    edges = [(30, 20), (50, 40), (30, 60), (10, 40)]
    assert all(cv2.pointPolygonTest(outline, point, True) >= -0.5 for point in corners)
    assert all(cv2.pointPolygonTest(outline, point, True) >= 0 for point in edges)


def test_margin_and_columns_stay_apart():
    found = find_regions(map_of((2, 10, 10, 20), (14, 5, 34, 70), (37, 5, 57, 70)), SAME)
    assert boxes_of(found) == [(2, 10, 10, 20), (14, 5, 34, 70), (37, 5, 57, 70)]


def test_lines_with_a_narrow_break_are_one_region():
    assert len(find_regions(map_of((10, 20, 50, 24), (10, 25, 50, 30)), SAME)) == 1
    assert len(find_regions(map_of((10, 20, 50, 24), (10, 30, 50, 35)), SAME)) == 2


def test_columns_under_a_common_heading_are_parted():
    found = boxes_of(find_regions(map_of((5, 5, 55, 10), (5, 10, 28, 70), (32, 10, 55, 70)), SAME))
    assert len(found) == 3
    assert found[0][:3] == (5, 5, 55) and found[0][3] <= 11
    assert found[1][0] == 5 and found[1][2] <= 30 and found[2][0] >= 30


def test_columns_that_touch_in_the_middle_are_parted():
    found = find_regions(map_of((5, 5, 28, 70), (32, 5, 55, 70), (28, 30, 32, 33)), SAME)
    assert len([region for region in found if region.polygon.box.height > 20]) >= 2
    assert not any(region.polygon.box.width > 30 and region.polygon.box.height > 20 for region in found)


def test_columns_are_parted_where_writing_is_doubtful_all_the_way_down_and_not_between_words():
    writing = map_of((5, 5, 55, 70))
    writing[5:70, 29:31] = 0.55
    assert boxes_of(find_regions(writing, SAME)) == [(5, 5, 30, 70), (30, 5, 55, 70)]
    writing[20:60:10] = 0.95                                        # words of four lines stand in the gutter
    writing[5:70, 29:31][30:] = 0.95
    assert len(find_regions(writing, SAME)) == 1


def test_columns_that_hang_together_by_doubtful_writing_are_parted():
    writing = map_of((5, 12, 28, 70), (32, 12, 55, 70))
    writing[5:12, 5:55] = 0.55                                      # a bridge above the gutter, itself not surely writing
    writing[9:12, 29:31] = 0.02
    assert boxes_of(find_regions(writing, SAME)) == [(5, 5, 30, 70), (30, 5, 55, 70)]


def test_a_short_last_line_is_no_reason_to_cut():
    assert len(find_regions(map_of((5, 5, 55, 60), (5, 60, 20, 65)), SAME)) == 1


def test_specks_and_doubtful_components_are_dropped():
    assert find_regions(map_of((10, 10, 12, 12)), SAME) == ()
    doubtful = map_of((10, 10, 30, 30), value=0.75)
    assert find_regions(doubtful, SAME) == ()
    assert len(find_regions(doubtful, SAME, RegionSettings(min_confidence=0.6))) == 1


def test_doubtful_writing_is_believed_where_there_is_much_of_it():
    assert len(find_regions(map_of((10, 10, 50, 50), value=0.75), SAME)) == 1
    assert find_regions(map_of((10, 10, 50, 50), value=0.65), SAME) == ()


@pytest.mark.parametrize("seed", range(5))
def test_traced_outline_encloses_as_many_pixels_as_the_patch(seed):
    noise = np.random.default_rng(seed).random((12, 12)).astype(np.float32)
    mask = (cv2.resize(noise, (90, 70), interpolation=cv2.INTER_CUBIC) > 0.5).astype(np.uint8)
    for patch in components(mask, min_area=200):
        filled = fill_holes(patch)
        assert trace_outline(patch, tolerance=0.3).area == pytest.approx(filled.sum(), rel=0.06)


def test_closing_gaps_reaches_no_further_than_the_outermost_writing():
    mask = np.zeros((30, 30), np.uint8)
    mask[2:6, 3:28] = mask[10:14, 3:28] = 255
    closed = close_gaps(mask, 3, 9)
    assert closed[2:14, 3:28].all()
    closed[2:14, 3:28] = 0
    assert not closed.any()


WHOLE = RegionSettings(threshold=0.5, min_confidence=0.0, min_confidence_of_large=0.0)


def test_a_probability_of_just_the_threshold_is_not_writing():
    assert find_regions(map_of((10, 10, 30, 30), value=0.5), SAME, WHOLE) == ()
    assert len(find_regions(map_of((10, 10, 30, 30), value=0.51), SAME, WHOLE)) == 1


def test_a_gutter_may_be_as_probable_as_its_limit():
    writing = map_of((5, 5, 55, 70))
    writing[5:70, 27:33] = 0.75
    assert len(find_regions(writing, SAME, RegionSettings(gutter=0.75))) == 2
    assert len(find_regions(writing, SAME, RegionSettings(gutter=0.74))) == 1


def test_regions_of_just_the_minimum_confidence_are_kept():
    writing = map_of((10, 10, 30, 30), value=0.9)
    (region,) = find_regions(writing, SAME, WHOLE)
    limits = region.confidence, float(np.nextafter(region.confidence, 1))
    assert [len(find_regions(writing, SAME, RegionSettings(min_confidence=limit))) for limit in limits] == [1, 0]


def test_a_region_of_just_the_large_share_is_large():
    everywhere = np.full((40, 40), 0.75, np.float32)
    assert len(find_regions(everywhere, SAME, RegionSettings(large=1.0))) == 1
    assert find_regions(everywhere, SAME, RegionSettings(large=1.001)) == ()


def test_a_patch_of_just_the_minimum_area_is_one():
    mask = np.zeros((9, 9), np.uint8)
    mask[2:4, 3:6] = 1
    assert [len(list(components(mask, area))) for area in (6, 6.5)] == [1, 0]


def test_a_triangle_stays_one_and_a_pixel_gets_an_outline():
    triangle = np.tril(np.ones((60, 60), np.uint8))
    outline = trace_outline(triangle, tolerance=1.0)
    assert outline.area == pytest.approx(triangle.sum(), rel=0.06)
    pixel = np.zeros((9, 9), np.uint8)
    pixel[4, 6] = 1
    assert trace_outline(pixel, tolerance=0.3).box.centre == pytest.approx((6.5, 4.5), abs=0.01)


def patch_with_gutters(gutters, height=100, width=70):
    """A patch among other things, and where it is surely writing: all but gutters of {column: (first row, end)}."""
    patch, sure = np.zeros((height + 9, width + 7), np.uint8), np.ones((height + 9, width + 7), np.uint8)
    patch[4:4 + height, 3:3 + width] = 1
    for column, (first, end) in gutters.items():
        sure[4 + first:4 + end, 3 + column] = 0
    return patch, sure


def cut_of(gutters):
    """Where the patch is cut: None, or (height, width) bool."""
    patch, sure = patch_with_gutters(gutters)
    cut = _cut_columns(patch, sure)
    assert cut is None or not cut[patch == 0].any()
    return None if cut is None else cut[4:104, 3:73] == 0


@pytest.mark.parametrize("first, end, hanging", [(20, 80, [19, 80]), (20, 100, [19]), (0, 80, [80]), (0, 100, [])])
def test_a_gutter_is_cut_along_and_off_what_the_columns_hang_together_at(first, end, hanging):
    expected = np.zeros((100, 70), bool)
    expected[first:end, 30] = True
    expected[hanging] = True
    assert np.array_equal(cut_of({30: (first, end)}), expected)


def test_a_gutter_is_cut_down_to_what_the_columns_hang_together_at_also_past_the_end_of_one():
    patch, sure = patch_with_gutters({30: (0, 60)})
    sure[4 + 60:4 + 80, 3 + 30:] = 0                                # the right column ends; a footer follows
    cut = _cut_columns(patch, sure)[4:104, 3:73] == 0
    assert cut[:80, 30].all() and cut[80].all() and not cut[81:].any() and cut[:80].sum() == 80


def test_a_gutter_runs_along_half_the_height_or_more():
    assert cut_of({30: (20, 70)}) is not None and cut_of({30: (20, 69)}) is None


def test_each_column_is_a_seventh_as_wide_as_the_patch_or_more():
    assert [cut_of({column: (0, 100)}) is not None for column in (9, 10, 59, 60)] == [False, True, True, False]


@pytest.mark.parametrize("length, column", [(76, 34), (75, 30)])
def test_the_cut_runs_in_the_middle_of_the_longest_gutters_those_of_95_percent_among_them(length, column):
    """Of two, the right one counts as the middle: 76 rows are just 95 % of 80."""
    cut = cut_of({30: (0, 80), 34: (0, length)})
    assert cut[:75].any(axis=0).nonzero()[0].tolist() == [column]
