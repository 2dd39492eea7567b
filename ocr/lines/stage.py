"""Stage 2: find the lines and words of every region of a page."""
from __future__ import annotations

from dataclasses import replace
from typing import List, Optional, Tuple

import cv2
import numpy as np

from ocr import __version__
from ocr.engine.network import open_network
from ocr.engine.settings import EngineSettings
from ocr.images.load import grey
from ocr.lines.detector import LineDetector
from ocr.lines.ssd.assembly import FoundLine, assemble
from ocr.lines.ssd.boxes import corners, level
from ocr.lines.ssd.detection import Network, detect_region
from ocr.models.store import require
from ocr.models.tasks import TASKS
from ocr.page.geometry import Polygon, Transform
from ocr.page.model import Line, Page, ProcessingStep, Region, Word
from ocr.page.reading_order import order_lines
from ocr.page.overlap import iou_matrix


LEAST_INSIDE = 0.3
"""Part of a line that must lie inside the region's outline."""


class LineStage:
    """Fill in the lines of a page's regions, in reading order, and their words.

    Parameters
    ----------
    model : name of a registered detector; None takes the first one.
    engine, device, threads : see `ocr.engine.network.open_network`.
    """

    name = "lines"

    def __init__(self, model: Optional[str] = None, engine: str = "onnx", device: str = "cpu", threads: int = 0):
        installed = require(model or self.name, self.name)
        card = installed.card
        self.step = ProcessingStep(self.name, card.name, card.sha256, __version__)
        self.network = open_network(installed.folder, engine, device, threads)

    def __call__(self, page: Page, pixels: np.ndarray) -> Page:
        """Find the lines of a page.

        Parameters
        ----------
        page : with regions; lines that they have are replaced. An outline that a line reaches out of grows with it.
        pixels : (H, W, 3) uint8 RGB, the picture as loaded.
        """
        pixels = grey(pixels)
        regions: List[Region] = []
        for region in page.regions:
            lines = find_lines(pixels, region, page.orientation, self.network)
            lines = _without(lines, [line for other in regions for line in other.lines])
            regions.append(replace(region, lines=lines, polygon=_around(region.polygon, lines, page.size)))
        return replace(page, regions=tuple(regions), steps=(*page.steps, self.step))


def find_lines(pixels: np.ndarray, region: Region, orientation: int, network: Network) -> Tuple[Line, ...]:
    """Find the lines of one region, in reading order.

    The network sees the region's convex hull, so that a line is found whole where the outline cuts into it; lines that
    lie for the most part outside the outline are another region's.

    Parameters
    ----------
    pixels : (H, W) uint8 grey or (H, W, 3) RGB page, as loaded.
    region : its outline is used, and its id, from which the lines' ids are made.
    orientation : clockwise quarter turns that make the page upright.
    network : see `ocr.lines.ssd.detection.detect_region`.
    """
    hull = Polygon.from_array(cv2.convexHull(region.polygon.array.astype(np.float32)))
    detections = detect_region(pixels, hull, orientation, network)
    found = [line for line in assemble(detections.found)
             if _share_inside(line.box, region.polygon, detections.to_page) >= LEAST_INSIDE]
    boxes = [Polygon.from_array(outline).box for outline in corners(np.reshape([line.box for line in found], (-1, 5)))]
    slope = float(np.median([line.box[4] for line in found])) if found else 0.0
    return tuple(_page_line(found[index], f"{region.id}_l{number + 1}", detections.to_page, pixels.shape[:2])
                 for number, index in enumerate(order_lines(boxes, slope)))


def _share_inside(box: np.ndarray, outline: Polygon, to_page: Transform) -> float:
    """Return which part of a slanted box, (5,), lies inside an outline on the page, from 0 to 1."""
    x = box[0] + np.linspace(-0.48, 0.48, 24) * box[2]
    points = to_page.points((at, level(box, at) + part * box[3]) for part in (-0.25, 0.0, 0.25) for at in x)
    contour = outline.array.astype(np.float32)
    return float(np.mean([cv2.pointPolygonTest(contour, point, False) >= 0 for point in points]))


def _without(lines: Tuple[Line, ...], known: List[Line]) -> Tuple[Line, ...]:
    """Leave out lines that another region has."""
    if not lines or not known:
        return lines
    shared = iou_matrix([line.polygon for line in lines], [line.polygon for line in known]).max(axis=1)
    return tuple(line for line, iou in zip(lines, shared) if iou < 0.5)


def _around(outline: Polygon, lines: Tuple[Line, ...], size: Tuple[int, int]) -> Polygon:
    """Return a region's outline, grown where its lines reach out of it on a page of (height, width)."""
    contour = outline.array.astype(np.float32)
    if all(cv2.pointPolygonTest(contour, point, True) > -1 for line in lines for point in line.polygon.points):
        return outline
    scale = min(1.0, 2000 / max(size))
    mask = np.zeros([int(np.ceil(side * scale)) + 1 for side in size], np.uint8)
    for polygon in (outline, *(line.polygon for line in lines)):
        cv2.fillPoly(mask, [np.round(polygon.array * scale).astype(np.int32)], 1)
    contours, _ = cv2.findContours(cv2.dilate(mask, np.ones((3, 3), np.uint8)), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    largest = cv2.approxPolyDP(max(contours, key=cv2.contourArea), 1.0, True)
    return Polygon.from_array(largest.reshape(-1, 2) / scale).clip(size)


def _page_line(found: FoundLine, identity: str, to_page: Transform, size: Tuple[int, int]) -> Line:
    """Put a line into pixels of the page of (height, width), cut at its edges."""
    def outlines(boxes: np.ndarray) -> List[Polygon]:
        return [to_page.polygon(Polygon.from_array(outline)).clip(size) for outline in corners(boxes)]

    words = tuple(Word(f"{identity}_w{number + 1}", outline, (), float(score))
                  for number, (outline, score) in enumerate(zip(outlines(found.words), found.word_scores)))
    ends = found.box[0] + np.array([-0.5, 0.5]) * found.box[2]
    baseline = to_page.points(np.stack([ends, level(found.box, ends) + found.baseline], axis=1))
    inside = tuple((min(max(x, 0.0), float(size[1])), min(max(y, 0.0), float(size[0]))) for x, y in baseline)
    return Line(identity, outlines(found.box[None])[0], inside, words, (), found.confidence)


class DetectorStage:
    """Stage 2 with any line detector."""

    name = "lines"

    def __init__(self, detector: LineDetector, model: str, sha256: str):
        self.detector = detector
        self.step = ProcessingStep(self.name, model, sha256, __version__, detector.provenance)

    def __call__(self, page: Page, pixels: np.ndarray) -> Page:
        """Find the lines of a page's regions."""
        def lines(region: Region) -> Tuple[Line, ...]:
            found = sorted(self.detector(pixels, region.polygon, page.orientation), key=lambda line: line.polygon.box.top)
            return tuple(Line(f"{region.id}_l{number}", line.polygon, line.baseline, (), (), line.confidence)
                         for number, line in enumerate(found, 1))

        return replace(page, regions=tuple(replace(region, lines=lines(region)) for region in page.regions),
                       steps=(*page.steps, self.step))


def open_lines(name: Optional[str] = None, engine: EngineSettings = EngineSettings()):
    """Open stage 2 with a registered model, the folder of a training run, or, for None, the default model."""
    card = require(name or "lines", "lines").card
    if card.kind == TASKS["lines"].architecture(""):
        return LineStage(name, engine.engine, engine.device, engine.threads)
    return DetectorStage(card.kind.open()(require(name or "lines", "lines"), engine), card.name, card.sha256)
