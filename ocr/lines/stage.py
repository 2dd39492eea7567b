"""Stage 2: detect the lines and words of every region of a page, with any line detector."""
from __future__ import annotations

from dataclasses import replace
from typing import List, Optional, Sequence, Tuple

import numpy as np

from ocr import __version__
from ocr.engine.settings import EngineSettings
from ocr.images.load import grey, image_size
from ocr.lines.detector import DetectedLine, LineDetector
from ocr.lines.whole import detect_main_line, is_flat, is_low, whole_image
from ocr.models.registry import ModelCard
from ocr.models.store import require
from ocr.page.geometry import Point, Polygon, Transform
from ocr.page.model import Line, Page, ProcessingStep, Region, Word
from ocr.page.overlap import grown_around, iou_matrix
from ocr.page.reading_order import order_lines

NAME = "lines"
MAX_SHARED = 0.5
"""IoU from which a line counts as a duplicate of one in an earlier region."""


class LineStage:
    """Add lines, in reading order, and their words to the regions of a page.

    Parameters
    ----------
    detector : detects the lines of one region.
    card : of the detector's model.
    """

    name = NAME

    def __init__(self, detector: LineDetector, card: ModelCard):
        self.detector = detector
        self.step = ProcessingStep(self.name, card.name, card.sha256, __version__, tuple(sorted(detector.provenance)))

    def __call__(self, page: Page, pixels: np.ndarray) -> Page:
        """Detect the lines of a page.

        Parameters
        ----------
        page : with regions, whose lines are replaced; a region's outline grows to include lines that reach beyond it.
        pixels : (H, W, 3) uint8 RGB, the image as loaded.
        """
        pixels = grey(pixels)
        low = is_low(page)
        regions: List[Region] = []
        for region in page.regions:
            taken = [line.polygon for other in regions for line in other.lines]
            lines = find_lines(self.detector, pixels, region, page.orientation, taken)
            outline = grown_around(region.polygon, [line.polygon for line in lines])
            outline = outline if outline == region.polygon else outline.clip(page.size)
            regions.append(replace(region, lines=lines, polygon=outline))
        found = sum(len(region.lines) for region in regions)
        main = detect_main_line(self.detector, pixels) if low or (found == 1 and is_flat(page)) else None
        if main and main.alone:
            regions = [replace(whole_image(page.size), lines=(main.line,))]
        warning = _nothing_found(page, regions)
        if low and not any(region.lines for region in regions):
            regions, warning = [whole_image(page.size)], "No line was found; the image is as low as one and is read as one."
        step = replace(self.step, warnings=(warning,)) if warning else self.step
        return replace(page, regions=tuple(regions), steps=(*page.steps, step))


def _nothing_found(page: Page, regions: Sequence[Region]) -> str:
    """Say in one sentence where no line was found; empty where every region has some."""
    without = sum(not region.lines for region in regions)
    if without == len(regions):
        return "No line of handwriting was found."
    return f"No line was found in {without} of {len(regions)} regions." if without else ""


def open_lines(name: Optional[str] = None, engine: EngineSettings = EngineSettings()) -> LineStage:
    """Open an installed line model.

    Parameters
    ----------
    name : of a registered model, or the folder of a training run; None takes the default model.
    engine : how its network runs.

    Raises
    ------
    ModelNotFound, ModelMismatch : see `ocr.models.store.require`.
    """
    model = require(name or NAME, NAME)
    return LineStage(model.card.kind.open()(model, engine), model.card)


def find_lines(detector: LineDetector, pixels: np.ndarray, region: Region, orientation: int,
               taken: Sequence[Polygon] = ()) -> Tuple[Line, ...]:
    """Detect the lines of one region, in reading order, clipped to the page.

    Parameters
    ----------
    pixels : (H, W) uint8 grey or (H, W, 3) RGB page, as loaded.
    region : its outline is used, and its id, from which the ids of the lines are derived.
    orientation : clockwise quarter turns that make the page upright.
    taken : outlines of lines in other regions; duplicates of them are dropped.
    """
    size = image_size(pixels)
    found = detector(pixels, region.polygon, orientation)
    shared = iou_matrix([line.polygon.clip(size) for line in found], taken)
    found = [line for line, iou in zip(found, shared.max(axis=1, initial=0.0)) if iou < MAX_SHARED]
    return tuple(_page_line(found[index], f"{region.id}_l{number + 1}", size)
                 for number, index in enumerate(reading_order(found, orientation, size)))


def reading_order(lines: Sequence[DetectedLine], orientation: int, size: Tuple[int, int]) -> Tuple[int, ...]:
    """Return the indices of a region's lines in reading order.

    The lines are put upright and deskewed by the median slope of their baselines. Where no baseline is known, the slope is
    estimated from the outlines.

    Parameters
    ----------
    orientation : clockwise quarter turns that make the page upright.
    size : (height, width) of the page as loaded.
    """
    upright = Transform.quarter_turns(orientation, size)
    ends = [upright.points((line.baseline[0], line.baseline[-1])) for line in lines if len(line.baseline) > 1]
    slopes = [(right[1] - left[1]) / (right[0] - left[0]) for left, right in ends if right[0] != left[0]]
    if not slopes:
        return order_lines([upright.polygon(line.polygon).box for line in lines])
    angle = np.arctan(np.median(slopes))
    cosine, sine = np.cos(angle), np.sin(angle)
    level = upright.then(Transform.from_array(np.array([[cosine, sine, 0.0], [-sine, cosine, 0.0]])))
    return order_lines([level.polygon(line.polygon).box for line in lines], slope=0.0)


def _page_line(found: DetectedLine, identity: str, size: Tuple[int, int]) -> Line:
    """Give a line and its words their ids, and clip them to the page of (height, width)."""
    words = tuple(Word(f"{identity}_w{number + 1}", word.polygon.clip(size), (), word.confidence)
                  for number, word in enumerate(found.words))
    return Line(identity, found.polygon.clip(size), _inside(found.baseline, size), words, (), found.confidence)


def _inside(points: Sequence[Point], size: Tuple[int, int]) -> Tuple[Point, ...]:
    return tuple((min(max(x, 0.0), float(size[1])), min(max(y, 0.0), float(size[0]))) for x, y in points)
