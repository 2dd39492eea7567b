"""Render one line of text in a handwriting font, as the line image of a scanned page would show it.

Shapes: h x w ink, float32 from 0 (bare paper) to 1 (full ink); H x W line image.
"""
from __future__ import annotations

from dataclasses import replace
from typing import List, Sequence, Tuple

import cv2
import numpy as np

from ocr.synthesis.fonts import Face
from ocr.synthesis.handwriting import WriterStyle, WordInk, random_writer, write_word
from ocr.synthesis.line_images import margin, random_scan

_X_HEIGHT = 13.0            # pixels at which words are written, about their size in a line image of 48 rows


def draw_text(text: str, faces: Sequence[Face], height: int, rng: np.random.Generator) -> np.ndarray:
    """Render a line with a random font, writer, ink and position in the line image.

    Parameters
    ----------
    text : words separated by single spaces, at least one.
    faces : fonts to choose from; each can write the text.
    height : rows of the line image.
    rng : source of all randomness; the same line looks different each time.

    Returns
    -------
    (height, W) uint8 grey, dark ink on light paper, with the margins that `ocr.images.rectify` leaves around the ink.
    """
    scan = random_scan(height, rng)
    writer = replace(random_writer(faces, rng, _X_HEIGHT), x_height=_X_HEIGHT, weight=float(rng.uniform(-1.2, 0.3)))
    ink = _line(writer, text.split(" "), rng)                                     # (h, w)
    scale = min((scan.bottom - scan.top) / ink.shape[0], 60 * height / ink.shape[1])
    rows, columns = (max(1, round(side * scale)) for side in ink.shape)
    ink = cv2.resize(ink, (columns, rows), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    sides = round(scan.margin)
    grey = cv2.copyMakeBorder(np.clip(ink, 0, 1), round(scan.top), 0, sides, sides, cv2.BORDER_CONSTANT, value=0)[:height]
    grey = cv2.copyMakeBorder(grey, 0, height - grey.shape[0], 0, 0, cv2.BORDER_CONSTANT, value=0)
    return (scan.paper - (scan.paper - scan.ink) * grey).astype(np.uint8)


def expected_text_width(text: str, face: Face, height: int) -> float:
    """Return about how wide `draw_text` renders a text in a font, in pixels."""
    left, top, right, bottom = face.letter_at_x_height(2 * _X_HEIGHT).getbbox(text, anchor="ls")
    return (height - 2 * margin(height)) * (right - left) / max(bottom - top, 1) + 2 * margin(height)


def _line(writer: WriterStyle, words: Sequence[str], rng: np.random.Generator) -> np.ndarray:
    """Write words one after the other on a baseline that is not quite straight; return their ink, cropped to it."""
    unit, x, slope = writer.x_height, 0.0, rng.normal(0, 0.02) * writer.drift
    placed: List[Tuple[int, int, WordInk]] = []
    for text in words:
        word = write_word(writer, text, rng)
        y = slope * x + rng.normal(0, 0.25) * writer.drift * unit
        placed.append((round(x - word.origin[0]), round(y - word.origin[1]), word))
        x += word.advance + unit * writer.word_gap * float(np.exp(rng.normal(0, 0.15)))
    left, top = min(x for x, _, _ in placed), min(y for _, y, _ in placed)
    size = (max(y + word.ink.shape[0] for _, y, word in placed) - top,
            max(x + word.ink.shape[1] for x, _, word in placed) - left)
    ink = np.zeros(size, np.float32)
    for column, row, word in placed:
        part = ink[row - top:row - top + word.ink.shape[0], column - left:column - left + word.ink.shape[1]]
        np.maximum(part, word.ink, out=part)
    return ink
