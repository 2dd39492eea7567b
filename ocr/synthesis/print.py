"""Print on a sheet of paper: a heading, a notice, a footer, rules. Detectors learn to distinguish print from handwriting."""
from __future__ import annotations

import textwrap
from typing import Sequence

import numpy as np
from PIL import Image, ImageDraw

from ocr.synthesis.fonts import Face, faces_for
from ocr.synthesis.paper import add_ink


def print_text(paper: np.ndarray, heading: str, notice: str, footer: str, faces: Sequence[Face],
               rng: np.random.Generator) -> float:
    """Print on a sheet of paper, in place, and return the y below which it is free, in pixels.

    Parameters
    ----------
    paper : (H, W, 3) uint8 RGB.
    heading : printed large at the top, with a rule below; empty for none.
    notice : printed small below it, wrapped; empty for none.
    footer : printed small at the bottom; empty for none.
    faces : fonts to choose from.
    """
    if not heading + notice + footer:
        return 0.0
    height, width = paper.shape[:2]
    capable = faces_for(heading + notice + footer, faces)
    face = capable[int(rng.integers(len(capable)))]
    ink = Image.new("L", (width, height))
    pen = ImageDraw.Draw(ink)
    left, right, y = 0.09 * width, 0.93 * width, 0.045 * height
    centred = rng.random() < 0.5
    if heading:
        large = face.at(width / rng.uniform(30, 38))
        pen.text((width / 2 if centred else left, y), heading, 255, large, anchor="ma" if centred else "la")
        y += 1.7 * large.size
        pen.line((left, y, right, y), fill=200, width=int(rng.integers(1, 4)))
        y += 0.012 * height
    small = face.at(width / rng.uniform(64, 74))
    letters = max(20, int((right - left) / small.getlength("abcdefghij nopqrst uv") * 21))
    for line in textwrap.wrap(notice, letters):
        pen.text((left, y), line, 220, small)
        y += 1.35 * small.size
    if footer:
        pen.line((left, 0.952 * height, right, 0.952 * height), fill=150, width=1)
        pen.text((width / 2, 0.958 * height), footer, 190, small, anchor="ma")
    add_ink(paper, np.asarray(ink, np.float32) / 255, (0, 0), (45, 45, 50))
    return y
