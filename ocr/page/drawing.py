"""A picture of a page to look at: its regions, lines and words drawn over the photo, what was read set beside it in place."""
from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

import cv2
import numpy as np
from PIL import Image, ImageDraw

from ocr.page.geometry import Box, Point, Polygon, Transform
from ocr.page.lettering import Lettering
from ocr.page.model import Line, Page, Word

Colour = Tuple[int, int, int]
REGION: Tuple[Colour, ...] = ((106, 61, 154), (200, 90, 20), (178, 34, 102), (80, 110, 40))
LINE: Tuple[Colour, Colour] = ((31, 119, 200), (0, 150, 136))
BASELINE, DOUBT = (20, 60, 110), (214, 60, 20)
PAPER, INK, FAINT = (252, 251, 248), (28, 30, 36), (226, 224, 218)


@dataclass(frozen=True)
class _Sheet:
    """How page pixels become those of the drawing: turned upright, then made smaller."""

    transform: Transform
    unit: int                  # width of a thin stroke, in pixels of the drawing

    def polygon(self, polygon: Polygon) -> Polygon:
        return self.transform.polygon(polygon)

    def points(self, points: Sequence[Point]) -> np.ndarray:
        return np.asarray(self.transform.points(points)).reshape(-1, 2)


def draw_page(page: Page, pixels: np.ndarray, doubtful: float = 0.6, max_height: Optional[int] = None,
              font: Optional[str] = None) -> np.ndarray:
    """Draw a page's outlines over its picture, and beside it the text, each line where it stands on the page.

    Regions are numbered in reading order. Words less sure than `doubtful` are filled on the left and underlined on the right.

    Parameters
    ----------
    page : its coordinates are of `pixels`.
    pixels : (H, W, 3) uint8 RGB, as loaded; the drawing is turned upright by `page.orientation`.
    doubtful : confidence, 0 to 1, below which a word is marked.
    max_height : the drawing is made smaller if it is higher than this, in pixels; None for full size.
    font : a font file for the text; a sans-serif of the system or, without one, Pillow's own if None.

    Returns
    -------
    (H, W', 3) uint8 RGB: H is the upright picture's height, W' twice its width; the text side stays away where
        nothing was read, and W' is then the picture's width.
    """
    upright = np.ascontiguousarray(np.rot90(pixels, -page.orientation % 4))
    height, width = upright.shape[:2]
    scale = min(1.0, max_height / height) if max_height else 1.0
    if scale < 1:
        smaller = max(1, round(width * scale)), max(1, round(height * scale))
        upright = cv2.resize(upright, smaller, interpolation=cv2.INTER_AREA)
    shrink = Transform.from_array(np.diag([scale, scale, 1.0]))
    turn = Transform.quarter_turns(page.orientation, pixels.shape[:2])
    sheet = _Sheet(turn.then(shrink), max(1, round(max(upright.shape[:2]) / 1200)))
    left = _outlines(page, upright, sheet, doubtful)
    if not any(line.text for line in page.lines):
        return left
    return np.hstack([left, _transcript(page, upright.shape[:2], sheet, doubtful, font)])


def _is_doubtful(word: Word, doubtful: float) -> bool:
    confidence = word.readings[0].confidence if word.readings else word.confidence
    return confidence is not None and confidence < doubtful


def _fixed(points: np.ndarray) -> np.ndarray:
    """Return points as OpenCV's fixed-point integers with 4 fractional bits, (P, 1, 2)."""
    return np.round((points - 0.5) * 16).astype(np.int32).reshape(-1, 1, 2)


def _stroke(canvas: np.ndarray, points: np.ndarray, colour: Colour, thickness: int, closed: bool = True) -> None:
    cv2.polylines(canvas, [_fixed(points)], closed, colour, thickness, cv2.LINE_AA, 4)


def _tint(canvas: np.ndarray, points: np.ndarray, colour: Colour, strength: float) -> None:
    """Mix a colour into the inside of a polygon, in place, as a marker pen does: dark ink stays dark."""
    height, width = canvas.shape[:2]
    left, top = np.clip(np.floor(points.min(axis=0)).astype(int), 0, [width, height])
    right, bottom = np.clip(np.ceil(points.max(axis=0)).astype(int) + 1, 0, [width, height])
    if right <= left or bottom <= top:
        return
    part = canvas[top:bottom, left:right]
    mask = np.zeros(part.shape[:2], np.uint8)
    cv2.fillPoly(mask, [_fixed(points - [left, top])], 255, cv2.LINE_AA, 4)
    veil = (1 - strength * (1 - np.asarray(colour) / 255.0)) * part                             # (h, w, 3)
    weight = mask[..., None] / 255.0                                                            # (h, w, 1)
    part[:] = np.round(part * (1 - weight) + veil * weight).astype(np.uint8)


