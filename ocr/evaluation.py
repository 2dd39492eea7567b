"""Read pages with ground truth through the whole chain and score every stage, the lines and the whole pages."""
from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np

from ocr.datasets.ground_truth import GroundTruthPage
from ocr.errors import DatasetError, OcrError
from ocr.images.load import PageImage, read_frame
from ocr.images.rectify import rectify_line
from ocr.page.model import Line, Page
from ocr.pipeline import LINES, RECOGNITION, Pipeline
from ocr.scoring.detection import AreaScore, AreaScorer, DetectionScore, DetectionScorer
from ocr.scoring.error_rates import OLD_PROTOCOL, ErrorRates, TextPair, score_texts
from ocr.scoring.page_pairs import line_pairs, page_pair
from ocr.scoring.report import interval, markdown_table, percent


@dataclass(frozen=True)
class Evaluation:
    """Scores of the whole pipeline on pages with ground truth; each stage works on the output of the one before.

    Parameters
    ----------
    pages : whole pages, their text in reading order.
    lines : detected lines matched to those of the ground truth by position; missing and surplus lines count.
    ground_truth_lines : the recogniser alone, on the ground-truth outlines of lines.
    area, regions, line_boxes, word_boxes : where writing, regions, lines and words are, against the ground truth.
    wrong_orientation : pages that were read in another orientation than that of the ground truth.
    failed : pages that could not be read, with the reason.
    worst : the lines with most edits, most first.
    """

    pages: ErrorRates
    lines: ErrorRates
    ground_truth_lines: ErrorRates
    area: AreaScore
    regions: DetectionScore
    line_boxes: DetectionScore
    word_boxes: DetectionScore
    wrong_orientation: int
    failed: Tuple[str, ...]
    worst: Tuple[LineReading, ...]

    def as_dict(self) -> Dict[str, object]:
        """Return the figures for JSON: rates are fractions."""
        return {"page_cer": self.pages.cer, "page_wer": self.pages.wer, "line_cer": self.lines.cer,
                "line_wer": self.lines.wer, "true_line_cer": self.ground_truth_lines.cer, "true_line_wer": self.ground_truth_lines.wer,
                "pages": self.pages.pages, "page_cer_interval": list(self.pages.interval),
                "old_protocol": {"normalisation": OLD_PROTOCOL, "page_cer": self.pages.old_protocol_cer,
                                 "line_cer": self.lines.old_protocol_cer,
                                 "true_line_cer": self.ground_truth_lines.old_protocol_cer},
                "missing_lines": self.lines.missing, "surplus_lines": self.lines.surplus, "area_iou": self.area.iou,
                "region_f1": self.regions.f1, "line_f1": self.line_boxes.f1,
                "word_f1": self.word_boxes.f1 if self.word_boxes.ground_truth else None,
                "turned_wrong": self.wrong_orientation, "failed": list(self.failed)}

    def markdown(self) -> str:
        """Return the report as a Markdown table."""
        def text_row(name: str, rates: ErrorRates) -> List[str]:
            return [name, percent(rates.cer), interval(rates.interval), percent(rates.wer),
                    percent(rates.old_protocol_cer), str(rates.lines), str(rates.pages)]

        def box_row(name: str, score: DetectionScore) -> List[Optional[str]]:
            if not score.ground_truth:
                return [name, None, "no ground truth in this data set", None, None, None]
            return [name, percent(score.f1), interval(score.f1_interval), percent(score.precision),
                    percent(score.recall), percent(score.ap)]

        texts = markdown_table(["text", "CER", "95 % interval", "WER", "CER, old protocol", "n", "pages"],
                               [text_row("whole pages", self.pages), text_row("detected lines", self.lines),
                                text_row("ground-truth lines", self.ground_truth_lines)])
        boxes = markdown_table(["at IoU 0.5", "F1", "95 % interval", "precision", "recall", "AP"],
                               [box_row("regions", self.regions), box_row("lines", self.line_boxes),
                                box_row("words", self.word_boxes)])
        rest = [f"Handwriting area: IoU {percent(self.area.iou)} ({interval(self.area.interval)}).",
                f"Lines missing {self.lines.missing}, surplus {self.lines.surplus}; pages in the wrong orientation "
                f"{self.wrong_orientation}, failed {len(self.failed)}.",
                "Rates are micro-averages; NFC, case-sensitive, spaces counted; intervals are bootstrapped over pages.",
                f"Old protocol: {OLD_PROTOCOL} (over pages for whole pages)."]
        return "\n\n".join([texts, boxes, *rest, *self.failed]) + "\n"


