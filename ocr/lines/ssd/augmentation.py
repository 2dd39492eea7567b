"""Random training crops of a page: a region cut as stage 1 might cut it, rotated, scaled, lit, ruled and blurred.

Axis letters: K lines or words, P points of an outline, U x V sample points in a box, H x W pixels.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Tuple

import cv2
import numpy as np

from ocr.images.augment_pages import cast_light, compress, grain, ink_and_paper, soften
from ocr.images.load import image_size
from ocr.images.rectify import crop_region
from ocr.lines.ssd.boxes import slanted
from ocr.lines.ssd.ground_truth import Scene
from ocr.lines.ssd.settings import InputSettings
from ocr.page.geometry import Box, Polygon
from ocr.synthesis.paper import wear

MIN_SCALE, MAX_SCALE = 0.6, 1.6                 # 1 makes a region fill the network's width


@dataclass(frozen=True)
class TrainingCrop:
    """One augmented training image and its ground truth.

    Parameters
    ----------
    pixels : (H, W) uint8 grey.
    lines, words : (K, 5) slanted boxes in its pixels.
    cut_lines, cut_words : (K, 5) those of which too little is visible to count as positive or negative.
    unknown : (K, 5) lines whose words the ground truth lacks in part.
    """

    pixels: np.ndarray = field(repr=False)
    lines: np.ndarray
    words: np.ndarray
    cut_lines: np.ndarray
    cut_words: np.ndarray
    unknown: np.ndarray


def random_crop(scene: Scene, size: Tuple[int, int], rng: np.random.Generator,
                settings: InputSettings = InputSettings()) -> TrainingCrop:
    """Crop a random region of a scene and augment it.

    Parameters
    ----------
    size : (height, width) of the image; a region of usual size fills the width.
    settings : how regions are cropped when lines are detected.
    """
    outline = random_region(scene, rng)                                          # (P, 2)
    span = float(np.ptp(outline[:, 0]))
    full = max(span, settings.narrow * scene.pixels.shape[1])                             # narrow regions are not enlarged
    scale = np.exp(rng.uniform(np.log(MIN_SCALE), np.log(MAX_SCALE))) * size[1] / full
    crop = crop_region(scene.pixels, Polygon.from_array(outline), 0, max(32, round(span * scale)), settings.margin)
    to_crop = crop.to_page.inverse().array
    to_image = random_warp(image_size(crop.pixels), size, rng) @ to_crop
    paper = float(np.percentile(crop.pixels[::4, ::4], 70))
    pixels = cv2.warpPerspective(crop.pixels, to_image @ np.linalg.inv(to_crop), size[::-1], flags=cv2.INTER_LINEAR,
                                 borderMode=cv2.BORDER_CONSTANT, borderValue=paper)
    visible = _visible_part(outline, to_crop, image_size(crop.pixels), settings.margin)
    lines, cut_lines = _visible_boxes(scene.lines, to_crop, to_image, visible, size, min_share=0.05)
    words, cut_words = _visible_boxes(scene.words, to_crop, to_image, visible, size, min_share=0.5)
    unknown = slanted(_map(scene.lines[~scene.complete], to_image))
    return TrainingCrop(_degrade(pixels, lines, rng), lines, words, cut_lines, cut_words, unknown)


def random_region(scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """Choose the outline to crop, (P, 2): a region cut more or less well, some of its lines, or any part of the scene."""
    height, width = scene.pixels.shape
    kind = rng.random()
    if kind < 0.10:                                                              # the whole, with print around it
        return _rectangle(0, 0, width, height)
    if kind < 0.20 or not len(scene.lines):                                      # anything, perhaps without writing
        left, top = rng.uniform(0, 0.6, 2) * (width, height)
        return _rectangle(left, top, left + rng.uniform(0.3, 1) * width, top + rng.uniform(0.1, 0.5) * height)
    region = scene.region_of[rng.integers(len(scene.region_of))]
    quads = scene.lines[scene.region_of == region]                               # (K, 4, 2)
    if kind < 0.40 and len(quads) > 2:
        first = rng.integers(len(quads) - 1)
        quads = quads[first:first + 1 + rng.integers(1, 6)]
    if kind > 0.75:
        return _tight_outline(quads, rng)
    low, high = quads.min(axis=(0, 1)), quads.max(axis=(0, 1))
    reach = rng.uniform(-0.01, 0.4 if rng.random() < 0.15 else 0.08, 4) * np.mean(high - low)
    return _rectangle(low[0] - reach[0], low[1] - reach[1], high[0] + reach[2], high[1] + reach[3])


def random_warp(shape: Tuple[int, int], size: Tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Choose the 3 x 3 map from a crop to the training image: rotation, shear, perspective and translation."""
    kind = rng.random()
    angle = np.deg2rad(rng.normal(0, 1.0) if kind < 0.7 else rng.uniform(-4, 4) if kind < 0.9 else rng.uniform(-12, 12))
    aspect = np.exp(rng.uniform(-0.12, 0.12))
    centre = np.array([shape[1], shape[0]]) / 2
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    rotation = rotation @ np.array([[aspect, rng.normal(0, 0.08)], [0, 1 / aspect]])     # the slant of the handwriting
    reach = np.abs(rotation) @ np.array([shape[1], shape[0]])                        # sides of the rotated crop
    room = np.array(size[::-1]) - reach
    shift = np.where(room > 0, room * rng.uniform(0, 1, 2) ** 2, room * rng.uniform(0, 1, 2)) + reach / 2
    warp = np.eye(3)
    warp[:2, :2], warp[:2, 2] = rotation, shift - rotation @ centre
    if rng.random() < 0.3:
        tilt = np.eye(3)
        tilt[2, :2] = rng.normal(0, 0.05, 2) / max(size)
        warp = tilt @ warp
    return warp


