"""Draw pen strokes as the line image of a scanned page would show them, with a different pen each time.

Shapes: P points and S strokes of a line; (P, 2) x, y with y running down; H x W line image.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import List

import cv2
import numpy as np

from ocr.datasets.strokes import Strokes
from ocr.synthesis.line_images import Scan, margin, random_scan

_FINE = 4                   # line images are drawn at this scale factor, then reduced
_SHIFT = 4                  # fractional bits of a coordinate, for OpenCV
_LEVELS = 6                 # of pressure; at level 0 the pen does not write


@dataclass(frozen=True)
class Pen:
    """A pen, and how it is pressed.

    Parameters
    ----------
    width : of a stroke at full pressure, in heights of the line image.
    thins, pales : fractions of the width and of the ink's darkness that depend on the pressure, 0 to 1.
    haste : how much less quick strokes and the ends of strokes are pressed, 0 to 1.
    skips : mean number of gaps in a stroke.
    """

    width: float
    thins: float
    pales: float
    haste: float
    skips: float


def random_pen(rng: np.random.Generator) -> Pen:
    """Draw a pen at random, between fine liner and felt pen."""
    return Pen(width=float(np.clip(np.exp(rng.normal(np.log(0.019), 0.33)), 0.013, 0.06)),
               thins=float(rng.uniform(0.0, 0.6)), pales=float(rng.uniform(0.0, 0.5)),
               haste=float(rng.uniform(0.1, 0.9)), skips=float(rng.uniform(0, 0.6) ** 3))


def draw_strokes(strokes: Strokes, height: int, rng: np.random.Generator) -> np.ndarray:
    """Draw a line of writing with a random pen, slant, width and position in the line image.

    Parameters
    ----------
    strokes : the movements of the pen.
    height : rows of the line image.
    rng : source of all randomness; the same line looks different each time.

    Returns
    -------
    (height, W) uint8 grey, dark ink on light paper, with the margins that `ocr.images.rectify` leaves around the ink.
    """
    pen, scan = random_pen(rng), random_scan(height, rng)
    points = _place(_jitter(_straighten(strokes.points), strokes.ends, rng), scan, pen.width * height, rng)
    width = max(8, int(np.ceil(points[:, 0].max() + scan.margin + pen.width * height / 2)))
    canvas = np.full((height * _FINE, width * _FINE), round(scan.paper), np.uint8)
    fixed = np.round((points * _FINE - 0.5) * (1 << _SHIFT)).astype(np.int32)
    levels = np.ceil(_pressure(strokes, pen, rng) * _LEVELS).astype(np.int64)   # (P,)
    for level, runs in enumerate(_runs(fixed, levels, strokes.ends)):           # dark ink over pale ink
        lack = 1 - level / _LEVELS
        thickness = round(pen.width * height * _FINE * (1 - pen.thins * lack))
        grey = scan.ink + (scan.paper - scan.ink) * pen.pales * lack
        if level:
            cv2.polylines(canvas, runs, False, round(grey), max(thickness, 1), cv2.LINE_8, _SHIFT)
    line_image = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA)
    return cv2.GaussianBlur(line_image, (0, 0), rng.uniform(0.006, 0.016) * height)  # the scanner's lens


def expected_width(strokes: Strokes, height: int) -> float:
    """Return about how wide `draw_strokes` draws a line, in pixels."""
    length, rise = np.ptp(_straighten(strokes.points), axis=0)
    return float(_scale(length, rise, height - 2 * margin(height)) * length + 2 * margin(height))


def _scale(length: float, rise: float, room: float) -> float:
    """Return the scale factor at which a line fills `room` rows; a dash or a row of dots stays small."""
    return room / max(rise, length / 60, 1e-6)


def _straighten(points: np.ndarray) -> np.ndarray:
    """Remove the slope and the bend of a line, for a short one only part of it: (P, 2) around y = 0."""
    x, y = points.astype(np.float64).T
    length, rise = max(float(np.ptp(x)), 1.0), max(float(np.ptp(y)), 1.0)
    degree = int(np.clip(length / rise // 3, 0, 2))
    basis = ((x - x.mean()) / length)[:, None] ** np.arange(degree + 1)         # (P, degree + 1)
    return np.stack([x, y - basis @ np.linalg.lstsq(basis, y, rcond=None)[0]], axis=1)


def _jitter(points: np.ndarray, ends: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Move each stroke a little and make it a little larger or smaller."""
    lengths = np.diff(ends, prepend=0)
    middles = np.add.reduceat(points, ends - lengths) / lengths[:, None]        # (S, 2)
    scale = np.exp(rng.normal(0, 0.03, middles.shape))
    shift = rng.normal(0, 0.06, middles.shape) * points[:, 1].std() + middles * (1 - scale)
    return points * np.repeat(scale, lengths, axis=0) + np.repeat(shift, lengths, axis=0)


def _place(points: np.ndarray, scan: Scan, pen_width: float, rng: np.random.Generator) -> np.ndarray:
    """Slant and stretch a line and move it to its position in the line image: (P, 2) in pixels."""
    x = (points[:, 0] - rng.normal(0, 0.1) * points[:, 1]) * np.exp(rng.normal(0, 0.12))
    y, reach = points[:, 1] - points[:, 1].min(), pen_width / 2
    scale = _scale(np.ptp(x), y.max(), scan.bottom - scan.top - pen_width)
    return np.stack([(x - x.min()) * scale + scan.margin + reach, y * scale + scan.top + reach], axis=1)


def _pressure(strokes: Strokes, pen: Pen, rng: np.random.Generator) -> np.ndarray:
    """Estimate the pressure of the pen at each point, (P,) from 0 to 1: high in slow strokes, low at their ends."""
    lengths = np.diff(strokes.ends, prepend=0)
    starts, long = strokes.ends - lengths, lengths > 3
    step = np.hypot(*np.diff(strokes.points, axis=0, prepend=strokes.points[:1]).T)
    step[starts] = 0
    speed = np.convolve(step, np.full(5, 0.2), "same")[:len(step)] / (step.mean() + 1e-6)
    force = np.clip(1.25 - 0.5 * speed, 0, 1)
    force[np.concatenate([starts, strokes.ends - 1])] *= 0.4
    force = np.clip(1 - pen.haste * (1 - force), 1e-3, 1)
    force[rng.integers(len(step), size=rng.poisson(pen.skips * len(starts)))] = 0
    return np.where(np.repeat(long, lengths), force, 1.0)                       # dots have full pressure and no gaps


def _runs(points: np.ndarray, levels: np.ndarray, ends: np.ndarray) -> List[List[np.ndarray]]:
    """Split strokes into runs of one level of pressure, each up to the next run's first point; listed by level."""
    first = np.zeros(len(levels) + 1, bool)
    first[ends] = True                                                          # of a stroke
    bounds = np.flatnonzero(np.append(np.diff(levels, prepend=-1) != 0, True) | first)
    runs: List[List[np.ndarray]] = [[] for _ in range(_LEVELS + 1)]
    for start, stop in zip(bounds[:-1].tolist(), bounds[1:].tolist()):
        run = points[start:stop + (not first[stop])]
        runs[levels[start]].append(run if len(run) > 1 else run.repeat(2, axis=0))  # OpenCV leaves a lone point out
    return runs