@dataclass(frozen=True)
class LineReading:
    """A line image, extracted along the ground-truth outline, with its transcript and the text read from it."""

    image: np.ndarray
    pair: TextPair


View = Callable[[GroundTruthPage, PageImage], Tuple[GroundTruthPage, PageImage]]
"""Returns another image of a page, with the ground truth in that image's pixels."""


def evaluate(ground_truth_pages: Sequence[GroundTruthPage], pipeline: Pipeline, view: Optional[View] = None) -> Evaluation:
    """Read pages from their images and score them; a page that cannot be read counts as not read at all.

    Parameters
    ----------
    ground_truth_pages : pages with their transcripts.
    pipeline : reads the pages.
    view : makes the images that are read instead of the pages' own; None reads those.

    Raises
    ------
    DatasetError : no page has a text.
    """
    from tqdm import tqdm

    if not any(ground_truth.page.text.strip() for ground_truth in ground_truth_pages):
        raise DatasetError(f"There is nothing to score: of {len(ground_truth_pages)} pages with an image, none has a text. "
                           "Give another split, or a data set with transcripts.")
    scorers = {"regions": DetectionScorer(), "line_boxes": DetectionScorer(), "word_boxes": DetectionScorer()}
    area, pages, lines, ground_truth_lines, unread, failed, wrong_orientation = AreaScorer(), [], [], [], [], [], 0
    for ground_truth in tqdm(ground_truth_pages, unit="page", disable=not sys.stderr.isatty()):
        try:
            image = read_frame(ground_truth.image, ground_truth.page.frame)
            ground_truth, image = view(ground_truth, image) if view else (ground_truth, image)
            after = dict(pipeline.steps(image))
            segmented, found = after[LINES], after[RECOGNITION]
        except OcrError as error:
            failed.append(f"{ground_truth.name}: {error}")
            segmented = found = Page(str(ground_truth.image), ground_truth.page.size)
            unread += [TextPair(line.text, "", ground_truth.name) for line in _written_lines(ground_truth)]
        else:
            ground_truth_lines += _read_ground_truth_lines(ground_truth, image.pixels, pipeline)
            wrong_orientation += found.orientation != ground_truth.page.orientation
        pages.append(page_pair(ground_truth.page, found, ground_truth.name))
        lines += line_pairs(ground_truth.page, found, ground_truth.name)
        area.add([region.polygon for region in ground_truth.page.regions], [region.polygon for region in found.regions],
                 ground_truth.page.size)
        for scorer, kind in zip(scorers.values(), (_regions, _lines, _words)):
            boxes = kind(segmented)
            scorer.add([item.polygon for item in kind(ground_truth.page)], [item.polygon for item in boxes],
                       [1.0 if item.confidence is None else item.confidence for item in boxes])
    worst = sorted(ground_truth_lines, key=lambda reading: -score_texts([reading.pair], 1).character_edits)[:20]
    return Evaluation(score_texts(pages), score_texts(lines),
                      score_texts([reading.pair for reading in ground_truth_lines] + unread),
                      area.score(), **{name: scorer.score() for name, scorer in scorers.items()},
                      wrong_orientation=wrong_orientation, failed=tuple(failed), worst=tuple(worst))


def _read_ground_truth_lines(ground_truth: GroundTruthPage, pixels: np.ndarray, pipeline: Pipeline) -> List[LineReading]:
    """Read the lines of the ground truth, extracted along their ground-truth outlines."""
    recogniser, lines = pipeline.recogniser, _written_lines(ground_truth)
    images = [rectify_line(pixels, line.polygon, line.baseline, ground_truth.page.orientation, recogniser.height).pixels
              for line in lines]
    return [LineReading(image, TextPair(line.text, read.text, ground_truth.name))
            for image, line, read in zip(images, lines, recogniser(images))]


def _written_lines(ground_truth: GroundTruthPage) -> List[Line]:
    return [line for line in ground_truth.page.lines if line.text.strip()]


def _regions(page: Page) -> Sequence:
    return page.regions


def _lines(page: Page) -> Sequence:
    return list(page.lines)


def _words(page: Page) -> Sequence:
    return [word for line in page.lines for word in line.words]
