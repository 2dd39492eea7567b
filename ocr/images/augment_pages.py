"""Augment page images as if photographed or scanned in another way: geometry in one warp, then paper, light, lens and file.

Shapes: H x W page, (H, W, 3) uint8 RGB or (H, W) grey. `augment_page` keeps the image's size, so that the
same transform can be applied to masks of the page; `move_page` applies it to the ground truth.
"""
from __future__ import annotations

from dataclasses import replace
from typing import Optional, Tuple

import cv2
import numpy as np

from ocr.images.load import image_size
from ocr.page.geometry import Polygon, Transform
from ocr.page.model import Page


def augment_page(pixels: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> Tuple[np.ndarray, Transform]:
    """Return an augmented copy of a page's image and the transform from the old image's pixels to the new one's.

    Parameters
    ----------
    pixels : (H, W, 3) RGB or (H, W) grey uint8.
    rng : source of all randomness.
    strength : 0 (unchanged) to 1; scales how often each effect is applied and how strong it is.

    Returns
    -------
    The new image, of the same shape and type, and the Transform from old to new pixels.
    """
    size = image_size(pixels)
    transform = random_view(size, rng, strength) if rng.random() < 0.9 * strength else Transform.quarter_turns(0, size)
    pixels = ink_and_paper(pixels, rng, strength) if rng.random() < 0.7 * strength else pixels
    pixels = lay_down(pixels, transform, rng)
    for effect, probability in ((cast_light, 0.5), (soften, 0.35), (grain, 0.35), (compress, 0.4)):
        if rng.random() < probability * strength:
            pixels = effect(pixels, rng, strength)
    return pixels, transform


def random_view(size: Tuple[int, int], rng: np.random.Generator, strength: float = 1.0) -> Transform:
    """Draw at random how a camera or scanner sees the page: rotated, tilted, nearer or farther, off centre.

    Parameters
    ----------
    size : (height, width) of the page and of the resulting image.
    """
    height, width = size
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float64)
    angle = strength * float(np.clip(rng.normal(0, 3.0), -10, 10)) * np.pi / 180
    zoom = np.exp(strength * float(rng.uniform(-0.35, 0.12)))
    turn = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    aspect = np.exp(strength * rng.uniform(-0.08, 0.08, 2))
    seen = (corners - (width / 2, height / 2)) * aspect @ turn.T + (width / 2, height / 2)
    if rng.random() < 0.5:                                                      # the camera was held at an angle
        seen += strength * rng.uniform(-0.05, 0.05, (4, 2)) * (width, height)
    seen += strength * rng.uniform(-0.04, 0.04, 2) * (width, height)
    return Transform.from_array(cv2.getPerspectiveTransform(corners.astype(np.float32), seen.astype(np.float32)))


def held_camera(size: Tuple[int, int], rng: np.random.Generator, lean: Tuple[float, float],
                jitter: float) -> Tuple[Transform, Tuple[int, int]]:
    """Draw at random how a camera that is held at an angle sees a page on a table.

    Parameters
    ----------
    size : (height, width) of the page.
    lean : (min, max) by which the page's far edge is shortened at each end, as a fraction of the page's width.
    jitter : how far each corner may be moved in addition, as a fraction of the page's width.

    Returns
    -------
    The transform from the page to the image, and the image's (height, width).
    """
    height, width = size
    image_size = (round(1.1 * height), round(1.14 * width))
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
    seen = corners * 0.97 + ((image_size[1] - 0.97 * width) / 2, (image_size[0] - 0.97 * height) / 2)
    shorter = rng.uniform(*lean) * width
    seen += np.array([(shorter, shorter), (-shorter, shorter), (0, 0), (0, 0)])
    seen += rng.uniform(-jitter, jitter, (4, 2)) * width
    return Transform.from_array(cv2.getPerspectiveTransform(corners.astype(np.float32), seen.astype(np.float32))), image_size


def move_page(page: Page, transform: Transform, size: Tuple[int, int]) -> Page:
    """Map all outlines of a page to a new image of it, clipped to its edges.

    Parameters
    ----------
    page : in pixels of the old image.
    transform : from the old image's pixels to the new one's.
    size : (height, width) of the new image.

    Returns
    -------
    The page in pixels of the new image; its orientation takes the quarter turns in the transform into account.
    """
    def outline(polygon: Polygon) -> Polygon:
        return transform.polygon(polygon).clip(size)

    regions = tuple(replace(region, polygon=outline(region.polygon), lines=tuple(
        replace(line, polygon=outline(line.polygon), baseline=transform.points(line.baseline),
                words=tuple(replace(word, polygon=outline(word.polygon)) for word in line.words))
        for line in region.lines)) for region in page.regions)
    middle = np.array([page.size[1] / 2, page.size[0] / 2])
    start, end = np.array(transform.points(np.stack([middle, middle + (1, 0)])))
    turns = round(float(np.arctan2(*(end - start)[::-1])) / (np.pi / 2))        # clockwise, as y is down
    return replace(page, size=size, regions=regions, orientation=(page.orientation - turns) % 4)


