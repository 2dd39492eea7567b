"""Images that show one line or one word and nothing else."""
from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Dict, Literal, Optional, Tuple

import numpy as np

from ocr import __version__
from ocr.images.load import grey, image_size
from ocr.lines.detector import LineDetector
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, ProcessingStep, Region, Word

Unit = Literal["line", "word"]

_FLAT = 3.0                 # times as wide as high
_LOW = 128                  # pixels


class WholeImageStage:
    """Make every image one line, in place of the stages that find regions and lines.

    Parameters
    ----------
    unit : what each image shows.
    detector : finds where in the image the line runs, between neighbours' strokes; not used for words, which are too short for it.
    """

    name = "lines"

    def __init__(self, unit: Unit, detector: LineDetector):
        self.unit, self._detector = unit, detector
        settings = detector.provenance if unit == "line" else ()
        self.step = ProcessingStep(self.name, version=__version__, settings=tuple(sorted((("whole", unit), *settings))))

    def __call__(self, page: Page, pixels: np.ndarray) -> Page:
        """Replace the regions of a page by one that is the whole image, with one line."""
        region = whole_image(page.size, self.unit)
        found = detect_main_line(self._detector, pixels) if self.unit == "line" else None
        region = replace(region, lines=(found.line,)) if found else region
        return replace(page, regions=(region,), orientation=0, steps=(*page.steps, self.step))


@dataclass(frozen=True)
class MainLine:
    """The largest line of an image, and whether it is the only one."""

    line: Line
    alone: bool


def detect_main_line(detector: LineDetector, pixels: np.ndarray) -> Optional[MainLine]:
    """Detect the largest line in an upright image, with all that runs at the same height; None where there is no line.

    Parameters
    ----------
    pixels : (H, W, 3) RGB or (H, W) grey, uint8.
    """
    size = image_size(pixels)
    whole = whole_image(size)
    found = detector(grey(pixels), whole.polygon, 0)
    if not found:
        return None
    largest = max(found, key=lambda line: line.polygon.area)
    middle = largest.polygon.box.centre[1]
    boxes = [box for box in (line.polygon.box for line in found) if box.top < middle < box.bottom]
    place: Dict[str, Any] = {"polygon": largest.polygon.clip(size), "baseline": largest.baseline}
    if len(boxes) > 1:
        place = {"polygon": Polygon.from_box(reduce(Box.union, boxes)).clip(size)}
    return MainLine(replace(whole.lines[0], **place), alone=len(boxes) == len(found))


def whole_image(size: Tuple[int, int], unit: Unit = "line") -> Region:
    """Return a region of one line that is the whole image of (height, width)."""
    outline = Polygon.from_box(Box(0, 0, size[1], size[0]))
    words = (Word("r1_l1_w1", outline),) if unit == "word" else ()
    return Region("r1", outline, (Line("r1_l1", outline, words=words),))


def is_flat(page: Page) -> bool:
    """Tell whether an image that lies upright is so much wider than high that it may show one line."""
    return page.orientation % 2 == 0 and page.size[1] >= _FLAT * page.size[0]


def is_low(page: Page) -> bool:
    """Tell whether an image that lies upright is hardly higher than a line of writing."""
    return page.orientation % 2 == 0 and page.size[0] <= min(_LOW, page.size[1])
