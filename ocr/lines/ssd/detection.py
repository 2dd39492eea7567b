"""From the pixels of a region to the boxes of its lines and words: scale, run the network, keep the best boxes.

Axis letters: A default boxes, K boxes found, H x W pixels.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Tuple

import cv2
import numpy as np

from ocr.images.load import grey
from ocr.images.rectify import RegionCrop, crop_region
from ocr.lines.ssd.anchors import AnchorMap, decode, suppress
from ocr.lines.ssd.settings import InputSettings, LookSettings, SSDSettings
from ocr.page.geometry import Polygon, Transform

Network = Callable[[np.ndarray], Tuple[np.ndarray, ...]]


@dataclass(frozen=True)
class Detections:
    """Lines and words found in one crop, by themselves, best first.

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
    """What was found in one region, and the map from its crop's pixels to the page's."""

    found: Detections
    to_page: Transform


def detect_region(pixels: np.ndarray, outline: Polygon, orientation: int, network: Network,
                  settings: SSDSettings = SSDSettings()) -> RegionDetections:
    """Find the lines and words of a region of a page.

    Where the first look shows writing that is not level, very small or very large, a second one is taken at a crop
    that is turned and scaled accordingly, so that boxes are tight. Steep writing looks less steep to the network than
    it is: where the second look still shows it, a third one is taken at a crop turned further.

    Parameters
    ----------
    pixels : (H, W, 3) RGB or (H, W) grey uint8 page, as loaded.
    outline : of the region, in page pixels.
    orientation : clockwise quarter turns that make the page upright.
    network : maps images (N, 1, H, W) float32 to the lines' and words' values, (N, A, 6) each.
    settings : the network's.
    """
    pixels = grey(pixels)
    angle, zoom = 0.0, 1.0
    for look in range(settings.look.times):
        crop = cut(pixels, outline, orientation, -angle, zoom, settings)
        found = detect(crop.pixels, network, settings)
        more, scale = look_again(found, settings.look)
        if more == 0.0 and (scale == 1.0 or look > 0):
            break
        angle, zoom = angle + more, zoom if look > 0 else scale
    return RegionDetections(found, crop.to_page)


def cut(pixels: np.ndarray, outline: Polygon, orientation: int, angle: float = 0.0, zoom: float = 1.0,
        settings: SSDSettings = SSDSettings()) -> RegionCrop:
    """Cut a region out of a page at the scale that the network likes.

    Parameters
    ----------
    pixels : (H, W) uint8 grey page, as loaded.
    angle : degrees clockwise by which the region is turned, after the page was made upright.
    zoom : 1 makes the region fill the usual width.
    """
    width, margin = settings.width, settings.input.margin
    size = pixels.shape[:2] if orientation % 2 == 0 else pixels.shape[::-1]
    upright = Transform.quarter_turns(orientation, pixels.shape[:2]).polygon(outline)
    radians = np.deg2rad(angle)
    span = max(float(np.ptp(upright.array @ (np.cos(radians), -np.sin(radians)))), 1.0)       # its width when turned
    scale = zoom * width / max(span, settings.input.narrow * size[1])
    scale = min(scale, settings.input.longest / max(upright.box.width, upright.box.height, 1.0))
    crop = crop_region(pixels, outline, orientation, max(16, round(upright.box.width * scale)), margin)
    if angle == 0.0:
        return crop
    crop = turned(crop, angle)
    part = crop.to_page.inverse().polygon(outline).box.grow(margin * width, margin * width).clip(crop.pixels.shape)
    left, top, right, bottom = int(part.left), int(part.top), int(np.ceil(part.right)), int(np.ceil(part.bottom))
    shift = Transform((1.0, 0.0, left, 0.0, 1.0, top, 0.0, 0.0, 1.0))
    return RegionCrop(crop.pixels[top:bottom, left:right], shift.then(crop.to_page))


