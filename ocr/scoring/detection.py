"""Score detected outlines of regions, lines and words against ground truth: precision, recall, F1, average precision.

Axis letters: D detections over all pages, G pages.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np

from ocr.page.geometry import Polygon
from ocr.scoring.error_rates import Interval, bootstrap_interval
from ocr.page.overlap import iou_matrix, shared_area


@dataclass(frozen=True)
class Match:
    """Indices of a ground-truth outline and of the detected outline that is matched to it, and their IoU."""

    ground_truth: int
    found: int
    iou: float


@dataclass(frozen=True)
class DetectionScore:
    """Detection score at one IoU threshold; fractions from 0 to 1.

    Parameters
    ----------
    precision, recall, f1 : micro-averages over all outlines of all pages; 1 where there is neither ground
        truth nor a detection.
    ap : average precision, the area under the precision-recall curve.
    f1_interval : 95 % bootstrap interval of f1, over pages.
    ground_truth, found, matched, pages : counts; `found` is the number of detections.
    """

    precision: float
    recall: float
    f1: float
    ap: float
    f1_interval: Interval
    ground_truth: int
    found: int
    matched: int
    pages: int

    def as_dict(self) -> Dict[str, object]:
        """Return the score for JSON."""
        return {**self.__dict__, "f1_interval": list(self.f1_interval)}


@dataclass(frozen=True)
class AreaScore:
    """IoU of the area covered on all pages, areas taken as shares of their page, with its interval."""

    iou: float
    interval: Interval
    pages: int


def match_outlines(ground_truth: Sequence[Polygon], found: Sequence[Polygon], confidences: Optional[Sequence[float]] = None,
                   iou: float = 0.5) -> Tuple[Match, ...]:
    """Match outlines one to one: in order of confidence, each takes the unmatched ground truth of the highest IoU.

    Parameters
    ----------
    ground_truth, found : outlines on one page.
    confidences : from 0 to 1, one for each found outline; None keeps their order.
    iou : minimum IoU of a match, from 0 to 1.
    """
    if confidences is not None and len(confidences) != len(found):
        raise ValueError(f"{len(confidences)} confidences for {len(found)} outlines.")
    matrix = iou_matrix(ground_truth, found)
    order = range(len(found)) if confidences is None else np.argsort(-np.asarray(confidences, float), kind="stable")
    unmatched = np.ones(len(ground_truth), dtype=bool)
    matches = []
    for index in order:
        overlaps = np.where(unmatched, matrix[:, index], -1.0)
        best = int(overlaps.argmax()) if len(ground_truth) else 0
        if len(ground_truth) and overlaps[best] >= max(iou, 1e-9):
            unmatched[best] = False
            matches.append(Match(best, int(index), float(overlaps[best])))
    return tuple(matches)


class DetectionScorer:
    """Accumulates pages and scores their outlines together.

    Parameters
    ----------
    iou : minimum IoU of a match, from 0 to 1.
    """

    def __init__(self, iou: float = 0.5):
        self._iou = iou
        self._counts: List[Tuple[int, int, int]] = []
        self._confidences: List[float] = []
        self._hits: List[bool] = []

    def add(self, ground_truth: Sequence[Polygon], found: Sequence[Polygon],
            confidences: Optional[Sequence[float]] = None) -> None:
        """Add a page; without confidences all its outlines have confidence 1."""
        confidences = [1.0] * len(found) if confidences is None else list(confidences)
        matched = {match.found for match in match_outlines(ground_truth, found, confidences, self._iou)}
        self._counts.append((len(ground_truth), len(found), len(matched)))
        self._confidences += [float(confidence) for confidence in confidences]
        self._hits += [index in matched for index in range(len(found))]

    def score(self, resamples: int = 1000, seed: int = 0) -> DetectionScore:
        """Score all pages added so far; the seed is that of the bootstrap."""
        counts = np.array(self._counts, dtype=np.int64).reshape(-1, 3)     # (G, 3)
        ground_truth, found, matched = (int(total) for total in counts.sum(axis=0))
        empty = ground_truth == found == 0
        interval = (1.0, 1.0) if empty else bootstrap_interval(2 * counts[:, 2], counts[:, 0] + counts[:, 1],
                                                               resamples, seed)
        return DetectionScore(matched / found if found else float(empty), matched / ground_truth if ground_truth else float(empty),
                              1.0 if empty else 2 * matched / (ground_truth + found),
                              average_precision(np.array(self._hits, bool), np.array(self._confidences), ground_truth),
                              interval, ground_truth, found, matched, len(counts))


def average_precision(hits: np.ndarray, confidences: np.ndarray, ground_truth: int) -> float:
    """Return the area under the precision-recall curve.

    Parameters
    ----------
    hits : (D,) bool, whether each detection matched.
    confidences : (D,) float.
    ground_truth : number of ground-truth outlines.

    Source
    ------
    Everingham et al., The PASCAL Visual Object Classes Challenge, 2010 on: precision at each recall is the highest at
    that recall or beyond (all-point interpolation). Detections of equal confidence enter together.
    """
    if ground_truth == 0:
        return float(len(hits) == 0)
    if len(hits) == 0:
        return 0.0
    order = np.argsort(-confidences, kind="stable")
    found = np.cumsum(hits[order])                                         # (D,)
    last = np.flatnonzero(np.r_[np.diff(confidences[order]) != 0, True])   # ends of runs of equal confidence
    precision, recall = found[last] / (last + 1), found[last] / ground_truth
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(np.r_[0.0, recall]) * precision))


class AreaScorer:
    """Accumulates pages and scores the area that their outlines cover, whatever their number."""

    def __init__(self) -> None:
        self._areas: List[Tuple[float, float]] = []

    def add(self, ground_truth: Sequence[Polygon], found: Sequence[Polygon], size: Tuple[int, int]) -> None:
        """Add a page of (height, width) pixels."""
        area = shared_area(ground_truth, found, size)
        self._areas.append((area.intersection, area.union))

    def score(self, resamples: int = 1000, seed: int = 0) -> AreaScore:
        """Score all pages added so far; 1 where there is neither ground truth nor a detection."""
        areas = np.array(self._areas).reshape(-1, 2) * 1e6                 # (G, 2), in millionths of a page
        shared, union = areas.sum(axis=0)
        if union == 0:
            return AreaScore(1.0, (1.0, 1.0), len(areas))
        return AreaScore(float(shared / union), bootstrap_interval(areas[:, 0], areas[:, 1], resamples, seed),
                         len(areas))
