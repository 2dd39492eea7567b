"""The text of a page as a PDF's content: invisible, each word stretched over its position in the image."""
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Callable, Iterator, List, Sequence, Tuple

import numpy as np

from ocr.page.geometry import Box, Point, Transform
from ocr.page.model import Line, Page
from ocr.formats.pdf.font import WIDTH, InvisibleFont
from ocr.formats.pdf.visual_order import is_right_to_left, letters_on_paper, words_on_paper
from ocr.formats.plain_text import written_lines
from ocr.formats.xml_parsing import written_line

_SIZE = 1.3                 # of the font, in median heights of a word: if smaller, lines look too far apart for one paragraph
_MIN_SIZE = 1.0           # of the font, in points
_MIN_WIDTH = 0.05         # of a word or space, in font sizes
_MIN_GAP = 0.17           # between words, in font sizes: up to 0.15, viewers take it for the space between letters
_MAX_RISE = 0.7            # of the baseline over a word that is set level, in font sizes
_MAX_LEAN = 0.2            # of a line whose words are set level, the sine of the angle
_FOOT = 0.85                # the fraction of a line's words that may reach below its foot
_Inside = Callable[[Sequence[Point]], np.ndarray]


@dataclass(frozen=True)
class _Axis:
    """A baseline as an axis, for positions along and above it.

    Parameters
    ----------
    origin : (2,) its first point, in points of the PDF page, y upwards.
    along, up : (2,) unit vectors in reading direction and perpendicular to it, to its left.
    ways, rises : (B,) positions of its points along and above the straight line from its first to its last; ways ascend.
    """

    origin: np.ndarray
    along: np.ndarray
    up: np.ndarray
    ways: np.ndarray
    rises: np.ndarray

    @classmethod
    def through(cls, points: np.ndarray) -> _Axis:
        """Return the axis through (B, 2) points, the last of which differs from the first."""
        step = points[-1] - points[0]
        along = step / np.hypot(*step)
        up = np.array([-along[1], along[0]])
        ways, rises = (points - points[0]) @ along, (points - points[0]) @ up
        order = np.argsort(ways, kind="stable")
        return cls(points[0], along, up, ways[order], rises[order])

    def on(self, way: float, above: float = 0.0) -> np.ndarray:
        """Return the point of the page at a position along the baseline and a height above it."""
        return self.origin + way * self.along + (np.interp(way, self.ways, self.rises) + above) * self.up

    def extent(self, outline: np.ndarray) -> Box:
        """Return how far an outline reaches along and above the baseline; `top` is its lowest, `bottom` its highest side."""
        ways = (outline - self.origin) @ self.along
        heights = (outline - self.origin) @ self.up - np.interp(ways, self.ways, self.rises)
        return Box(float(ways.min()), float(heights.min()), float(ways.max()), float(heights.max()))


@dataclass(frozen=True)
class _Placed:
    """A line's words as they stand on paper, and how far each reaches along and above its baseline, in points."""

    axis: _Axis
    texts: Tuple[str, ...]
    extents: Tuple[Box, ...]


def to_points(page: Page, size: Tuple[float, float]) -> Transform:
    """Return the transform from pixels of a page's image to points of the upright PDF page, y upwards.

    Parameters
    ----------
    size : (height, width) of the page in points, as its image is loaded.
    """
    upright = size if page.orientation % 2 == 0 else size[::-1]
    return (Transform.from_array(np.diag([size[1] / page.size[1], size[0] / page.size[0], 1.0]))
            .then(Transform.quarter_turns(page.orientation, size)).then(Transform((1, 0, 0, 0, -1, upright[0], 0, 0, 1))))


def text_layer(page: Page, transform: Transform, size: Tuple[float, float], font: InvisibleFont) -> bytes:
    """Return the content that writes a page's text, invisibly, in reading order.

    Words of a region have one size, words of a line one baseline. Outlines are moved inside the page.

    Parameters
    ----------
    page : with its readings.
    transform : from pixels of the page's image to points of the PDF page, y upwards.
    size : (height, width) of the PDF page in points.
    font : is extended by the characters and faces that occur.
    """
    def inside(points: Sequence[Point]) -> np.ndarray:
        return np.clip(transform.points(points), 0, size[::-1])

    written: List[str] = []
    for region in page.regions:
        lines = [_placed(line, inside) for line in written_lines(region) if line.text.strip()]
        heights = [extent.height for line in lines for extent in line.extents]
        usual = max(float(np.median(heights)) * _SIZE, _MIN_SIZE) if heights else 0.0
        for line in lines:
            written += _line(line, usual, font)
    return "\n".join(["BT 3 Tr", *written, "ET"]).encode("ascii") if written else b""


