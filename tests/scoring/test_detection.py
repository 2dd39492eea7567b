"""Matching and its scores, on cases small enough to work out by hand."""
import numpy as np
import pytest

from ocr.page.geometry import Box, Polygon
from ocr.scoring.detection import AreaScorer, DetectionScorer, average_precision, match_outlines


def match_boxes(ground_truth, found, confidences, iou=0.5):
    scorer = DetectionScorer(iou)
    scorer.add(ground_truth, found, confidences)
    return scorer.score()


def row(index, shift=0.0):
    return Polygon.from_box(Box(shift, 100 * index, 100 + shift, 100 * index + 40))


def test_matching_is_by_position_not_by_order():
    matches = match_outlines([row(0), row(1), row(2)], [row(2), row(0), row(1)])
    assert {(m.ground_truth, m.found) for m in matches} == {(2, 0), (0, 1), (1, 2)}


def test_the_more_confident_of_two_is_matched_and_the_other_is_a_false_positive():
    score = match_boxes([row(0)], [row(0, 10), row(0, 2)], [0.9, 0.3])
    assert (score.precision, score.recall, score.matched) == (0.5, 1.0, 1)
    assert match_outlines([row(0)], [row(0, 10), row(0, 2)], [0.3, 0.9])[0].found == 1


def test_a_detection_is_matched_to_the_ground_truth_that_it_overlaps_most():
    matches = match_outlines([row(0, 40), row(0, 5)], [row(0)], iou=0.3)
    assert [(m.ground_truth, m.found) for m in matches] == [(1, 0)]


def test_threshold():
    # shift s of width 100: IoU = (100 - s) / (100 + s); s = 25 gives 0.6
    ground_truth, found = [row(0)], [row(0, 25)]
    assert match_outlines(ground_truth, found, iou=0.5)[0].iou == pytest.approx(0.6)
    assert match_boxes(ground_truth, found, [1.0], iou=0.75).f1 == 0
    assert not match_outlines([row(0)], [row(1)], iou=0.0)


def test_scores_are_summed_over_pages():
    scorer = DetectionScorer()
    scorer.add([row(0), row(1), row(2)], [row(0), row(1)], [0.9, 0.8])
    scorer.add([row(0)], [row(0), row(5), row(6)], [0.95, 0.5, 0.4])
    score = scorer.score()
    assert (score.ground_truth, score.found, score.matched, score.pages) == (4, 5, 3, 2)
    assert score.precision == pytest.approx(3 / 5) and score.recall == pytest.approx(3 / 4)
    assert score.f1 == pytest.approx(6 / 9)
    assert score.ap == pytest.approx(3 / 4)
    low, high = score.f1_interval
    assert low <= score.f1 <= high and (low, high) == (pytest.approx(0.5), pytest.approx(0.8))


def test_average_precision_by_hand():
    # hit, miss, hit, miss, hit of 4: precision at hits 1, 2/3, 3/5, each for a quarter of recall
    hits = np.array([True, False, True, False, True])
    assert average_precision(hits, np.array([.9, .8, .7, .6, .5]), 4) == pytest.approx((1 + 2 / 3 + 3 / 5) / 4)
    # precision falls to 1/2 and rises to 3/4: the earlier point takes the later, higher value
    assert average_precision(np.array([False, True, True, True]), np.array([.9, .8, .7, .6]), 3) == pytest.approx(0.75)
    # equal confidences enter together, whatever their order
    assert average_precision(np.array([True, False]), np.array([.5, .5]), 1) == \
        average_precision(np.array([False, True]), np.array([.5, .5]), 1) == 0.5


def test_blank_pages():
    empty = DetectionScorer()
    empty.add([], [])
    assert (empty.score().f1, empty.score().precision, empty.score().ap) == (1.0, 1.0, 1.0)
    empty.add([], [row(0)])
    assert (empty.score().f1, empty.score().precision, empty.score().ap) == (0.0, 0.0, 0.0)
    missed = DetectionScorer()
    missed.add([row(0)], [])
    assert (missed.score().f1, missed.score().recall, missed.score().ap) == (0.0, 0.0, 0.0)


def test_confidences_must_fit():
    with pytest.raises(ValueError, match="1 confidences for 2"):
        match_outlines([row(0)], [row(0), row(1)], [0.5])


def test_area_is_scored_over_pages_as_fractions_of_each():
    scorer = AreaScorer()
    left, whole = Polygon.from_box(Box(0, 0, 50, 100)), Polygon.from_box(Box(0, 0, 100, 100))
    scorer.add([left], [whole], (100, 100))
    double = [Polygon.from_array(p.array * 20) for p in (left, whole)]
    scorer.add(double[:1], double[:1], (2000, 2000))
    assert scorer.score().iou == pytest.approx((0.5 + 0.5) / (1 + 0.5), abs=0.01)
    blank = AreaScorer()
    blank.add([], [], (100, 100))
    assert blank.score().iou == 1.0
    blank.add([], [left], (100, 100))
    assert blank.score().iou == 0.0
