"""A line detector without network, boxes, words or baselines: rows of ink in the region's upright frame."""
from __future__ import annotations

import json

import numpy as np

from ocr.images.load import grey
from ocr.lines.detector import DetectedLine
from ocr.page.geometry import Box, Polygon, Transform


class ProjectionDetector:
    """Finds level lines of dark ink on light paper; its one number is the grey value below which a pixel is ink."""

    provenance = (("method", "projection"),)

    def __init__(self, model, engine):
        self.dark = json.loads((model.folder / "projection.json").read_text())["dark"]

    def __call__(self, pixels, region, orientation):
        upright = Transform.quarter_turns(orientation, pixels.shape[:2])
        ink = np.rot90(grey(pixels), -orientation) < self.dark
        box = upright.polygon(region).box.clip(ink.shape)
        left, top, right, bottom = (int(side) for side in (box.left, box.top, box.right, box.bottom))
        rows = np.r_[False, ink[top:bottom, left:right].any(axis=1), False]
        edges = np.flatnonzero(np.diff(rows.astype(int)))
        outlines = [Polygon.from_box(Box(left, top + first, right, top + last)) for first, last in zip(edges[::2], edges[1::2])]
        return [DetectedLine(upright.inverse().polygon(outline), (), (), 0.5) for outline in outlines[::-1]]
