"""The single-shot line detector: from a region of a page to lines and words in page pixels."""
from __future__ import annotations

from dataclasses import dataclass
from typing import List, Tuple

import numpy as np

from ocr.engine.network import Network, open_network
from ocr.engine.settings import EngineSettings
from ocr.lines.detector import DetectedLine, DetectedWord
from ocr.lines.ssd.assembly import AssembledLine, assemble
from ocr.lines.ssd.boxes import corners, level
from ocr.lines.ssd.detection import detect_region
from ocr.lines.ssd.settings import SSDSettings
from ocr.models.store import InstalledModel
from ocr.page.geometry import Polygon, Transform
from ocr.page.overlap import hull, share_inside

MIN_INSIDE = 0.3
"""Share of a line's core that must lie inside the region's outline."""
_CORE = np.array([1.0, 1.0, 0.96, 0.5, 1.0])
"""The core of a slanted box: without its ends, and without what ascenders and descenders reach into."""


@dataclass(frozen=True)
class NetworkDetector:
    """Detect the lines and words of a region with a network; see `ocr.lines.detector.LineDetector`.

    Parameters
    ----------
    network : see `ocr.lines.ssd.detection.detect_region`; the network of a training run will do, too.
    settings : the network's.
    """

    network: Network
    settings: SSDSettings = SSDSettings()
    provenance: Tuple[Tuple[str, str], ...] = ()

    def __call__(self, pixels: np.ndarray, region: Polygon, orientation: int) -> List[DetectedLine]:
        """Detect the lines of a region, in any order.

        The network gets the region's convex hull, so that a line is found whole where the outline cuts into it; lines
        that lie mostly outside the outline are left out.
        """
        region_detections = detect_region(pixels, hull(region), orientation, self.network, self.settings)
        lines = assemble(region_detections.found, self.settings.assembly)
        cores = _outlines(np.reshape([line.box for line in lines], (-1, 5)) * _CORE, region_detections.to_page)
        return [_on_page(line, region_detections.to_page) for line, share in zip(lines, share_inside(cores, region))
                if share >= MIN_INSIDE]


class SSDDetector(NetworkDetector):
    """An installed single-shot detector, with the settings of its card."""

    def __init__(self, model: InstalledModel, engine: EngineSettings):
        network = open_network(model.folder, engine.engine, engine.device, engine.threads)
        super().__init__(network, SSDSettings.from_card(model.card))


def _outlines(boxes: np.ndarray, to_page: Transform) -> List[Polygon]:
    """Return the outlines of slanted boxes, (K, 5), in page pixels."""
    return [to_page.polygon(Polygon.from_array(outline)) for outline in corners(boxes)]


def _on_page(line: AssembledLine, to_page: Transform) -> DetectedLine:
    """Map a line to page pixels."""
    words = tuple(DetectedWord(outline, float(score))
                  for outline, score in zip(_outlines(line.words, to_page), line.word_scores))
    ends = line.box[0] + np.array([-0.5, 0.5]) * line.box[2]
    baseline = to_page.points(np.stack([ends, level(line.box, ends) + line.baseline], axis=1))
    return DetectedLine(_outlines(line.box[None], to_page)[0], baseline, words, line.confidence)