def _placed(line: Line, inside: _Inside) -> _Placed:
    """Return the words of a line's text: at their own outlines if they make it up, else distributed over the line."""
    axis, text = _axis(line, inside), written_line(line.text)
    read = [word for word in line.words if word.text.strip()]
    own = [written_line(word.text) for word in read]
    texts = own if " ".join(own) == text else [token for token in re.split("[ \t]+", text) if token]
    order = words_on_paper(texts)
    if len(texts) == len(read):
        extents = [axis.extent(inside(read[index].polygon.points)) for index in order]
    else:
        extents = list(_divided([texts[index] for index in order], axis.extent(inside(line.polygon.points))))
    return _Placed(axis, tuple(letters_on_paper(texts[index]) for index in order), tuple(extents))


def _axis(line: Line, inside: _Inside) -> _Axis:
    """Return the baseline; without one of any length, the lower side of the line's outline on the upright page.

    That of right-to-left writing is taken from left to right, whichever way it is drawn.
    """
    points = inside(line.baseline) if len(line.baseline) > 1 else np.zeros((2, 2))
    if points[-1, 0] < points[0, 0] and is_right_to_left(line.text):
        points = points[::-1]
    if np.hypot(*(points[-1] - points[0])) < _MIN_SIZE:
        outline = inside(line.polygon.points)
        left, bottom = outline.min(axis=0)
        points = np.array([[left, bottom], [max(outline[:, 0].max(), left + _MIN_SIZE), bottom]])
    return _Axis.through(points)


def _divided(texts: Sequence[str], whole: Box) -> Iterator[Box]:
    """Divide a line's extent among its words in proportion to their numbers of letters."""
    ends = np.cumsum([len(text) + 1 for text in texts])
    step = whole.width / (ends[-1] - 1)
    for text, end in zip(texts, ends):
        yield Box(whole.left + step * (end - 1 - len(text)), whole.top, whole.left + step * (end - 1), whole.bottom)


def _line(line: _Placed, size: float, font: InvisibleFont) -> Iterator[str]:
    """Write the words of a line, and spaces over the gaps between them."""
    foot = float(np.quantile([extent.top for extent in line.extents], _FOOT))
    spans = _with_gaps([(extent.left, extent.right) for extent in line.extents], size)
    level = _is_level(line.axis, spans, size)

    def run(text: str, start: float, end: float) -> str:
        first, last = line.axis.on(start, foot), line.axis.on(max(end, start + _MIN_WIDTH * size), foot)
        if level:
            first[1] = last[1] = (first[1] + last[1]) / 2
        return f"{face} 1 Tf {_shown(font.encode(text), first, last, size)}"

    for number, (text, extent, (start, end)) in enumerate(zip(line.texts, line.extents, spans)):
        face = font.face((extent.bottom - foot) / size, (foot - extent.top) / size)
        if number:
            yield run(" ", spans[number - 1][1], start)
        yield run(text, start, end)


def _with_gaps(spans: Sequence[Tuple[float, float]], size: float) -> List[Tuple[float, float]]:
    """Shorten words that follow each other too closely, by no more than half of their width on each side."""
    separated: List[Tuple[float, float]] = []
    for start, end in spans:
        end = max(end, start + _MIN_WIDTH * size)
        if separated:
            first, last = separated[-1]
            before, after = last - first, end - start
            cut = min(max(_MIN_GAP * size - (start - last), 0.0) / (before + after), 0.5)
            separated[-1] = first, last - cut * before
            start += cut * after
        separated.append((start, end))
    return separated


def _is_level(axis: _Axis, spans: Sequence[Tuple[float, float]], size: float) -> bool:
    """Return whether words can be set level, each at its own height: pdftotext breaks words that rise by half a point."""
    rises = [abs((axis.on(end) - axis.on(start))[1]) for start, end in spans]
    return axis.along[0] > 0 and abs(axis.along[1]) < _MAX_LEAN and max(rises) < _MAX_RISE * size


def _shown(codes: bytes, first: np.ndarray, last: np.ndarray, size: float) -> str:
    """Return the operators that show codes from one point to another, all stretched by the same factor."""
    across = (last - first) / (len(codes) / 2 * WIDTH / 1000)
    upward = np.array([-across[1], across[0]]) * (size / np.hypot(*across))
    matrix = " ".join(f"{round(value, 3) + 0.0:g}" for value in (*across, *upward, *first))
    return f"{matrix} Tm <{codes.hex().upper()}> Tj"