def _outlines(page: Page, upright: np.ndarray, sheet: _Sheet, doubtful: float) -> np.ndarray:
    """Draw regions, lines, baselines and words over the picture."""
    canvas = upright.copy()
    for number, line in enumerate(page.lines):
        colour, outline = LINE[number % 2], sheet.points(line.polygon.points)
        _tint(canvas, outline, colour, 0.2)
        if not line.words:
            _stroke(canvas, outline, colour, sheet.unit)
        for word in line.words:
            shape = sheet.points(word.polygon.points)
            if _is_doubtful(word, doubtful):
                _tint(canvas, shape, (255, 150, 40), 0.6)
                _stroke(canvas, shape, DOUBT, sheet.unit)
            else:
                _stroke(canvas, shape, colour, sheet.unit)
        if len(line.baseline) > 1:
            _stroke(canvas, sheet.points(line.baseline), BASELINE, sheet.unit, closed=False)
    for number, region in enumerate(page.regions):
        _stroke(canvas, sheet.points(region.polygon.points), REGION[number % len(REGION)], 2 * sheet.unit + 1)
    return _badges(canvas, page, sheet)


def _badges(canvas: np.ndarray, page: Page, sheet: _Sheet) -> np.ndarray:
    """Number the regions in reading order, at their top left corners, with their kind where it is known."""
    image = Image.fromarray(canvas)
    draw = ImageDraw.Draw(image)
    lettering = Lettering()
    size = 13 + 5 * sheet.unit
    for number, region in enumerate(page.regions):
        box = sheet.polygon(region.polygon).box
        text = lettering.legible(f"{number + 1} {region.kind or ''}".strip())
        wide, high = lettering.length(text, size) + size * 0.7, size * 1.3
        left = min(max(box.left, 0), max(canvas.shape[1] - wide, 0))
        top = max(box.top - high, 0)
        draw.rectangle((left, top, left + wide, top + high), fill=REGION[number % len(REGION)])
        draw.text((left + size * 0.35, top + high / 2), text, (255, 255, 255), lettering.font(size), anchor="lm")
    return np.array(image)


def _transcript(page: Page, size: Tuple[int, int], sheet: _Sheet, doubtful: float, font: Optional[str]) -> np.ndarray:
    """Set the text on a blank sheet of the picture's (height, width), each line where it stands on the page."""
    canvas = np.empty((*size, 3), np.uint8)
    canvas[:] = PAPER
    for number, region in enumerate(page.regions):
        _stroke(canvas, sheet.points(region.polygon.points), REGION[number % len(REGION)], sheet.unit)
    for line in page.lines:
        _tint(canvas, sheet.points(line.polygon.points), (225, 230, 236), 0.35)
    canvas[:, :max(1, sheet.unit)] = FAINT
    image = Image.fromarray(canvas)
    draw, lettering = ImageDraw.Draw(image), Lettering(font)
    boxes = [sheet.polygon(line.polygon).box for line in page.lines if line.text]
    usual = float(np.clip(np.median([box.height for box in boxes]) * 0.55, 9, 72))
    for line, box in zip((line for line in page.lines if line.text), boxes):
        _set_line(draw, line, box, min(usual, max(box.height * 0.8, 9)), size[1], lettering, doubtful)
    return np.array(image)


def _set_line(draw: ImageDraw.ImageDraw, line: Line, box: Box, size: float, width: int, lettering: Lettering,
              doubtful: float) -> None:
    """Set one line's text, smaller where it would be wider than the line; doubtful words in another colour, underlined."""
    pieces = _pieces(line, doubtful)
    text = lettering.legible("".join(piece for piece, _ in pieces))
    room = max(min(box.width, width - box.left), 1.0)
    size = max(size * min(1.0, room / max(lettering.length(text, size), 1.0)), 7.0)
    font, x, middle = lettering.font(size), max(box.left, 2.0), (box.top + box.bottom) / 2
    for piece, unsure in pieces:
        piece = lettering.legible(piece)
        draw.text((x, middle), piece, DOUBT if unsure else INK, font, anchor="lm")
        end = x + lettering.length(piece, size)
        if unsure:
            draw.line((x, middle + 0.6 * size, end, middle + 0.6 * size), DOUBT, max(1, round(size / 14)))
        x = end


def _pieces(line: Line, doubtful: float) -> List[Tuple[str, bool]]:
    """Part a line's text into (text, doubtful) pieces: by words where they make up the line, else as a whole."""
    words = [word for word in line.words if word.text]
    if words and " ".join(word.text for word in words) == line.text:
        spaced = [(word.text, _is_doubtful(word, doubtful)) for word in words]
        return [piece for pair in spaced for piece in (pair, (" ", False))][:-1]
    confidence = line.readings[0].confidence if line.readings else None
    return [(line.text, confidence is not None and confidence < doubtful)]
