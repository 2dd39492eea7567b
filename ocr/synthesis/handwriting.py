"""Render words in a font so that no two look alike: a writer's style has a slant, spacing, wobble, pen and ink.

Shapes: h x w patch of ink around one word, float32 from 0 (bare paper) to 1 (full ink).
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence, Tuple

import cv2
import numpy as np
from PIL import Image, ImageDraw

from ocr.synthesis.fonts import Face

Colour = Tuple[int, int, int]

INKS: Tuple[Colour, ...] = ((24, 36, 110), (30, 50, 140), (28, 28, 34), (40, 38, 42), (30, 36, 66), (52, 40, 90),
                            (84, 84, 90), (20, 60, 70), (70, 30, 36))
_FINE = 2                   # words are drawn at this scale factor, then reduced


@dataclass(frozen=True)
class WriterStyle:
    """How one writer writes with one pen; lengths are in x-heights.

    Parameters
    ----------
    face : the font.
    x_height : height of a small x in pixels.
    slant : pixels to the right for each pixel up, added to the font's own.
    stretch : width of the letters, 1 as in the font.
    letter_gap, word_gap : extra space between letters, total space between words.
    wobble : how much single letters vary in size and position.
    drift : how much a line's start, height and slope vary.
    weight : stroke width, from -1 (thin) to 1 (bold).
    ink : colour, RGB.
    pressure : how unevenly the ink flows, 0 to 1.
    """

    face: Face
    x_height: float
    slant: float = 0.0
    stretch: float = 1.0
    letter_gap: float = 0.0
    word_gap: float = 0.9
    wobble: float = 0.06
    drift: float = 0.1
    weight: float = 0.0
    ink: Colour = INKS[0]
    pressure: float = 0.3


@dataclass(frozen=True)
class WordInk:
    """One written word: its ink, and where in it the pen started (the left end of the baseline).

    Parameters
    ----------
    ink : (h, w) float32 from 0 to 1, cropped to the ink.
    origin : (x, y) of the pen's start in pixels of `ink`; may lie outside.
    advance : pixels from the start of this word to the start of the gap behind it.
    """

    ink: np.ndarray
    origin: Tuple[float, float]
    advance: float


def random_writer(faces: Sequence[Face], rng: np.random.Generator, x_height: float) -> WriterStyle:
    """Draw a writer's style at random, of about the given x-height in pixels."""
    return WriterStyle(
        face=faces[int(rng.integers(len(faces)))], x_height=x_height * float(rng.uniform(0.85, 1.15)),
        slant=float(rng.normal(0.05, 0.1)), stretch=float(rng.uniform(0.88, 1.15)),
        letter_gap=float(rng.uniform(-0.02, 0.12)), word_gap=float(rng.uniform(0.7, 1.4)),
        wobble=float(rng.uniform(0.03, 0.09)), drift=float(rng.uniform(0.03, 0.2)),
        weight=float(rng.uniform(-0.4, 0.9)), ink=INKS[int(rng.integers(len(INKS)))],
        pressure=float(rng.uniform(0.1, 0.6)))


def write_word(writer: WriterStyle, text: str, rng: np.random.Generator) -> WordInk:
    """Write one word.

    Parameters
    ----------
    writer : the style to write in.
    text : the word, at least one visible character.
    rng : source of all randomness; the same word looks different each time.
    """
    drawn, start, advance = _draw(writer, text, rng)                              # fine pixels
    drawn, start = _cut(drawn, start, writer)
    ink = _bend(drawn, start, writer, rng)
    ink = _flow(ink, writer, rng)
    rows, columns = np.flatnonzero((ink > 0.1).any(axis=1)), np.flatnonzero((ink > 0.1).any(axis=0))
    if not len(rows):
        return WordInk(np.zeros((1, 1), np.float32), (0.0, 0.0), advance / _FINE)
    top, left = rows[0], columns[0]
    return WordInk(ink[top:rows[-1] + 1, left:columns[-1] + 1],
                   (start[0] / _FINE - left, start[1] / _FINE - top), advance / _FINE)


