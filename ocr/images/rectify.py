"""Cut lines and regions out of a page: upright, straightened, neighbours painted over, with the mapping back to the page.

Shapes: H x W crop, S columns of a ruling, P points of an outline.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Optional, Sequence, Tuple

import cv2
import numpy as np

from ocr.images.load import grey, image_size
from ocr.images.ruling import MIN_LINE_HEIGHT, Ruling, box_ruling, corners_around, curved_ruling
from ocr.page.geometry import Box, Point, Polygon, Transform

MARGIN = 0.15               # of the line's height, on each side of a line image
MAX_WIDTH = 32_000          # columns of a line image, the limit of cv2.remap; longer lines are squeezed
_STEP = 1.2                 # page pixels per crop pixel after downscaling; interpolation does the rest


@dataclass(frozen=True)
class LineCrop:
    """The line image of one line, and its position on the page.

    Parameters
    ----------
    pixels : (height, W) uint8 grey.
    ruling : position of the line image, margin included, on the page.
    """

    pixels: np.ndarray = field(repr=False, compare=False)
    ruling: Ruling = field(repr=False, compare=False)

    def to_page(self, left: float, right: float, top: Optional[float] = None,
                bottom: Optional[float] = None) -> Polygon:
        """Return the outline on the page of what lies between two columns of the line image.

        Parameters
        ----------
        left, right : columns in crop pixels, from 0 to the crop's width.
        top, bottom : rows in crop pixels; by default those of the line's own outline, without the margin.

        Returns
        -------
        The polygon in page pixels, clockwise from its top-left corner; it follows a curved baseline.
        """
        height, width = self.pixels.shape
        inset = MARGIN / (1 + 2 * MARGIN)
        high = inset if top is None else top / height
        low = 1 - inset if bottom is None else bottom / height
        ends = np.clip(np.array([left, max(right, left)], dtype=np.float64) / width, 0.0, 1.0)
        bends = self.ruling.columns[(self.ruling.columns > ends[0]) & (self.ruling.columns < ends[1])]
        upper, lower = self.ruling.edges(np.concatenate([ends[:1], bends, ends[1:]]))   # (N, 2) each
        down = lower - upper
        return Polygon.from_array(np.concatenate([_thin(upper + down * high), _thin(upper + down * low)[::-1]]))


@dataclass(frozen=True)
class RegionCrop:
    """One region as an upright image.

    Parameters
    ----------
    pixels : (H, W) or (H, W, 3) uint8, like the page it was cut from.
    to_page : maps pixels of the crop to those of the page.
    """

    pixels: np.ndarray = field(repr=False, compare=False)
    to_page: Transform


def turn(pixels: np.ndarray, turns: int) -> np.ndarray:
    """Rotate an image clockwise by quarter turns."""
    return np.ascontiguousarray(np.rot90(pixels, -turns))


def rectify_line(pixels: np.ndarray, polygon: Polygon, baseline: Sequence[Point] = (), orientation: int = 0,
                 height: int = 48) -> LineCrop:
    """Cut a line or word out of a page as an upright line image with a margin of 15 % of its height.

    Four-cornered outlines are warped as they are. Outlines of more corners are straightened along the baseline (or
    along their own middle where none is given), and what lies outside them is painted over with the paper's colour.

    Parameters
    ----------
    pixels : (H, W, 3) RGB or (H, W) grey uint8 page, as loaded.
    polygon : outline in page pixels; may extend beyond the page, whose border pixels are then repeated.
    baseline : points in reading direction, in page pixels; may be empty.
    orientation : clockwise quarter turns that make the page upright; a baseline that clearly runs in another direction takes precedence.
    height : rows of the line image; its width follows from the line's aspect ratio.
    """
    outline, spine = _corners(polygon.array), np.asarray(baseline, dtype=np.float64).reshape(-1, 2)
    frame = _reading_frame(spine, orientation)                                  # (2, 2) rows: right, down
    upright, is_box = outline @ frame.T, len(outline) <= 4
    ruling = box_ruling(upright) if is_box else curved_ruling(upright, spine @ frame.T)
    ruling = ruling.rotated(frame).grow(MARGIN)
    return LineCrop(_sample(pixels, ruling, height, None if is_box else outline), ruling)


def crop_region(pixels: np.ndarray, polygon: Polygon, orientation: int = 0, width: int = 1024,
                margin: float = 0.02) -> RegionCrop:
    """Cut a region out of a page, upright, with what lies outside its outline painted over.

    Parameters
    ----------
    pixels : (H, W, 3) RGB or (H, W) grey uint8 page, as loaded.
    polygon : outline in page pixels.
    orientation : clockwise quarter turns that make the page upright.
    width : columns of the crop; its height follows from the aspect ratio.
    margin : border around the outline, as a fraction of the region's width; clipped to the page.
    """
    size = image_size(pixels)
    upright_size = size if orientation % 2 == 0 else (size[1], size[0])
    turning = Transform.quarter_turns(orientation, size)
    outline = turning.polygon(polygon)
    reach = margin * outline.box.width
    box = _whole(outline.box.grow(reach, reach), upright_size)
    on_page = _whole(turning.inverse().polygon(Polygon.from_box(box)).box, size)
    crop = turn(pixels[int(on_page.top):int(on_page.bottom), int(on_page.left):int(on_page.right)], orientation)
    rows = max(1, round(box.height * width / box.width))
    scale = (width / box.width, rows / box.height)
    crop = cv2.resize(crop, (width, rows), interpolation=cv2.INTER_AREA if min(scale) < 1 else cv2.INTER_LINEAR)
    shrink = Transform((scale[0], 0.0, -box.left * scale[0], 0.0, scale[1], -box.top * scale[1], 0.0, 0.0, 1.0))
    points = shrink.polygon(outline).array                                      # (P, 2) in the crop
    if not _is_upright_box(points):
        crop = _paint(crop, _mask(points, image_size(crop), margin * width), max(9, width // 40))
    return RegionCrop(crop, turning.then(shrink).inverse())


def _corners(points: np.ndarray) -> np.ndarray:
    """Drop repeated points and those on a straight line between their neighbours (within 1 % of the height)."""
    if len(points) > 4:
        slack = max(0.5, 0.01 * float(np.ptp(points, axis=0).min()))
        points = cv2.approxPolyDP(points.astype(np.float32)[:, None], slack, True)[:, 0].astype(np.float64)
    return points if len(points) >= 4 else corners_around(points)


def _thin(edge: np.ndarray) -> np.ndarray:
    """Simplify an open polyline to within a quarter pixel; its ends are kept."""
    if len(edge) <= 2:
        return edge
    origin = edge[0]                                                            # keeps float32 precise on large pages
    return cv2.approxPolyDP((edge - origin).astype(np.float32)[:, None], 0.25, False)[:, 0] + origin


def _reading_frame(spine: np.ndarray, orientation: int) -> np.ndarray:
    """Return unit vectors to the reader's right and down, as rows: orthogonal, so the transpose is the inverse."""
    right = np.array([(1.0, 0.0), (0.0, -1.0), (-1.0, 0.0), (0.0, 1.0)][orientation % 4])
    run = spine[-1] - spine[0] if len(spine) > 1 else np.zeros(2)
    length = float(np.hypot(*run))
    if length > 2 * MIN_LINE_HEIGHT and run @ right < 0.7 * length:
        right = run / length
    return np.array([right, (-right[1], right[0])])


