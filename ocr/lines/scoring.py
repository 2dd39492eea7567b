"""Score the lines and words that a detector finds in the ground-truth regions of pages."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Tuple, cast

import shapely

from ocr.lines.detector import LineDetector
from ocr.lines.ground_truth import GroundTruthLines
from ocr.lines.stage import find_lines
from ocr.page.geometry import Polygon
from ocr.page.model import Line
from ocr.page.overlap import shapes
from ocr.scoring.detection import DetectionScore, DetectionScorer
from ocr.scoring.report import interval, percent, plain_table

THRESHOLDS = (0.5, 0.75)


@dataclass(frozen=True)
class PageResult:
    """The lines detected on one page, and its ground truth."""

    ground_truth: GroundTruthLines
    lines: Tuple[Line, ...]


@dataclass(frozen=True)
class LineScores:
    """Detection scores of lines and of words, each at the IoU thresholds in THRESHOLDS."""

    lines: Tuple[DetectionScore, ...]
    words: Tuple[DetectionScore, ...]

    def __str__(self) -> str:
        rows = [(kind, f"{iou:g}", percent(score.f1), interval(score.f1_interval), percent(score.precision),
                 percent(score.recall), percent(score.ap), score.ground_truth, score.pages)
                for kind, scores in (("lines", self.lines), ("words", self.words)) if scores[0].ground_truth
                for iou, score in zip(THRESHOLDS, scores)]
        return plain_table(("detected", "IoU", "F1", "95 % interval", "precision", "recall", "AP", "ground truth", "pages"), rows)

    def as_dict(self) -> Dict[str, object]:
        """Return the figures for JSON, fractions from 0 to 1; those of words only where the ground truth has words."""
        result: Dict[str, object] = {}
        for kind, scores in (("line", self.lines), ("word", self.words)):
            if kind == "word" and not scores[0].ground_truth:
                continue
            first, second = scores
            result.update({f"{kind}_f1": first.f1, f"{kind}_precision": first.precision, f"{kind}_recall": first.recall,
                           f"{kind}_ap50": first.ap, f"{kind}_f1_75": second.f1, f"{kind}_ap75": second.ap,
                           f"{kind}s": first.ground_truth, f"{kind}_interval": list(first.f1_interval)})
        return {**result, "pages": self.lines[0].pages}


def find_on_pages(pages: Sequence[GroundTruthLines], detector: LineDetector) -> List[PageResult]:
    """Detect the lines in the ground-truth regions of pages."""
    return [PageResult(item, tuple(line for region in item.page.regions if region.lines
                                    for line in find_lines(detector, item.pixels, region, item.page.orientation)))
            for item in pages]


def score_results(results: Sequence[PageResult]) -> LineScores:
    """Compare detections with the ground truth, micro-averaged over all pages.

    Where a page's ground truth is axis-aligned boxes, the bounding boxes of the detections are compared with them. Words are
    compared on pages whose ground truth has words; lines whose ground truth lacks some of their words are ignored.
    """
    scorers = {kind: [DetectionScorer(iou) for iou in THRESHOLDS] for kind in ("lines", "words")}
    for result in results:
        expected_lines = list(result.ground_truth.page.lines)
        _add(scorers["lines"], [line.polygon for line in expected_lines], [(line.polygon, line.confidence) for line in result.lines])
        if any(line.words for line in expected_lines):
            incomplete = [line for line in expected_lines if len(line.words) < len(line.text.split())]
            expected_words = [word.polygon for line in expected_lines if line not in incomplete for word in line.words]
            found = [(word.polygon, word.confidence) for line in result.lines for word in line.words]
            ignored = shapely.union_all(shapes([line.polygon for line in incomplete]))
            _add(scorers["words"], expected_words, [item for item in found
                                                    if not ignored.contains(shapely.Point(item[0].box.centre))])
    return LineScores(*(tuple(scorer.score() for scorer in scorers[kind]) for kind in ("lines", "words")))


def _add(scorers: Sequence[DetectionScorer], ground_truth: Sequence[Polygon],
         found: Sequence[Tuple[Polygon, Optional[float]]]) -> None:
    outlines = [outline for outline, _ in found]
    if all(_is_box(outline) for outline in ground_truth):
        outlines = [Polygon.from_box(outline.box) for outline in outlines]
    for scorer in scorers:
        scorer.add(ground_truth, outlines, [cast(float, confidence) for _, confidence in found])     # detectors give one


def _is_box(outline: Polygon) -> bool:
    return len(outline.points) == 4 and abs(outline.area - outline.box.area) <= 0.01 * outline.box.area