def _draw(writer: WriterStyle, text: str, rng: np.random.Generator) -> Tuple[np.ndarray, Tuple[float, float], float]:
    """Draw the letters in the font's own shapes; return fine pixels, the pen's start and the advance."""
    unit = writer.x_height * _FINE
    margin = round(3 * unit)
    natural = writer.face.advance(text, unit)
    size = (round(natural * 1.4 + unit * len(text) * 0.4) + 2 * margin, round(9 * unit))
    image, start = Image.new("L", size), (float(margin), 5.0 * unit)
    pen = ImageDraw.Draw(image)
    if writer.face.joined:
        pen.text(start, text, fill=255, font=writer.face.at_x_height(unit), anchor="ls")
        return np.asarray(image), start, natural * writer.stretch
    x = start[0]
    for index, letter in enumerate(text):
        font = writer.face.letter_at_x_height(unit * round(float(1 + rng.normal(0, 0.6) * writer.wobble), 2))
        pen.text((x, start[1] + rng.normal(0, 0.8) * writer.wobble * unit), letter, fill=255, font=font, anchor="ls")
        follower = text[index + 1:index + 2]
        tight = follower and follower in ".,;:!?'"                              # fonts kern these under the letter
        pair = writer.face.advance(letter, unit) if tight else (writer.face.advance(letter + follower, unit)
                                                              - writer.face.advance(follower, unit))
        x += pair + unit * (writer.letter_gap + 0.08 * bool(tight) + rng.normal(0, 0.4) * writer.wobble)
    return np.asarray(image), start, (x - start[0]) * writer.stretch


def _cut(drawn: np.ndarray, start: Tuple[float, float], writer: WriterStyle) -> Tuple[np.ndarray, Tuple[float, float]]:
    """Crop a drawing to its ink and the room that slanting and bending need; the start is moved accordingly."""
    x, y, width, height = cv2.boundingRect(drawn)
    unit = writer.x_height * _FINE
    reach = round(0.5 * unit + (abs(writer.slant) + 0.1) * max(y + height - start[1], start[1] - y))
    left, top = max(x - reach, 0), max(y - round(0.5 * unit), 0)
    return drawn[top:y + height + round(0.5 * unit), left:x + width + reach], (start[0] - left, start[1] - top)


def _bend(drawn: np.ndarray, start: Tuple[float, float], writer: WriterStyle, rng: np.random.Generator) -> np.ndarray:
    """Slant, stretch, tilt and bend the word about the pen's start, and reduce it to its final size: (h, w) 0 to 1."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    changed = cv2.dilate(drawn, kernel) if writer.weight > 0 else cv2.erode(drawn, kernel)
    share = min(abs(writer.weight) * (1.0 if writer.weight > 0 else 0.5), 1.0)
    drawn = cv2.addWeighted(drawn, 1 - share, changed, share, 0)
    height, width = (side // _FINE for side in drawn.shape)
    width = round(width * max(writer.stretch, 1.0))
    x = (np.arange(width, dtype=np.float32) + 0.5) * _FINE - start[0]
    y = (np.arange(height, dtype=np.float32) + 0.5) * _FINE - start[1]
    slant, tilt = writer.slant + rng.normal(0, 0.25) * writer.wobble, rng.normal(0, 0.15) * writer.wobble
    unit = writer.x_height * _FINE
    knots = (5, max(4, round(width * _FINE / (1.1 * unit))))
    bend_x, bend_y = (cv2.resize(rng.normal(0, reach * writer.wobble * unit, knots).astype(np.float32), (width, height),
                                 interpolation=cv2.INTER_CUBIC) for reach in (0.9, 0.7))
    map_x = x[None] / np.float32(writer.stretch) + np.float32(slant) * y[:, None] + start[0] - 0.5 + bend_x
    map_y = y[:, None] - np.float32(tilt) * x[None] + start[1] - 0.5 + bend_y
    warped = cv2.remap(drawn, map_x.astype(np.float32), map_y.astype(np.float32), cv2.INTER_LINEAR)
    return warped.astype(np.float32) / 255


def _flow(ink: np.ndarray, writer: WriterStyle, rng: np.random.Generator) -> np.ndarray:
    """Vary the strength of the ink along the word, with a grain as on rough paper."""
    height, width = ink.shape
    coarse = rng.uniform(1 - 0.6 * writer.pressure, 1.0, (3, max(3, round(width / (1.5 * writer.x_height)))))
    slow = cv2.resize(coarse.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    fine = 1 - np.abs(rng.standard_normal((height, width), dtype=np.float32)) * np.float32(0.22 * writer.pressure)
    return np.clip(ink * slow * fine, 0, 1)