def lay_down(pixels: np.ndarray, transform: Transform, rng: np.random.Generator,
             size: Optional[Tuple[int, int]] = None, bare: float = 0.3) -> np.ndarray:
    """Warp a page into an image; around it, the image shows a table or more paper.

    Parameters
    ----------
    transform : from the page's pixels to the image's.
    size : (height, width) of the image; the page's own by default.
    bare : probability, from 0 to 1, that there is no table and the paper continues to the image's edge.
    """
    height, width = size = size or image_size(pixels)
    matrix = transform.array
    if size == pixels.shape[:2] and np.allclose(matrix, np.eye(3)):
        return pixels.copy()
    if rng.random() < bare:
        colour = tuple(float(np.median(pixels[::16, ::16, band] if pixels.ndim == 3 else pixels[::16, ::16]))
                       for band in range(3))
        return cv2.warpPerspective(pixels, matrix, (width, height), flags=cv2.INTER_LINEAR,
                                   borderMode=cv2.BORDER_CONSTANT, borderValue=colour)
    ground = table(size, rng)
    ground = ground if pixels.ndim == 3 else cv2.cvtColor(ground, cv2.COLOR_RGB2GRAY)
    page = cv2.warpPerspective(pixels, matrix, (width, height), flags=cv2.INTER_LINEAR)
    cover = cv2.warpPerspective(np.full(pixels.shape[:2], 255, np.uint8), matrix, (width, height), flags=cv2.INTER_LINEAR)
    drop = max(2, width // 100)
    shadow = cv2.blur(np.roll(cover, (drop, drop), axis=(0, 1)), (4 * drop + 1, 4 * drop + 1))
    ground = _scaled(ground, 1 - shadow.astype(np.float32) * (0.5 / 255))
    weight = cover if pixels.ndim == 2 else cv2.merge([cover] * 3)
    return cv2.add(cv2.multiply(page, weight, scale=1 / 255), cv2.multiply(ground, 255 - weight, scale=1 / 255))


def table(size: Tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Draw a surface that a page may lie on: wood, cloth, or plain, dark or light. (H, W, 3) uint8."""
    height, width = size
    colour = np.array(_TABLES[rng.integers(len(_TABLES))], np.float32) * np.float32(rng.uniform(0.6, 1.15))
    kind = rng.random()
    knots = (40, 3) if kind < 0.3 else (3, 60) if kind < 0.6 else (60, 60)      # grain along, across, or cloth
    texture = cv2.resize(rng.standard_normal(knots, dtype=np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    light = cv2.resize(rng.uniform(0.75, 1.1, (2, 2)).astype(np.float32), (width, height))
    ground = colour * (light * (1 + np.float32(0.08) * texture))[..., None]     # (H, W, 3)
    return np.clip(ground, 0, 255).astype(np.uint8)


def ink_and_paper(pixels: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Change the tint of the paper, the strength and width of the ink, and give the paper a soft texture."""
    if rng.random() < 0.3:
        kernel = np.ones((2, 2), np.uint8)
        changed = cv2.erode(pixels, kernel) if rng.random() < 0.6 else cv2.dilate(pixels, kernel)
        share = rng.uniform(0.2, 0.8) * strength
        pixels = cv2.addWeighted(pixels, 1 - share, changed, share, 0)
    black = rng.uniform(0, 110) * strength
    ramp = np.linspace(0, 1, 256) ** np.exp(rng.uniform(-0.4, 0.4) * strength)
    white = 255 * (1 - strength * rng.uniform(0, 0.25) - strength * rng.uniform(0, 0.12, 3))
    if pixels.ndim == 2 or rng.random() < 0.3:
        white = np.repeat(white[:1], 3)
    curves = np.stack([black + (level - black) * ramp for level in white], axis=1)  # (256, 3)
    bands = curves.astype(np.uint8)[None]
    pixels = cv2.LUT(pixels, bands if pixels.ndim == 3 else np.ascontiguousarray(bands[..., 0]))
    height, width = pixels.shape[:2]
    knots = (max(2, height // int(rng.integers(6, 60))), max(2, width // int(rng.integers(6, 60))))
    stains = 1 + rng.standard_normal(knots, dtype=np.float32) * np.float32(0.025 * strength)
    return _scaled(pixels, cv2.resize(stains, (width, height), interpolation=cv2.INTER_LINEAR))


def cast_light(pixels: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Light the image unevenly, and cast the shadow of a hand or phone on it."""
    pixels = uneven_light(pixels, rng, 0.35 * strength)
    return shadow(pixels, rng, (0.2 * strength, 0.55 * strength)) if rng.random() < 0.5 else pixels


def uneven_light(pixels: np.ndarray, rng: np.random.Generator, loss: float) -> np.ndarray:
    """Light the image unevenly; the darkest places lose at most a fraction `loss` of their light."""
    height, width = pixels.shape[:2]
    return _scaled(pixels, cv2.resize(rng.uniform(1 - loss, 1.08, (2, 3)).astype(np.float32), (width, height)))


def shadow(pixels: np.ndarray, rng: np.random.Generator, loss: Tuple[float, float]) -> np.ndarray:
    """Cast the shadow of a round object, which takes away a fraction of the light within (min, max) `loss`."""
    height, width = pixels.shape[:2]
    small: np.ndarray = np.ones((64, 64), np.float32)
    centre, reach = rng.uniform(-10, 74, 2), rng.uniform(15, 45, 2)
    cv2.ellipse(small, (tuple(map(float, centre)), tuple(map(float, 2 * reach)), float(rng.uniform(0, 180))),
                float(1 - rng.uniform(*loss)), -1)
    small = cv2.GaussianBlur(small, (0, 0), rng.uniform(0.6, 5))
    return _scaled(pixels, cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))


def soften(pixels: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Blur by defocus, camera shake or a lower resolution; distances are relative to the image's width."""
    height, width = pixels.shape[:2]
    unit = width / 1000
    kind = rng.random()
    if kind < 0.4:
        return cv2.GaussianBlur(pixels, (0, 0), 0.3 + unit * rng.uniform(0.2, 1.3) * strength)
    if kind < 0.6:
        return shake(pixels, unit * rng.uniform(2, 5) * strength, 180 * rng.random())
    share = 1 - rng.uniform(0.15, 0.55) * strength
    small = cv2.resize(pixels, (max(1, round(width * share)), max(1, round(height * share))), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)


def shake(pixels: np.ndarray, reach: float, angle: float) -> np.ndarray:
    """Blur along a line of length `reach` in pixels at an angle in degrees, as a moving camera does."""
    side = 2 * int(np.ceil(reach / 2)) + 1
    line = np.zeros((side, side), np.float32)
    end = reach / 2 * np.array([np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))])
    for at in np.linspace(-1, 1, 4 * side):
        x, y = np.round(side // 2 + at * end).astype(int)
        line[y, x] += 1
    return cv2.filter2D(pixels, -1, line / line.sum())


def grain(pixels: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Add the noise of a small sensor, in grey or in colour."""
    coloured = pixels.ndim == 3 and rng.random() < 0.4
    return add_noise(pixels, rng, rng.uniform(2, 11) * strength, coloured)


def add_noise(pixels: np.ndarray, rng: np.random.Generator, deviation: float, coloured: bool) -> np.ndarray:
    """Add Gaussian noise of a standard deviation in grey levels: one for all channels, or one for each if coloured."""
    noise = rng.standard_normal(pixels.shape if coloured else pixels.shape[:2], dtype=np.float32) * np.float32(deviation)
    noise = noise[..., None] if noise.ndim < pixels.ndim else noise
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


def compress(pixels: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Encode and decode as a JPEG of quality 25 to 90."""
    return as_jpeg(pixels, int(90 - rng.uniform(0, 65) * strength))


def as_jpeg(pixels: np.ndarray, quality: int) -> np.ndarray:
    """Encode and decode as a JPEG of quality 0 to 100."""
    data = cv2.imencode(".jpg", pixels, (cv2.IMWRITE_JPEG_QUALITY, quality))[1]
    return cv2.imdecode(data, cv2.IMREAD_GRAYSCALE if pixels.ndim == 2 else cv2.IMREAD_COLOR)


_TABLES = ((150, 110, 75), (95, 65, 45), (190, 160, 120), (60, 60, 64), (35, 38, 45), (205, 203, 198), (120, 125, 130),
           (70, 90, 120), (110, 60, 55), (60, 85, 65))


def _scaled(pixels: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Multiply by an (H, W) field of factors, clipped to bytes."""
    factor = factor if pixels.ndim == 2 else factor[..., None]
    return np.clip(pixels * factor, 0, 255).astype(np.uint8)