def _sample(pixels: np.ndarray, ruling: Ruling, height: int, outline: Optional[np.ndarray]) -> np.ndarray:
    """Sample the line image from the page: (height, W) grey."""
    page_height, page_length = ruling.size
    width = int(np.clip(round(page_length * height / page_height), 8, MAX_WIDTH))
    top, bottom = ruling.edges((np.arange(width) + 0.5) / width)                # (W, 2)
    rows = ((np.arange(height) + 0.5) / height)[:, None, None]
    at = top[None] + (bottom - top)[None] * rows                                # (H, W, 2) page pixels
    ends = np.concatenate([top, bottom])
    box = _whole(Box(*(ends.min(axis=0) - 2), *(ends.max(axis=0) + 2)), image_size(pixels))
    part = grey(np.ascontiguousarray(pixels[int(box.top):int(box.bottom), int(box.left):int(box.right)]))
    step = page_height / height
    if step > _STEP:                                                            # downscale first, or thin strokes are lost
        small = tuple(max(1, round(side * _STEP / step)) for side in part.shape)
        part = cv2.resize(part, small[::-1], interpolation=cv2.INTER_AREA)
    scale = np.array([part.shape[1] / box.width, part.shape[0] / box.height])
    at = ((at - (box.left, box.top)) * scale - 0.5).astype(np.float32)          # pixel centres
    line_image = cv2.remap(part, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    if outline is None:
        return line_image
    reach = MARGIN * page_height / (1 + 2 * MARGIN) * float(scale.mean())
    mask = _mask((outline - (box.left, box.top)) * scale, image_size(part), reach)
    mask = cv2.remap(mask, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return _paint(line_image, mask, height // 3)


def _whole(box: Box, size: Tuple[int, int]) -> Box:
    """Round a box to whole pixels inside an image; at least one pixel is left."""
    height, width = size
    left = int(np.clip(np.floor(box.left + 1e-6), 0, width - 1))
    top = int(np.clip(np.floor(box.top + 1e-6), 0, height - 1))
    return Box(left, top, int(np.clip(np.ceil(box.right - 1e-6), left + 1, width)),
               int(np.clip(np.ceil(box.bottom - 1e-6), top + 1, height)))


def _is_upright_box(points: np.ndarray) -> bool:
    points = _corners(points)
    return len(points) == 4 and np.abs(points[:, None] - corners_around(points)[None]).sum(axis=2).min(axis=1).max() < 2


def _mask(points: np.ndarray, size: Tuple[int, int], reach: float) -> np.ndarray:
    """Return a mask, (H, W) uint8: 255 inside an outline grown by `reach` pixels, 0 outside."""
    mask = np.zeros(size, dtype=np.uint8)
    corners = [np.round(points).astype(np.int32)[:, None]]
    cv2.fillPoly(mask, corners, 255)
    cv2.polylines(mask, corners, True, 255, max(1, round(2 * reach)))
    return mask


def _paint(crop: np.ndarray, mask: np.ndarray, reach: int) -> np.ndarray:
    """Paint the local paper colour where the mask is 0, with a soft edge; strokes narrower than `reach` are not taken for paper."""
    reach = reach | 1
    paper = cv2.morphologyEx(crop, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    paper = cv2.blur(paper, (reach, reach))
    weight = cv2.blur(mask, (3, 3)).astype(np.float32) / 255                    # (H, W)
    weight = weight if crop.ndim == 2 else weight[..., None]
    return (crop * weight + paper * (1 - weight) + 0.5).astype(np.uint8)
