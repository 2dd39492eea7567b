"""Sheets of paper to write on, and how cameras and scanners see them.

Shapes: H x W paper, (H, W, 3) uint8 RGB.
"""
from __future__ import annotations

from typing import Literal, Tuple

import cv2
import numpy as np

from ocr.images.augment_pages import add_noise, cast_light, held_camera, lay_down
from ocr.images.load import image_size
from ocr.page.geometry import Transform

PaperRuling = Literal["none", "lines", "squares", "seyes", "dots"]
PAPER_RULINGS: Tuple[PaperRuling, ...] = ("none", "lines", "squares", "seyes", "dots")

_TINTS = ((252, 251, 248), (250, 246, 234), (246, 240, 222), (242, 243, 245), (255, 255, 255), (248, 243, 236))
_RULES = ((150, 180, 215), (170, 170, 180), (190, 165, 200), (140, 195, 205))


def blank_paper(size: Tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Make an empty sheet of tinted paper with fibres and a little unevenness.

    Parameters
    ----------
    size : (height, width) in pixels.
    """
    height, width = size
    tint = np.array(_TINTS[rng.integers(len(_TINTS))], np.float32)
    cloud = cv2.resize(rng.standard_normal((12, 9), dtype=np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    fibre = cv2.resize(rng.standard_normal((height // 2, width // 2), dtype=np.float32), (width, height))
    level = 1 + np.float32(0.006) * cloud + np.float32(0.008) * fibre
    return np.clip(tint * level[..., None], 0, 255).astype(np.uint8)            # (H, W, 3)


def rule(paper: np.ndarray, ruling: PaperRuling, pitch: float, top: float, rng: np.random.Generator) -> None:
    """Draw the ruling of a sheet of paper, in place.

    Parameters
    ----------
    ruling : "lines" (sometimes with a red margin line), "squares", "seyes" (French: a strong rule and three fine ones),
        "dots" (lines of dots or dashes), "none".
    pitch : distance between lines of writing, in pixels.
    top : y of the first rule, in pixels.
    """
    if ruling == "none":
        return
    if ruling == "dots":
        _rule_dots(paper, pitch, top, rng)
        return
    height, width = paper.shape[:2]
    colour = _RULES[rng.integers(len(_RULES))]
    parts = 4 if ruling == "seyes" else 2 if ruling == "squares" else 1
    first = top if ruling == "lines" else top % (pitch / parts)
    for y in np.arange(first, height, pitch / parts):
        strong = ruling == "lines" or ruling == "seyes" and round((y - top) / (pitch / parts)) % parts == 0
        _print_line(paper, (0, y), (width, y), colour, 0.9 if strong else 0.45)
    if ruling != "lines":
        for x in np.arange(rng.uniform(0, pitch), width, pitch / (2 if ruling == "squares" else 1)):
            _print_line(paper, (x, 0), (x, height), colour, 0.45)
    if ruling == "seyes" or ruling == "lines" and rng.random() < 0.4:
        x = 0.105 * width
        _print_line(paper, (x, 0), (x, height), (225, 120, 130), 0.8)


def _rule_dots(paper: np.ndarray, pitch: float, top: float, rng: np.random.Generator) -> None:
    """Draw rows of dots or dashes from one margin to the other, as dark as print, instead of rules."""
    height, width = paper.shape[:2]
    left, right = rng.uniform(0.03, 0.12) * width, rng.uniform(0.85, 0.97) * width
    step, share, grey = pitch * rng.uniform(0.06, 0.2), rng.uniform(0.3, 0.7), int(rng.uniform(40, 150))
    for y in np.arange(top, height, pitch):
        for x in np.arange(left, right, step):
            _print_line(paper, (x, y), (x + share * step, y), (grey, grey, grey), 0.9)


def _print_line(paper: np.ndarray, start: Tuple[float, float], end: Tuple[float, float], colour: Tuple[int, int, int],
                share: float) -> None:
    """Multiply a one-pixel line onto the paper, positioned to a sixteenth of a pixel."""
    points = [tuple(int(round(v * 16)) for v in point) for point in (start, end)]
    low = [max(0, min(a, b) // 16 - 2) for a, b in zip(*points)]
    high = [max(a, b) // 16 + 3 for a, b in zip(*points)]
    part = paper[low[1]:high[1], low[0]:high[0]]
    if not part.size:
        return
    mask = np.zeros(part.shape[:2], np.uint8)
    shifted = [(x - 16 * low[0], y - 16 * low[1]) for x, y in points]
    cv2.line(mask, shifted[0], shifted[1], 255, 1, cv2.LINE_AA, 4)
    loss = mask[..., None].astype(np.float32) * (share / 255) * (1 - np.array(colour, np.float32) / 255)
    part[:] = (part * (1 - loss)).astype(np.uint8)


def add_ink(paper: np.ndarray, ink: np.ndarray, corner: Tuple[int, int], colour: Tuple[int, int, int]) -> None:
    """Multiply a patch of ink onto the paper, in place; what extends over its edge is cut off.

    Parameters
    ----------
    ink : (h, w) float32 from 0 to 1.
    corner : (x, y) of the patch's top-left pixel.
    colour : RGB of full ink on white paper.
    """
    x, y = corner
    ink = ink[max(-y, 0):max(paper.shape[0] - y, 0), max(-x, 0):max(paper.shape[1] - x, 0)]
    x, y = max(x, 0), max(y, 0)
    part = paper[y:y + ink.shape[0], x:x + ink.shape[1]]
    part[:] = (part * (1 - ink[..., None] * (1 - np.array(colour, np.float32) / 255))).astype(np.uint8)


def wear(paper: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Add marks of use to a sheet of paper, of kinds chosen at random: blots and rings, folds, punched holes, specks of dirt.

    Parameters
    ----------
    paper : (H, W, 3) RGB or (H, W) grey uint8, written on or not; it is not changed.
    """
    kinds = [mark for mark in (_stain, _stain, _stain, _fold, _fold, _punch, _dirt) if rng.random() < 0.4]
    for mark in kinds or [_stain]:
        loss, colour = mark(image_size(paper), rng)                              # (H, W), and RGB where the loss is 1
        tint = 1 - np.array(colour, np.float32) / 255
        share = loss[..., None] * tint if paper.ndim == 3 else loss * tint.mean()
        paper = (paper * (1 - share)).astype(np.uint8)
    return paper


_Mark = Tuple[np.ndarray, Tuple[int, int, int]]


def _stain(size: Tuple[int, int], rng: np.random.Generator) -> _Mark:
    """Draw a blot or the ring that a cup leaves: uneven, sometimes incomplete."""
    height, width = size
    patch: np.ndarray = np.zeros((128, 128), np.float32)
    axes = (40, int(40 * rng.uniform(0.9, 1.0))) if rng.random() < 0.6 else (40, int(rng.uniform(6, 40)))
    start = rng.uniform(0, 360)
    end = start + (360 if rng.random() < 0.6 else rng.uniform(90, 330))
    thickness = int(rng.integers(2, 7)) if rng.random() < 0.6 else -1
    cv2.ellipse(patch, (64, 64), axes, rng.uniform(0, 180), start, end, 1.0, thickness, cv2.LINE_AA)
    uneven = cv2.resize(rng.uniform(0.3, 1, (5, 5)).astype(np.float32), (128, 128), interpolation=cv2.INTER_CUBIC)
    patch = cv2.GaussianBlur(patch * uneven, (0, 0), float(np.exp(rng.uniform(-0.5, 2))))
    side = width * float(np.exp(rng.uniform(np.log(0.05), np.log(0.6)))) / 128
    middle = rng.uniform(0, 1, 2) * (width, height)
    place = np.array([(side, 0, middle[0] - 64 * side), (0, side, middle[1] - 64 * side)])
    colour = ((150, 110, 70), (110, 70, 40), (70, 75, 150), (110, 110, 110), (190, 170, 100))[rng.integers(5)]
    return cv2.warpAffine(patch, place, (width, height)) * np.float32(rng.uniform(0.25, 1.0)), colour


def _fold(size: Tuple[int, int], rng: np.random.Generator) -> _Mark:
    """Draw a fold from side to side or from top to bottom: a dark line with a soft shade beside it."""
    height, width = size
    upright, unit = rng.random() < 0.5, width / 1000
    span, across = (height, width) if upright else (width, height)
    distance = np.arange(across)[None] - rng.uniform(0.1, 0.9) * across - rng.uniform(-0.02, 0.02) * np.arange(span)[:, None]
    line = np.exp(-(distance / (rng.uniform(0.8, 3) * unit)) ** 2) * rng.uniform(0.1, 0.5)
    shade = np.exp(-np.abs(distance) / (20 * unit)) * (distance > 0) * rng.uniform(0, 0.15)
    loss = (line + shade).astype(np.float32)                                    # (span, across)
    return (loss if upright else np.ascontiguousarray(loss.T)), (90, 90, 95)


def _punch(size: Tuple[int, int], rng: np.random.Generator) -> _Mark:
    """Draw two to four or many holes along one side, dark or light as what is below."""
    height, width = size
    loss, (span, across) = np.zeros(size, np.float32), (height, width)
    side, count = int(rng.integers(4)), int(rng.choice((2, 3, 4, 24)))
    if side % 2:
        span, across = across, span
    inset, reach = rng.uniform(0.025, 0.05) * width, rng.uniform(0.006, 0.013) * width
    for at in (np.arange(count) + 0.5) / count * span + rng.normal(0, 1, count):
        along = inset if side < 2 else across - inset
        centre = (at, along) if side % 2 else (along, at)
        _disc(loss, centre, reach)
    grey = int(rng.uniform(20, 200))
    return loss, (grey, grey, grey)


def _dirt(size: Tuple[int, int], rng: np.random.Generator) -> _Mark:
    """Draw specks, over all of the paper or in one place, as on a bad copy."""
    height, width = size
    loss = np.zeros(size, np.float32)
    count = int(np.exp(rng.uniform(np.log(5), np.log(2000))))
    deviation = rng.uniform(0.05, 0.3) if rng.random() < 0.5 else 3.0
    for x, y in rng.uniform(0, 1, 2) + rng.normal(0, deviation, (count, 2)):
        reach = width / 1000 * float(np.exp(rng.normal(-0.3, 0.5)))
        _disc(loss, (x * width, y * height), reach)
    return loss, (40, 40, 40)


def _disc(loss: np.ndarray, centre: Tuple[float, float], reach: float) -> None:
    """Fill a disc, positioned to a sixteenth of a pixel, in place."""
    x, y, radius = (int(round(16 * value)) for value in (*centre, reach))
    cv2.circle(loss, (x, y), radius, 1.0, -1, cv2.LINE_AA, 4)


def scan(paper: np.ndarray, rng: np.random.Generator) -> Tuple[np.ndarray, Transform]:
    """Scan the paper, nearly straight; return the image and the transform from paper to image."""
    height, width = paper.shape[:2]
    angle = float(np.clip(rng.normal(0, 0.6), -1.5, 1.5))
    transform = Transform.from_array(cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0))
    image = lay_down(paper, transform, rng, bare=1.0)
    return cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 0.6)), transform


def photograph(paper: np.ndarray, rng: np.random.Generator) -> Tuple[np.ndarray, Transform]:
    """Photograph the paper on a table, from an angle, with a shadow; return the image and the transform from paper to image."""
    transform, size = held_camera(image_size(paper), rng, (0.02, 0.055), 0.022)
    image = lay_down(_curl(paper, rng), transform, rng, size, bare=0.0)
    image = cast_light(cast_light(image, rng, 0.8), rng, 0.6)
    image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.5, 0.9))
    return add_noise(image, rng, rng.uniform(1, 3), coloured=False), transform


def _curl(paper: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shade a sheet of paper that was folded once: a soft crease across it, light on one side."""
    height = paper.shape[0]
    distance = (np.arange(height, dtype=np.float32) - height * rng.uniform(0.45, 0.55)) / (0.02 * height)
    crease = 1 - np.float32(0.06) * np.exp(-distance ** 2 * 8) - np.float32(0.04) / (1 + np.exp(-distance))
    return np.clip(paper * crease[:, None, None], 0, 255).astype(np.uint8)
