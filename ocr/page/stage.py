"""The protocol of a stage: what takes a page and its image and returns a richer page."""
from __future__ import annotations

from typing import Protocol

import numpy as np

from ocr.page.model import Page, ProcessingStep


class Stage(Protocol):
    """Takes a page and its image, and returns a richer page.

    Attributes
    ----------
    name : of the stage, such as "lines".
    step : its model and settings; the last processing step of the pages that it returns, there with the page's warnings.
    """

    name: str
    step: ProcessingStep

    def __call__(self, page: Page, pixels: np.ndarray) -> Page:
        """Process one page.

        Parameters
        ----------
        pixels : (H, W, 3) uint8 RGB, the image as loaded.
        """
