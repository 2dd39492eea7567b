"""Draw a page for viewing: its regions, lines and words over the image, and beside it the recognised text, in place."""
from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

import cv2
import numpy as np
from PIL import Image, ImageDraw

from ocr.page.geometry import Point, Polygon, Transform
from ocr.formats.lettering import Lettering
from ocr.page.model import Line, Page, Word

Colour = Tuple[int, int, int]
Piece = Tuple[str, bool]           # a part of a text, and whether it is doubtful
REGION: Tuple[Colour, ...] = ((106, 61, 154), (200, 90, 20), (178, 34, 102), (80, 110, 40))
LINE: Tuple[Colour, Colour] = ((31, 119, 200), (0, 150, 136))
DOUBT, DOUBT_FILL = (200, 50, 15), (255, 190, 60)
PAPER, INK, FAINT = (252, 251, 248), (28, 30, 36), (226, 224, 218)
_FINE = 2                           # letters are drawn at this scale factor, then rotated and reduced
_LEVEL = 0.5                        # degrees by which lines may slope and still be set level


@dataclass(frozen=True)
class _Drawing:
    """How page pixels are mapped to those of the drawing: rotated upright, then scaled down."""

    transform: Transform
    unit: int                  # width of a thin stroke, in pixels of the drawing

    def polygon(self, polygon: Polygon) -> Polygon:
        return self.transform.polygon(polygon)

    def points(self, points: Sequence[Point]) -> np.ndarray:
        return np.asarray(self.transform.points(points)).reshape(-1, 2)


@dataclass(frozen=True)
class _Band:
    """Where a line's text is set, in pixels: from the middle of its left end, at `angle` degrees clockwise from horizontal."""

    start: Tuple[float, float]
    angle: float
    length: float
    height: float

    @property
    def along(self) -> np.ndarray:
        return np.array([np.cos(np.radians(self.angle)), np.sin(np.radians(self.angle))])

    @classmethod
    def around(cls, points: np.ndarray, angle: float) -> _Band:
        """Return the band at an angle around (P, 2) points."""
        along = cls((0, 0), angle, 0, 0).along
        axes = np.stack([along, (-along[1], along[0])])                                         # along, across
        low, high = (points @ axes.T).min(axis=0), (points @ axes.T).max(axis=0)
        start = np.array([low[0], (low[1] + high[1]) / 2]) @ axes
        return cls((float(start[0]), float(start[1])), angle, *(float(side) for side in high - low))


def draw_page(page: Page, pixels: np.ndarray, doubtful: float = 0.6, max_height: Optional[int] = None,
              font: Optional[str] = None) -> np.ndarray:
    """Draw a page's outlines over its image, and beside it the text, each line at its position on the page.

    Regions are numbered in reading order. Words with a confidence below `doubtful` are filled on the left and underlined on
    the right, where a note explains this if there is room at the bottom.

    Parameters
    ----------
    page : coordinates in pixels of `pixels`.
    pixels : (H, W, 3) uint8 RGB, as loaded; the drawing is rotated upright by `page.orientation`.
    doubtful : confidence, 0 to 1, below which a word is marked.
    max_height : of the drawing in pixels, which is scaled down if it is higher; None for full size.
    font : a font file for the text; None for a sans-serif font of the system or, without one, Pillow's own.

    Returns
    -------
    (H, W', 3) uint8 RGB: H is the upright image's height, W' twice its width; where nothing was recognised,
        there is no text side, and W' is the image's width.
    """
    upright = np.ascontiguousarray(np.rot90(pixels, -page.orientation % 4))
    height, width = upright.shape[:2]
    scale = min(1.0, max_height / height) if max_height else 1.0
    if scale < 1:
        smaller = max(1, round(width * scale)), max(1, round(height * scale))
        upright = cv2.resize(upright, smaller, interpolation=cv2.INTER_AREA)
    shrink = Transform.from_array(np.diag([scale, scale, 1.0]))
    turn = Transform.quarter_turns(page.orientation, (pixels.shape[0], pixels.shape[1]))
    drawing = _Drawing(turn.then(shrink), max(1, round(max(upright.shape[:2]) / 1200)))
    left = _outlines(page, upright, drawing, doubtful)
    if not any(line.text for line in page.lines):
        return left
    return np.hstack([left, _transcript(page, (upright.shape[0], upright.shape[1]), drawing, doubtful, font)])


def _is_doubtful(word: Word, doubtful: float) -> bool:
    confidence = word.readings[0].confidence if word.readings else word.confidence
    return confidence is not None and confidence < doubtful


