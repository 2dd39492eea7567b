"""Augment line images: change pen, paper, camera and compression; fast, and reproducible from a seed.

All geometry is one remap; every other effect is a function (line_image, rng, strength) -> line image, applied with its own
probability, in the order in which these things happen to real writing: pen, paper, lens, sensor, file.

Shapes: H x W line image, uint8 grey, dark ink on light paper.
"""
from __future__ import annotations

from typing import Callable, Tuple

import cv2
import numpy as np

Effect = Callable[[np.ndarray, np.random.Generator, float], np.ndarray]


def augment_line(line_image: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Return an augmented copy of a line image.

    Parameters
    ----------
    line_image : (H, W) uint8 grey, dark ink on light paper.
    rng : source of all randomness.
    strength : 0 (unchanged) to 1; scales how often each effect is applied and how strong it is.

    Returns
    -------
    (H, W') uint8; the height is kept, the width follows from scale, slant and padding.
    """
    if strength <= 0:
        return line_image.copy()
    if rng.random() < 0.9 * strength:
        line_image = warp(line_image, rng, strength)
    for effect, probability in EFFECTS:
        if rng.random() < probability * strength:
            line_image = effect(line_image, rng, strength)
    return line_image


def warp(line_image: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Stretch, slant, rotate, shift, pad and gently bend a line image, in one remap.

    Parameters are those of `augment_line`. Vertical scale and shift imitate a line detector whose outlines are
    a little too loose or too tight; at the two ends, less is cut off than the margin of a line image.
    """
    height, width = line_image.shape
    stretch = np.exp(strength * rng.uniform(-0.2, 0.2))
    slant = strength * float(np.clip(rng.normal(0, 0.2), -0.4, 0.4))
    tilt = strength * float(np.clip(rng.normal(0, 0.012), -0.03, 0.03)) * min(1.0, 16 * height / width)
    zoom = np.exp(strength * rng.uniform(-0.12, 0.22))                          # line image rows from one row to the next
    shift = strength * rng.uniform(-0.06, 0.06) * height
    left, right = (height * strength * (rng.uniform(0, 0.5) ** 2 * 2 if rng.random() < 0.6 else rng.uniform(-0.08, 0.08))
                   for _ in range(2))
    columns = max(16, round((width + abs(slant) * height) * stretch + left + right))
    x = (np.arange(columns) - left + 0.5) / stretch - abs(slant) * height / 2   # (W',)
    y = np.arange(height) + 0.5 - height / 2                                    # (H,) from the middle
    map_x = (x - 0.5)[None] + (slant * y)[:, None]                              # (H, W')
    map_y = (y * zoom + height / 2 + shift - 0.5)[:, None] + tilt * (x - width / 2)[None]
    if rng.random() < 0.6:
        bend_x, bend_y = _bends((height, columns), rng, strength)
        map_x, map_y = map_x + bend_x, map_y + bend_y
    border = cv2.BORDER_REPLICATE if rng.random() < 0.4 else cv2.BORDER_CONSTANT
    return cv2.remap(line_image, map_x.astype(np.float32), map_y.astype(np.float32), cv2.INTER_LINEAR, borderMode=border,
                     borderValue=_paper(line_image))


def stroke_width(line_image: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Thicken or thin the strokes by up to a pixel."""
    kernel = _KERNELS[rng.integers(len(_KERNELS))]
    if rng.random() < 0.55:
        changed, share = cv2.erode(line_image, kernel), rng.uniform(0.2, 1.0)        # dark ink spreads
    else:
        changed, share = cv2.dilate(line_image, kernel), rng.uniform(0.15, 0.6)
    return cv2.addWeighted(line_image, 1 - share * strength, changed, share * strength, 0)


def ink_fade(line_image: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Vary the darkness of the ink along the line, as with a pen that is running dry."""
    height, width = line_image.shape
    coarse = rng.uniform(1 - 0.75 * strength, 1.15, (2, max(2, width // 60))).astype(np.float32)
    gain = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    paper = _paper(line_image)
    return _bytes(paper - (paper - line_image.astype(np.float32)) * gain)


def pen_gaps(line_image: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Leave gaps of a few pixels in the strokes, as where the pen skips."""
    height, width = line_image.shape
    line_image, paper = line_image.copy(), _paper(line_image)
    for _ in range(int(rng.integers(1, 3 + int(strength * width / 40)))):
        x, y = int(rng.integers(width)), int(rng.integers(height // 5, height))
        end = (x + int(rng.integers(-5, 6)), y + int(rng.integers(-3, 4)))
        cv2.line(line_image, (x, y), end, paper, 1, cv2.LINE_AA)
    return line_image


def neighbours(line_image: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Let descenders of the line above or ascenders of the line below reach into the line image."""
    height, width = line_image.shape
    rows = int(rng.integers(2, 3 + max(1, round(0.16 * strength * height))))
    foreign = np.roll(line_image[:, ::-1] if rng.random() < 0.3 else line_image, int(rng.integers(width)), axis=1)
    line_image = line_image.copy()
    if rng.random() < 0.5:
        start = int(0.68 * height)
        np.minimum(line_image[:rows], foreign[start:start + rows], out=line_image[:rows])
    else:
        start = int(0.18 * height)
        np.minimum(line_image[-rows:], foreign[start:start + rows], out=line_image[-rows:])
    return line_image


def ruled_lines(line_image: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Draw the paper's ruling: single lines, narrow French ruling, or squares."""
    height, width = line_image.shape
    mask = np.zeros_like(line_image)
    kind = rng.random()
    pitch = rng.uniform(0.7, 1.4) * height if kind < 0.6 else rng.uniform(0.16, 0.45) * height
    drop = rng.uniform(-0.015, 0.015) * width * strength
    for index, y in enumerate(np.arange(rng.uniform(0, min(pitch, height)), height, pitch)):
        line_tone = 255 if index % 4 == 0 or kind < 0.6 else 140
        cv2.line(mask, (0, round(float(y) * 16)), (width * 16, round(float(y + drop) * 16)), line_tone,
                 int(rng.integers(1, 3)) if kind < 0.6 else 1, cv2.LINE_AA, 4)
    if kind > 0.75:
        step = pitch if kind > 0.9 else rng.uniform(0.8, 2.0) * height
        for x in np.arange(rng.uniform(0, step), width, step):
            cv2.line(mask, (round(float(x) * 16), 0), (round(float(x) * 16), height * 16), 180, 1, cv2.LINE_AA, 4)
    darkness = rng.uniform(0.06, 0.4) * strength
    return cv2.subtract(line_image, cv2.multiply(line_image, mask, scale=darkness / 255))


def shade(line_image: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Light the line image unevenly."""
    height, width = line_image.shape
    coarse = rng.uniform(1 - 0.5 * strength, 1.05, (2, int(rng.integers(2, 5)))).astype(np.float32)
    return _bytes(line_image * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR))


def texture(line_image: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Give the paper a texture with a grain of a few pixels."""
    height, width = line_image.shape
    size = (max(2, round(height / rng.uniform(1.5, 5))), max(2, round(width / rng.uniform(2, 8))))
    grain = rng.standard_normal(size, dtype=np.float32) * np.float32(strength * rng.uniform(2, 10))
    return _bytes(line_image + cv2.resize(grain, (width, height), interpolation=cv2.INTER_LINEAR))


def bleed_through(line_image: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Let the writing on the back of the paper show through, mirrored and blurred."""
    back = np.roll(cv2.blur(line_image[:, ::-1], (5, 5)), tuple(rng.integers(-9, 10, 2)), axis=(0, 1))
    ink = cv2.subtract(np.full_like(back, _paper(line_image)), back)
    return cv2.subtract(line_image, cv2.convertScaleAbs(ink, alpha=rng.uniform(0.08, 0.3) * strength))


def tone(line_image: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Change black level, white level and gamma, as felt pen, pencil, dark scans and pale photocopies do."""
    black, white = rng.uniform(0, 90 * strength), 255 - rng.uniform(0, 90 * strength)
    if rng.random() < 0.25:                                                     # pencil: paler ink, same paper
        black += (white - black) * rng.uniform(0, 0.6) * strength
    ramp = np.linspace(0, 1, 256) ** np.exp(rng.uniform(-0.6, 0.6) * strength)
    return cv2.LUT(line_image, (black + (white - black) * ramp).astype(np.uint8))


def blur(line_image: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Blur as a camera does that is out of focus or moved in one direction."""
    if rng.random() < 0.7:
        return cv2.GaussianBlur(line_image, (0, 0), 0.3 + rng.uniform(0, 0.9) * strength)
    kernel = np.zeros((5, 5), np.float32)
    angle = rng.uniform(0, np.pi)
    reach = np.array([np.cos(angle), np.sin(angle)]) * rng.uniform(0.8, 2.0) * strength
    start, end = (tuple(int(v) for v in np.round((2 + sign * reach) * 16)) for sign in (-1, 1))
    cv2.line(kernel, start, end, 1.0, 1, cv2.LINE_8, 4)
    return cv2.filter2D(line_image, -1, kernel / kernel.sum())


def low_resolution(line_image: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Shrink the line image and enlarge it again, which loses the detail that small images lack."""
    height, width = line_image.shape
    share = 1 - rng.uniform(0.1, 0.55) * strength
    small = cv2.resize(line_image, (max(4, round(width * share)), max(4, round(height * share))),
                       interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR if rng.random() < 0.7 else cv2.INTER_CUBIC)


def noise(line_image: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Add sensor noise, independent from pixel to pixel."""
    deviation = np.float32(strength * rng.uniform(2, 12))
    return _bytes(line_image + rng.standard_normal(line_image.shape, dtype=np.float32) * deviation)


def jpeg(line_image: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Encode and decode as a JPEG of quality 20 to 90."""
    quality = int(90 - rng.uniform(0, 70) * strength)
    data = cv2.imencode(".jpg", line_image, (cv2.IMWRITE_JPEG_QUALITY, quality))[1]
    return cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)


def binarise(line_image: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Binarise by Otsu's threshold, as fax machines and some scanners do."""
    threshold, _ = cv2.threshold(line_image, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return cv2.threshold(line_image, threshold + rng.uniform(-15, 15) * strength, 255, cv2.THRESH_BINARY)[1]


EFFECTS: Tuple[Tuple[Effect, float], ...] = (
    (stroke_width, 0.4), (ink_fade, 0.25), (pen_gaps, 0.15), (neighbours, 0.2), (ruled_lines, 0.2), (bleed_through, 0.06),
    (binarise, 0.04), (tone, 0.5), (shade, 0.3), (texture, 0.25), (blur, 0.3), (low_resolution, 0.2), (noise, 0.3),
    (jpeg, 0.25))
_KERNELS = tuple(np.array(rows, np.uint8) for rows in (
    [[1, 1], [1, 1]], [[1, 1]], [[1], [1]], [[0, 1, 0], [1, 1, 1], [0, 1, 0]]))


def _bends(size: Tuple[int, int], rng: np.random.Generator, strength: float) -> Tuple[np.ndarray, np.ndarray]:
    """Return smooth random displacements along x and y, (H, W) in pixels, from a grid with about one knot a line height."""
    height, width = size
    knots = (3, max(3, round(width / (height * rng.uniform(0.5, 1.5)))))
    fields = []
    for reach in (0.05, 0.03):
        grid = rng.uniform(-1, 1, knots).astype(np.float32) * np.float32(reach * height * strength)
        fields.append(cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC))
    return fields[0], fields[1]


def _paper(line_image: np.ndarray) -> int:
    """Return the grey level of the paper: the 85th percentile of a sample of the pixels."""
    sample = line_image[::3, ::5].ravel()
    rank = int(0.85 * (sample.size - 1))
    return int(np.partition(sample, rank)[rank])


def _bytes(values: np.ndarray) -> np.ndarray:
    return np.clip(values, 0, 255).astype(np.uint8)
