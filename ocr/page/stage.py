"""What a stage is: the protocol that everything that works on a page keeps."""
from __future__ import annotations

from typing import Protocol

import numpy as np

from ocr.page.model import Page, ProcessingStep


class Stage(Protocol):
    """Takes a page and its image, and returns a richer page.

    Attributes
    ----------
    name : of the stage, such as "lines".
    step : how it works, as the pages that it returns say it last.
    """

    name: str
    step: ProcessingStep

    def __call__(self, page: Page, pixels: np.ndarray) -> Page:
        """Work on one page.

        Parameters
        ----------
        pixels : (H, W, 3) uint8 RGB, the image as loaded.
        """