def _fixed(points: np.ndarray) -> np.ndarray:
    """Return points as OpenCV's fixed-point integers with 4 fractional bits, (P, 1, 2)."""
    return np.round((points - 0.5) * 16).astype(np.int32).reshape(-1, 1, 2)


def _stroke(canvas: np.ndarray, points: np.ndarray, colour: Colour, thickness: int, closed: bool = True) -> None:
    cv2.polylines(canvas, [_fixed(points)], closed, colour, thickness, cv2.LINE_AA, 4)


def _tint(canvas: np.ndarray, points: np.ndarray, colour: Colour, strength: float, image: np.ndarray) -> None:
    """Tint a polygon of an image as a marker pen would, in place: dark ink stays dark."""
    height, width = canvas.shape[:2]
    left, top = np.clip(np.floor(points.min(axis=0)).astype(int), 0, [width, height])
    right, bottom = np.clip(np.ceil(points.max(axis=0)).astype(int) + 1, 0, [width, height])
    if right <= left or bottom <= top:
        return
    part = canvas[top:bottom, left:right]
    mask = np.zeros(part.shape[:2], np.uint8)
    cv2.fillPoly(mask, [_fixed(points - [left, top])], (255,), cv2.LINE_AA, 4)
    _mix(part, (1 - strength * (1 - np.asarray(colour) / 255.0)) * image[top:bottom, left:right], mask)


def _mix(canvas: np.ndarray, colours: np.ndarray, mask: np.ndarray) -> None:
    """Blend colours into (h, w, 3) pixels, in place, weighted by an (h, w) uint8 mask, fully at 255."""
    weight = mask[..., None] / 255.0                                                            # (h, w, 1)
    canvas[:] = np.round(canvas * (1 - weight) + colours * weight).astype(np.uint8)


def _outlines(page: Page, upright: np.ndarray, drawing: _Drawing, doubtful: float) -> np.ndarray:
    """Draw regions, lines and words over the image."""
    canvas = upright.copy()
    for number, line in enumerate(page.lines):
        colour, outline = LINE[number % 2], drawing.points(line.polygon.points)
        _tint(canvas, outline, colour, 0.16, upright)
        if not line.words:
            _stroke(canvas, outline, colour, drawing.unit)
    for number, line in enumerate(page.lines):
        for word in line.words:
            shape, unsure = drawing.points(word.polygon.points), _is_doubtful(word, doubtful)
            if unsure:
                _tint(canvas, shape, DOUBT_FILL, 0.8, upright)
            _stroke(canvas, shape, DOUBT if unsure else LINE[number % 2], drawing.unit)
    for number, region in enumerate(page.regions):
        _stroke(canvas, drawing.points(region.polygon.points), REGION[number % len(REGION)], drawing.unit + 1)
    return _badges(canvas, page, drawing)


def _badges(canvas: np.ndarray, page: Page, drawing: _Drawing) -> np.ndarray:
    """Number the regions in reading order, at their top left corners, with their kind unless it is paragraph."""
    image = Image.fromarray(canvas)
    draw = ImageDraw.Draw(image)
    lettering = Lettering()
    size = 13 + 5 * drawing.unit
    for number, region in enumerate(page.regions):
        box = drawing.polygon(region.polygon).box
        kind = "" if region.kind in (None, "paragraph") else region.kind
        text = lettering.legible(f"{number + 1} {kind}".strip())
        wide, high = lettering.length(text, size) + size * 0.7, size * 1.3
        left = min(max(box.left, 0), max(canvas.shape[1] - wide, 0))
        top = max(box.top - high, 0)
        draw.rectangle((left, top, left + wide, top + high), fill=REGION[number % len(REGION)])
        draw.text((left + size * 0.35, top + high / 2), text, (255, 255, 255), lettering.font(size), anchor="lm")
    return np.array(image)


