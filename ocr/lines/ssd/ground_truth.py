"""Training pages of the detector: small upright images with the outlines of their lines and words.

Axis letters: K lines or words, P points of an outline, H x W pixels.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from typing import List, Sequence, Tuple

import cv2
import numpy as np

from ocr.images.rectify import crop_region
from ocr.lines.ground_truth import load_ground_truth_lines
from ocr.lines.ssd.boxes import MIN_SIDE, corners
from ocr.page.geometry import Box, Polygon, Transform
from ocr.page.model import Line, Page

MARGIN = 0.3                # of the writing's width, around it: what a region that is cut too generously shows


@dataclass(frozen=True)
class Scene:
    """The writing of one page with some of its surroundings, upright and small.

    Parameters
    ----------
    pixels : (H, W) uint8 grey.
    regions : outlines of the page's regions, (P, 2) each, in pixels of the scene.
    lines, words : (K, 4, 2) corners of slanted boxes, clockwise from the top left, in pixels of the scene.
    region_of : (K,) for each line the index of its region.
    complete : (K,) for each line whether all its words are among `words`.
    text : transcript of the page.
    """

    pixels: np.ndarray = field(repr=False)
    regions: Tuple[np.ndarray, ...] = field(repr=False)
    lines: np.ndarray = field(repr=False)
    words: np.ndarray = field(repr=False)
    region_of: np.ndarray = field(repr=False)
    complete: np.ndarray = field(repr=False)
    text: str = field(default="", repr=False)


def load_scenes(data: Sequence[str], split: str, width: int) -> List[Scene]:
    """Load the training pages of one split of some data sets.

    Parameters
    ----------
    data : data sets as KIND:DIR.
    split : name or list file.
    width : of a scene, in pixels.

    Raises
    ------
    DatasetError : a data set or split does not exist, or has no page with lines.
    """
    return [make_scene(item.page, item.pixels, width) for item in load_ground_truth_lines(data, split)]


def make_scene(page: Page, pixels: np.ndarray, width: int) -> Scene:
    """Crop the writing of a page, with a margin, and map its lines and words to the crop.

    Parameters
    ----------
    page : ground truth with at least one line.
    pixels : (H, W) uint8 grey.
    width : of the scene, in pixels.
    """
    hull = reduce(Box.union, (line.polygon.box for line in page.lines))
    crop = crop_region(pixels, Polygon.from_box(hull), page.orientation, width, MARGIN)
    to_scene = crop.to_page.inverse()
    regions = [region for region in page.regions if region.lines]
    lines, words, region_of, complete = [], [], [], []
    for number, region in enumerate(regions):
        tilt = _median_slope(list(region.lines), to_scene)
        for line in region.lines:
            box = line_box(line, to_scene, tilt)
            boxes = [word_box(word.polygon, to_scene, box[4]) for word in line.words]
            lines.append(box)
            words += boxes
            region_of.append(number)
            complete.append(bool(line.words) and len(line.words) >= len(line.text.split()))
    return Scene(crop.pixels, tuple(_points(region.polygon, to_scene) for region in regions),
                 corners(np.reshape(lines, (-1, 5))), corners(np.reshape(words, (-1, 5))),
                 np.array(region_of), np.array(complete), page.text)


def empty_scene(pixels: np.ndarray) -> Scene:
    """Make a scene of an image without handwriting, (H, W) uint8 grey."""
    none = np.zeros((0, 4, 2))
    return Scene(pixels, (), none, none, np.zeros(0, int), np.zeros(0, bool))


def line_box(line: Line, to_scene: Transform, tilt: float = 0.0) -> np.ndarray:
    """Return the slanted box, (5,), that fits a line of the ground truth.

    An outline is replaced by the slanted box of its area, centre and direction. Where the ground truth gives an axis-aligned box,
    the direction is that of the words in it.

    Parameters
    ----------
    tilt : slope of the region's lines, towards which the slope of a line of few words is regularised.
    """
    points = _points(line.polygon, to_scene)                                     # (P, 2)
    if not _is_box(points):
        return _fitted(points)
    box = _upright(points)
    if not line.words:
        return box
    words = np.array([_upright(_points(word.polygon, to_scene)) for word in line.words])   # (K, 5)
    slope = _slope(words, tilt)
    middle = words[:, 1] - slope * (words[:, 0] - box[0])
    rise = np.maximum(words[:, 3] - abs(slope) * words[:, 2], words[:, 3] / 2) / 2
    top, bottom = (middle - rise).min(), (middle + rise).max()
    return np.array([box[0], (top + bottom) / 2, box[2], max(bottom - top, MIN_SIDE), slope])


def word_box(outline: Polygon, to_scene: Transform, slope: float) -> np.ndarray:
    """Return the slanted box, (5,), that fits a word; one inside an axis-aligned box takes the slope of its line."""
    points = _points(outline, to_scene)
    if not _is_box(points):
        return _fitted(points)
    x, y, width, height, _ = _upright(points)
    return np.array([x, y, width, max(height - abs(slope) * width, height / 2), slope])


def _points(outline: Polygon, to_scene: Transform) -> np.ndarray:
    return to_scene.polygon(outline).array.astype(np.float32)


def _is_box(points: np.ndarray) -> bool:
    width, height = np.ptp(points, axis=0)
    return len(points) == 4 and abs(cv2.contourArea(points) - width * height) <= 0.01 * width * height + 1


def _upright(points: np.ndarray) -> np.ndarray:
    low, high = points.min(axis=0), points.max(axis=0)
    return np.array([*(low + high) / 2, *np.maximum(high - low, MIN_SIDE), 0.0])


def _fitted(points: np.ndarray) -> np.ndarray:
    """Return the slanted box with an outline's area, centre, direction (least squares of vertical distance) and width."""
    moments = cv2.moments(points)
    low, high = points[:, 0].min(), points[:, 0].max()
    if moments["m00"] < MIN_SIDE ** 2 or high - low < MIN_SIDE:
        return _upright(points)
    slope = moments["mu11"] / moments["mu20"]
    height = moments["m00"] / (high - low)
    if abs(slope) > 0.5 or height > high - low:
        return _upright(points)
    x, y = moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]
    return np.array([(low + high) / 2, y + slope * ((low + high) / 2 - x), high - low, height, slope])


def _median_slope(lines: Sequence[Line], to_scene: Transform) -> float:
    slopes = [_slope(np.array([_upright(_points(word.polygon, to_scene)) for word in line.words]), 0.0)
              for line in lines if len(line.words) > 3]
    return float(np.median(slopes)) if slopes else 0.0


def _slope(words: np.ndarray, tilt: float) -> float:
    """Fit a slope to the centres of words, (K, 5), by least squares, regularised towards `tilt` where there are few."""
    weights = words[:, 2] / words[:, 2].sum()
    x, y = words[:, 0] - weights @ words[:, 0], words[:, 1] - weights @ words[:, 1]
    variance, prior = weights @ (x * x), (2 * words[:, 3].mean()) ** 2
    return float((weights @ (x * y) + prior * tilt) / (variance + prior))