def _rectangle(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    return Polygon.from_box(Box(left, top, max(right, left + 16), max(bottom, top + 8))).array


def _tight_outline(quads: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Outline lines, (K, 4, 2), loosely by their ends: a polygon with many corners."""
    boxes = slanted(quads)
    order = np.argsort(boxes[:, 1])
    height = float(np.median(boxes[:, 3]))
    outwards = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * height / 2
    grown = quads[order] + outwards * rng.uniform(-0.1, 1.0, (len(quads), 4, 2))
    right, left = grown[:, 1:3].reshape(-1, 2), grown[::-1, [3, 0]].reshape(-1, 2)
    return np.concatenate([right, left])


def _visible_part(outline: np.ndarray, to_crop: np.ndarray, shape: Tuple[int, int], margin: float) -> np.ndarray:
    """Return the mask of the part of a crop inside the outline and its margin, (H, W) uint8."""
    mask = np.zeros(shape, np.uint8)
    points = np.round(_map(outline[None], to_crop)[0]).astype(np.int32)
    cv2.fillPoly(mask, [points], 1)
    cv2.polylines(mask, [points], True, 1, max(1, round(2 * margin * shape[1])))
    return mask


def _visible_boxes(quads: np.ndarray, to_crop: np.ndarray, to_image: np.ndarray, mask: np.ndarray, size: Tuple[int, int],
                   min_share: float) -> Tuple[np.ndarray, np.ndarray]:
    """Clip lines or words to what is visible of them.

    Parameters
    ----------
    quads : (K, 4, 2) in the scene.
    mask : (H, W) uint8, 1 where the crop is visible.
    min_share : part of the length, 0 to 1, that must be visible.

    Returns
    -------
    Slanted boxes, (K', 5), of what is visible, clipped; and those of which too little is visible, unclipped.
    """
    u, v = (np.arange(24) + 0.5) / 24, np.array([0.2, 0.5, 0.8])
    blend = np.stack([np.outer(1 - v, 1 - u), np.outer(1 - v, u), np.outer(v, u), np.outer(v, 1 - u)])    # (4, V, U)
    samples = np.einsum("cvu,kcd->kvud", blend, quads)                         # (K, V, U, 2)
    visible = _inside(_map(samples, to_crop), mask) & _within(_map(samples, to_image), size)
    columns = visible.sum(axis=1) >= 2                                           # (K, U)
    share = columns.mean(axis=1)
    first, last = columns.argmax(axis=1), 24 - columns[:, ::-1].argmax(axis=1)   # (K,)
    mapped = _map(quads, to_image)                                                # (K, 4, 2)
    ends = np.stack([first, last])[..., None] / 24                               # (2, K, 1)
    upper, lower = mapped[:, 1] - mapped[:, 0], mapped[:, 2] - mapped[:, 3]
    cut = np.stack([mapped[:, 0] + ends[0] * upper, mapped[:, 0] + ends[1] * upper,
                    mapped[:, 3] + ends[1] * lower, mapped[:, 3] + ends[0] * lower], axis=1)
    boxes = slanted(cut)
    kept = (share >= min_share) & (boxes[:, 3] > 4) & (boxes[:, 2] > 3)
    barely = ~kept & visible.any(axis=(1, 2))
    return boxes[kept], slanted(mapped[barely])


def _map(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Map points, (..., 2), by a 3 x 3 matrix."""
    mapped = points @ matrix[:, :2].T + matrix[:, 2]                             # (..., 3)
    return mapped[..., :2] / mapped[..., 2:]


def _within(points: np.ndarray, size: Tuple[int, int]) -> np.ndarray:
    return ((points >= 0) & (points < np.array(size[::-1]))).all(axis=-1)


def _inside(points: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Look points, (..., 2), up in a mask, which is 0 outside its edges."""
    cells = np.clip(points.astype(np.int64), 0, np.array(mask.shape[::-1]) - 1)
    return _within(points, image_size(mask)) & (mask[cells[..., 1], cells[..., 0]] > 0)


def _degrade(pixels: np.ndarray, lines: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Vary ink, paper, light, focus and compression; rule and wear the paper now and then."""
    if rng.random() < 0.3:
        pixels = _rule(pixels, lines, rng)
    if rng.random() < 0.15:
        pixels = wear(pixels, rng)
    if rng.random() < 0.6:
        pixels = ink_and_paper(pixels, rng)
    for effect, probability in ((cast_light, 0.3), (soften, 0.3), (grain, 0.3), (compress, 0.3)):
        if rng.random() < probability:
            pixels = effect(pixels, rng, 0.8)
    return pixels


def _rule(pixels: np.ndarray, lines: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw ruled or squared paper at the pitch and slope of the lines."""
    height, width = pixels.shape
    pitch, slope = rng.uniform(14, 45), float(np.median(lines[:, 4])) if len(lines) else 0.0
    if len(lines) > 1 and rng.random() < 0.7:
        pitch = float(np.clip(np.median(np.diff(np.sort(lines[:, 1]))), 8, 80))
    squared = rng.random() < 0.3
    pitch = pitch / rng.integers(1, 4) if squared else pitch
    rules = np.full(pixels.shape, 255, np.uint8)
    ink, thickness = int(rng.uniform(100, 225)), int(rng.integers(1, 3))
    drop = rng.uniform(0, pitch)
    for y in np.arange(drop - abs(slope) * width, height + abs(slope) * width, max(pitch, 5)):
        ends = (0, round(float(y) * 16)), (width * 16, round((float(y) + slope * width) * 16))
        cv2.line(rules, *ends, ink, thickness, cv2.LINE_AA, 4)
    if rng.random() < 0.3:                                                       # dots or dashes
        step = rng.uniform(3, 9)
        rules[:, np.arange(width) % step < rng.uniform(0.3, 0.7) * step] = 255
    for x in np.arange(drop, width + slope * height, max(pitch, 5)) if squared else (rng.uniform(0, 0.3) * width,):
        ends = (round(float(x) * 16), 0), (round((float(x) - slope * height) * 16), height * 16)
        cv2.line(rules, *ends, ink, thickness, cv2.LINE_AA, 4)
    return cv2.multiply(pixels, rules, scale=1 / 255)