def detect(pixels: np.ndarray, network: Network, settings: SSDSettings = SSDSettings()) -> Detections:
    """Find the lines and words in an upright crop, (H, W) uint8 grey."""
    images = prepare(pixels, settings.input)                                                     # (1, 1, H', W')
    lines, words = network(images)                                               # (1, A, 6) each
    size = images.shape[2:]
    anchors, covers = settings.anchors, settings.suppression
    line_boxes, line_scores = _best(lines[0], anchors.lines, size, settings, covers.max_line_cover)
    word_boxes, word_scores = _best(words[0], anchors.words, size, settings, covers.max_word_cover)
    return Detections(line_boxes, line_scores, word_boxes, word_scores)


def prepare(pixels: np.ndarray, settings: InputSettings = InputSettings()) -> np.ndarray:
    """Turn a crop, (H, W) uint8 grey, into the network's input, (1, 1, H', W') float32, padded with paper."""
    height, width = pixels.shape
    padded = [-(-side // step) * step for side, step in ((height, settings.rows), (width, settings.columns))]
    images = np.zeros((1, 1, *padded), dtype=np.float32)
    images[0, 0, :height, :width] = normalise(pixels)
    return images


def normalise(pixels: np.ndarray) -> np.ndarray:
    """Turn grey pixels, (H, W) uint8, into float32 with paper at 0 and the darkest ink near 1."""
    ink, paper = np.percentile(pixels[::2, ::2], (1, 60))
    return (paper - pixels.astype(np.float32)) / np.float32(max(paper - ink, 40.0))


def look_again(found: Detections, settings: LookSettings = LookSettings()) -> Tuple[float, float]:
    """Return how far the writing falls, in degrees clockwise, and by what it should be scaled; (0, 1) where it is fine."""
    if not len(found.lines):
        return 0.0, 1.0
    weights = found.lines[:, 2] * found.line_scores
    slope, height = (_weighted_median(found.lines[:, column], weights) for column in (4, 3))
    angle = float(np.rad2deg(np.arctan(slope)))
    fitting = settings.smallest <= height <= settings.largest
    return (angle if abs(angle) > settings.slope else 0.0,
            1.0 if fitting else float(np.clip(settings.height / height, 0.4, 2.5)))


def turned(crop: RegionCrop, angle: float) -> RegionCrop:
    """Turn a crop clockwise by some degrees, the sheet growing with it."""
    if angle == 0.0:
        return crop
    height, width = crop.pixels.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -angle, 1.0)       # (2, 3)
    reach = np.abs(matrix[:, :2]) @ (width, height)
    matrix[:, 2] += (reach - (width, height)) / 2
    paper = float(np.percentile(crop.pixels[::4, ::4], 70))
    pixels = cv2.warpAffine(crop.pixels, matrix, tuple(int(np.ceil(side)) for side in reach), flags=cv2.INTER_LINEAR,
                            borderMode=cv2.BORDER_CONSTANT, borderValue=paper)
    return RegionCrop(pixels, Transform.from_array(matrix).inverse().then(crop.to_page))


def _best(values: np.ndarray, anchors: AnchorMap, size: Tuple[int, int], settings: SSDSettings,
          max_cover: float) -> Tuple[np.ndarray, np.ndarray]:
    """Decode the boxes that score well, from (A, 6) values, and suppress duplicates."""
    limits = settings.suppression
    scores = 1 / (1 + np.exp(-np.clip(values[:, 0], -30, 30)))                   # (A,)
    chosen = np.flatnonzero(scores > limits.min_score)
    if len(chosen) > limits.max_boxes:
        chosen = chosen[np.argsort(-scores[chosen], kind="stable")[:limits.max_boxes]]
    boxes = decode(values[chosen, 1:], anchors.boxes(size)[chosen], settings.anchors.variances)    # (K, 5)
    return suppress(boxes, scores[chosen], limits.max_iou, max_cover, limits.same_iou)


def _weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    order = np.argsort(values)
    return float(values[order][np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)])
