"""Images that show one line or one word and nothing else: no line is looked for, the whole image is one."""
from __future__ import annotations

from dataclasses import replace
from typing import Literal, Tuple

import numpy as np

from ocr import __version__
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, ProcessingStep, Region, Word

Unit = Literal["line", "word"]

_FLAT = 3.0                 # times as wide as high: an image on which no region was found may show one line
_LOW = 128                  # pixels: and so may one that is no higher than this


class WholeImageStage:
    """Make the whole image one line, in place of the stages that find regions and lines.

    Parameters
    ----------
    unit : what each image shows.
    """

    name = "lines"

    def __init__(self, unit: Unit):
        self.unit = unit
        self.step = ProcessingStep(self.name, version=__version__, settings=(("whole", unit),))

    def __call__(self, page: Page, pixels: np.ndarray) -> Page:
        """Replace the regions of a page by one that is the whole image."""
        return replace(page, regions=(whole_image(page.size, self.unit),), orientation=0, steps=(*page.steps, self.step))


def whole_image(size: Tuple[int, int], unit: Unit = "line") -> Region:
    """Return a region of one line that is the whole image of (height, width)."""
    outline = Polygon.from_box(Box(0, 0, size[1], size[0]))
    words = (Word("r1_l1_w1", outline),) if unit == "word" else ()
    return Region("r1", outline, (Line("r1_l1", outline, words=words),))


def may_be_one_line(page: Page) -> bool:
    """Tell whether an upright image is flat or low enough to show one line of writing."""
    height, width = page.size
    return page.orientation % 2 == 0 and width > height and (width >= _FLAT * height or height <= _LOW)
