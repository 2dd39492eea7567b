"""From the pixels of a region to the boxes of its lines and words: scale, run the network, suppress non-maxima.

Axis letters: A anchors, K detected boxes, H x W pixels.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import List, Tuple

import cv2
import numpy as np

from ocr.engine.network import Network
from ocr.images.load import grey, image_size
from ocr.images.rectify import RegionCrop, crop_region
from ocr.lines.ssd.anchors import AnchorMap, decode, suppress
from ocr.lines.ssd.settings import InputSettings, RefinementSettings, SSDSettings
from ocr.page.geometry import Polygon, Transform


@dataclass(frozen=True)
class Detections:
    """Lines and words detected independently in one crop, best first.

    Parameters
    ----------
    lines, words : (K, 5) slanted boxes in pixels of the crop.
    line_scores, word_scores : (K,) from 0 to 1.
    """

    lines: np.ndarray = field(repr=False)
    line_scores: np.ndarray = field(repr=False)
    words: np.ndarray = field(repr=False)
    word_scores: np.ndarray = field(repr=False)


@dataclass(frozen=True)
class RegionDetections:
    """The detections in one region, and the map from pixels of its crop to page pixels."""

    found: Detections
    to_page: Transform


def detect_region(pixels: np.ndarray, outline: Polygon, orientation: int, network: Network,
                  settings: SSDSettings = SSDSettings()) -> RegionDetections:
    """Detect the lines and words of a region of a page.

    Where the first pass finds lines that are skewed, very small or very large, a second pass runs on a crop that is
    rotated and rescaled accordingly, so that boxes are tight. The network underestimates large skews: where the second
    pass still finds one, a third pass runs on a crop that is rotated further.

    Parameters
    ----------
    pixels : (H, W, 3) RGB or (H, W) grey uint8 page, as loaded.
    outline : of the region, in page pixels.
    orientation : clockwise quarter turns that make the page upright.
    network : maps images (N, 1, H, W) float32 to the values of the line and the word anchors, (N, A, 6) each.
    settings : the network's.
    """
    pixels = grey(pixels)
    angle, zoom = 0.0, 1.0
    for attempt in range(settings.look.times):
        crop = crop_to_scale(pixels, outline, orientation, -angle, zoom, settings)
        found = detect(crop.pixels, network, settings)
        more, scale = estimate_correction(found, settings.look)
        if more == 0.0 and (scale == 1.0 or attempt > 0):
            break
        angle, zoom = angle + more, zoom if attempt > 0 else scale
    return RegionDetections(found, crop.to_page)


def crop_to_scale(pixels: np.ndarray, outline: Polygon, orientation: int, angle: float = 0.0, zoom: float = 1.0,
        settings: SSDSettings = SSDSettings()) -> RegionCrop:
    """Crop a region of a page at the scale that the network expects.

    Parameters
    ----------
    pixels : (H, W) uint8 grey page, as loaded.
    angle : degrees clockwise by which the region is rotated, after the page was made upright.
    zoom : 1 makes the region fill the usual width.
    """
    width, margin = settings.width, settings.input.margin
    size = pixels.shape[:2] if orientation % 2 == 0 else pixels.shape[::-1]
    upright = Transform.quarter_turns(orientation, image_size(pixels)).polygon(outline)
    radians = np.deg2rad(angle)
    span = max(float(np.ptp(upright.array @ (np.cos(radians), -np.sin(radians)))), 1.0)       # its width when rotated
    scale = zoom * width / max(span, settings.input.narrow * size[1])
    limits = (settings.input.longest, settings.input.most * (settings.input.longest - settings.input.overlap))
    scale = min([scale, *(limit / max(side, 1.0) for limit, side in zip(limits, (upright.box.width, upright.box.height)))])
    crop = crop_region(pixels, outline, orientation, max(16, round(upright.box.width * scale)), margin)
    if angle == 0.0:
        return crop
    crop = rotate_crop(crop, angle)
    part = crop.to_page.inverse().polygon(outline).box.grow(margin * width, margin * width).clip(image_size(crop.pixels))
    left, top, right, bottom = int(part.left), int(part.top), int(np.ceil(part.right)), int(np.ceil(part.bottom))
    shift = Transform((1.0, 0.0, left, 0.0, 1.0, top, 0.0, 0.0, 1.0))
    return RegionCrop(crop.pixels[top:bottom, left:right], shift.then(crop.to_page))


def detect(pixels: np.ndarray, network: Network, settings: SSDSettings = SSDSettings()) -> Detections:
    """Detect the lines and words in an upright crop, (H, W) uint8 grey; a high one is cut into several images."""
    anchors, limits = settings.anchors, settings.suppression
    lines, words = [], []
    for rows, core in cut_rows(pixels.shape[0], settings.input):
        images = prepare(pixels[rows], settings.input)                                           # (1, 1, H', W')
        line_values, word_values = network(images)                               # (1, A, 6) each
        size = image_size(images[0, 0])
        lines.append(_within(_good(line_values[0], anchors.lines, size, settings), rows.start, core))
        words.append(_within(_good(word_values[0], anchors.words, size, settings), rows.start, core))
    found = (suppress(np.concatenate([boxes for boxes, _ in kind]), np.concatenate([scores for _, scores in kind]),
                      limits.max_iou, cover, limits.same_iou)
             for kind, cover in ((lines, limits.max_line_cover), (words, limits.max_word_cover)))
    (line_boxes, line_scores), (word_boxes, word_scores) = found
    return Detections(line_boxes, line_scores, word_boxes, word_scores)


def cut_rows(height: int, settings: InputSettings = InputSettings()) -> List[Tuple[slice, Tuple[float, float]]]:
    """Cut the rows of a crop into images that are no higher than the longest side, and share some rows with their neighbours.

    Returns
    -------
    For each image its rows, and the range of rows, from half of one overlap to half of the next, in which it decides.
    """
    count = max(1, -(-(height - settings.overlap) // (settings.longest - settings.overlap)))
    tall = min(height, settings.longest)
    tops = [round(index * (height - tall) / max(count - 1, 1)) for index in range(count)]
    borders = [(above + tall + below) / 2 for above, below in zip(tops, tops[1:])]
    return [(slice(top, top + tall), core) for top, core in zip(tops, zip([-np.inf, *borders], [*borders, np.inf]))]


def prepare(pixels: np.ndarray, settings: InputSettings = InputSettings()) -> np.ndarray:
    """Make the network's input of a crop, (H, W) uint8 grey: (1, 1, H', W') float32, padded with paper."""
    height, width = pixels.shape
    padded = [-(-side // step) * step for side, step in ((height, settings.rows), (width, settings.columns))]
    images = np.zeros((1, 1, *padded), dtype=np.float32)
    images[0, 0, :height, :width] = normalise(pixels)
    return images


def normalise(pixels: np.ndarray) -> np.ndarray:
    """Turn grey pixels, (H, W) uint8, into float32 with paper at 0 and the darkest ink near 1."""
    ink, paper = np.percentile(pixels[::2, ::2], (1, 60))
    return (paper - pixels.astype(np.float32)) / np.float32(max(paper - ink, 40.0))


def estimate_correction(found: Detections, settings: RefinementSettings = RefinementSettings()) -> Tuple[float, float]:
    """Return the skew of the lines, in degrees clockwise, and the scale factor they need; (0, 1) where neither is needed."""
    if not len(found.lines):
        return 0.0, 1.0
    weights = found.lines[:, 2] * found.line_scores
    slope, height = (_weighted_median(found.lines[:, column], weights) for column in (4, 3))
    angle = float(np.rad2deg(np.arctan(slope)))
    fitting = settings.smallest <= height <= settings.largest
    return (angle if abs(angle) > settings.slope else 0.0,
            1.0 if fitting else float(np.clip(settings.height / height, 0.4, 2.5)))


def rotate_crop(crop: RegionCrop, angle: float) -> RegionCrop:
    """Rotate a crop clockwise by some degrees; it grows so that nothing is cut off."""
    if angle == 0.0:
        return crop
    height, width = crop.pixels.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -angle, 1.0)       # (2, 3)
    reach = np.abs(matrix[:, :2]) @ (width, height)
    matrix[:, 2] = matrix[:, 2] + (reach - (width, height)) / 2
    paper = float(np.percentile(crop.pixels[::4, ::4], 70))
    pixels = cv2.warpAffine(crop.pixels, matrix, tuple(int(np.ceil(side)) for side in reach), flags=cv2.INTER_LINEAR,
                            borderMode=cv2.BORDER_CONSTANT, borderValue=paper)
    return RegionCrop(pixels, Transform.from_array(matrix).inverse().then(crop.to_page))


def _good(values: np.ndarray, anchors: AnchorMap, size: Tuple[int, int],
          settings: SSDSettings) -> Tuple[np.ndarray, np.ndarray]:
    """Decode the boxes that score well, from (A, 6) values; return them, (K, 5), and their scores, (K,)."""
    limits = settings.suppression
    scores = 1 / (1 + np.exp(-np.clip(values[:, 0], -30, 30)))                   # (A,)
    chosen = np.flatnonzero(scores > limits.min_score)
    if len(chosen) > limits.max_boxes:
        chosen = chosen[np.argsort(-scores[chosen], kind="stable")[:limits.max_boxes]]
    return decode(values[chosen, 1:], anchors.boxes(size)[chosen], settings.anchors.variances), scores[chosen]


def _within(found: Tuple[np.ndarray, np.ndarray], top: int, core: Tuple[float, float]) -> Tuple[np.ndarray, np.ndarray]:
    """Move boxes, (K, 5), down by `top` rows, and keep those whose centres lie in a range of rows, with their scores."""
    boxes, scores = found
    boxes = boxes + np.array([0.0, top, 0.0, 0.0, 0.0], boxes.dtype)
    inside = (boxes[:, 1] >= core[0]) & (boxes[:, 1] < core[1])
    return boxes[inside], scores[inside]


def _weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    order = np.argsort(values)
    return float(values[order][np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)])