def _transcript(page: Page, size: Tuple[int, int], drawing: _Drawing, doubtful: float, font: Optional[str]) -> np.ndarray:
    """Set the text on a blank canvas of the image's (height, width), each line at its position on the page."""
    canvas = np.empty((*size, 3), np.uint8)
    canvas[:] = PAPER
    blank = canvas.copy()
    for line in page.lines:
        _tint(canvas, drawing.points(line.polygon.points), (225, 230, 236), 0.35, blank)
    for number, region in enumerate(page.regions):
        _stroke(canvas, drawing.points(region.polygon.points), REGION[number % len(REGION)], drawing.unit)
    canvas[:, :max(1, drawing.unit)] = FAINT
    lettering = Lettering(font)
    lines = [line for line in page.lines if line.text]
    bands, pieces = _bands(lines, size, drawing), [_pieces(line, doubtful, lettering) for line in lines]
    fitting = [band.length / max(lettering.length("".join(text for text, _ in parts), 100) / 100, 0.01)
               for band, parts in zip(bands, pieces)]
    usual = float(np.clip(min(np.median([band.height for band in bands]) * 0.62, np.quantile(fitting, 0.1)), 9, 72))
    for band, parts, fits in zip(bands, pieces, fitting):
        _set_line(canvas, parts, band, max(min(usual, fits, max(band.height * 0.8, 9)), 7.0), lettering)
    unsure = any(part[1] for parts in pieces for part in parts)
    note, end = 14.0 + 4 * drawing.unit, max(drawing.polygon(line.polygon).box.bottom for line in lines)
    if unsure and end < size[0] - 3 * note:
        text = [("underlined", True), (f": confidence below {doubtful:.0%}", False)]
        _set_line(canvas, text, _Band((note, size[0] - 1.5 * note), 0.0, 0.0, note), note, lettering)
    return canvas


def _bands(lines: Sequence[Line], size: Tuple[int, int], drawing: _Drawing) -> List[_Band]:
    """Return where to set lines: in parallel, except for those that would leave their place."""
    angles = []
    for line in lines:
        (x0, y0), (x1, y1) = drawing.points(line.baseline)[[0, -1]] if len(line.baseline) > 1 else ((0, 0), (1, 0))
        angles.append(float(np.degrees(np.arctan2(y1 - y0, x1 - x0))))
    usual = float(np.median(angles))
    usual = 0.0 if abs(usual) < _LEVEL else usual
    bands = []
    for line, angle in zip(lines, angles):
        outline = drawing.polygon(line.polygon).clip(size).array
        own = _Band.around(outline, angle)
        stays = abs(np.sin(np.radians(angle - usual))) * own.length < own.height / 2 and abs(angle - usual) < 90
        bands.append(_Band.around(outline, usual) if stays else own)
    return bands


def _set_line(canvas: np.ndarray, pieces: Sequence[Piece], band: _Band, size: float, lettering: Lettering) -> None:
    """Set one line's pieces of text along its band, in place; doubtful ones in another colour, underlined."""
    large = size * _FINE
    width, height = int(sum(lettering.length(text, large) for text, _ in pieces) + 2 * large), int(2 * large)
    masks = [Image.new("L", (width, height)) for _ in range(2)]
    ink, doubt = (ImageDraw.Draw(mask) for mask in masks)
    x, font = large / 2, lettering.font(large)
    for text, unsure in pieces:
        (doubt if unsure else ink).text((x, height / 2), text, 255, font, anchor="lm")
        end = x + lettering.length(text, large)
        if unsure:
            doubt.line((x, 1.6 * large, end, 1.6 * large), 255, max(_FINE, round(large / 14)))
        x = end
    place = np.column_stack([band.along, (-band.along[1], band.along[0])]) / _FINE
    place = np.column_stack([place, np.array(band.start) - place @ [0.2 * large, height / 2]])
    corners = place @ np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]]).T
    (left, right), (top, bottom) = (np.clip([low, high + 1], 0, limit).astype(int) for low, high, limit in
                                    zip(corners.min(axis=1), corners.max(axis=1), canvas.shape[1::-1]))
    if right > left and bottom > top:
        place[:, 2] -= left, top
        for mask, colour in zip(masks, (INK, DOUBT)):
            weight = cv2.warpAffine(np.asarray(mask), place, (int(right - left), int(bottom - top)))
            _mix(canvas[top:bottom, left:right], np.asarray(colour), weight)


def _pieces(line: Line, doubtful: float, lettering: Lettering) -> List[Piece]:
    """Split a line's text into (text, doubtful) pieces: by words where they make up the line, else as a whole."""
    words = [word for word in line.words if word.text]
    if words and " ".join(word.text for word in words) == line.text:
        spaced = [(lettering.legible(word.text), _is_doubtful(word, doubtful)) for word in words]
        return [piece for pair in spaced for piece in (pair, (" ", False))][:-1]
    confidence = line.readings[0].confidence if line.readings else None
    return [(lettering.legible(line.text), confidence is not None and confidence < doubtful)]
