"""What synthetic line images share: the position of the ink, and the greys of ink and paper."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ocr.images.rectify import MARGIN


@dataclass(frozen=True)
class Scan:
    """Greys and margins of a line image to be drawn, as of a scanned line.

    Parameters
    ----------
    paper, ink : grey of bare paper and of full ink, 0 to 255.
    top, bottom : rows between which the ink lies.
    margin : columns of bare paper at either end.
    """

    paper: float
    ink: float
    top: float
    bottom: float
    margin: float


def margin(height: int) -> float:
    """Return the margin that `ocr.images.rectify` leaves around the ink in a line image of a height, in pixels."""
    return height * MARGIN / (1 + 2 * MARGIN)


def random_scan(height: int, rng: np.random.Generator) -> Scan:
    """Draw a scan of a height at random; the ranges are those of scanned forms, and of outlines that are not always tight."""
    room = height - 2 * margin(height)
    fill = room * (1 - 0.1 * rng.random() ** 2)
    top = margin(height) + rng.uniform(0, 1) * (room - fill)
    blackest = rng.random() < 0.25                                              # gel, felt, binarised scans
    return Scan(paper=float(rng.uniform(237, 250)), ink=float(rng.uniform(0, 40) if blackest else rng.uniform(10, 100)),
                top=top, bottom=top + fill, margin=margin(height))
