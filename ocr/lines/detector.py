"""The interface of line detectors, and the lines and words that they return."""
from __future__ import annotations

from dataclasses import dataclass
from typing import List, Protocol, Tuple

import numpy as np

from ocr.page.geometry import Point, Polygon


@dataclass(frozen=True)
class DetectedWord:
    """One detected word: its outline in page pixels, and its confidence, from 0 to 1."""

    polygon: Polygon
    confidence: float


@dataclass(frozen=True)
class DetectedLine:
    """One detected text line.

    Parameters
    ----------
    polygon : its outline in page pixels.
    baseline : in reading direction, in page pixels; empty where it is not known.
    words : in reading order; empty where the detector finds none.
    confidence : from 0 to 1.
    """

    polygon: Polygon
    baseline: Tuple[Point, ...]
    words: Tuple[DetectedWord, ...]
    confidence: float


class LineDetector(Protocol):
    """Detects the lines and words of one region."""

    @property
    def provenance(self) -> Tuple[Tuple[str, str], ...]:
        """Settings as (name, value) pairs, for the page's ProcessingStep."""

    def __call__(self, pixels: np.ndarray, region: Polygon, orientation: int) -> List[DetectedLine]:
        """Detect the lines of a region, in any order.

        Parameters
        ----------
        pixels : (H, W) uint8 grey or (H, W, 3) RGB page, as loaded.
        region : outline in page pixels; lines that lie mostly outside it belong to another region.
        orientation : clockwise quarter turns that make the page upright.
        """
