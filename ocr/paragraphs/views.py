"""Random views of true and synthetic pages: whole, in part, turned, photographed, and put together from several.

Shapes: H x W pixels; every image goes with a mask of the same size, 255 where there is handwriting.
"""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import List, Optional, Sequence, Tuple

import cv2
import numpy as np

from ocr.images.augment_pages import augment_page
from ocr.page.geometry import Box
from ocr.paragraphs.ground_truth import Sheet, draw_writing, outlines

_BESIDE = (10, 60)          # paper between pasted blocks side by side, in pixels of a sheet: the gutter of columns
_BELOW = (95, 160)          # and one below the other: more than the lines of one region have between them
_SHORT = 0.5                # how often a block is a line or a word by itself


@dataclass(frozen=True)
class View:
    """What a camera might see.

    Parameters
    ----------
    pixels : (H, W) uint8 grey.
    writing : (H, W) uint8, 255 where there is handwriting.
    turns : clockwise quarter turns, 0 to 3, that make it upright.
    """

    pixels: np.ndarray
    writing: np.ndarray
    turns: int

    def upside_down(self) -> "View":
        """Return the view turned by two quarters."""
        return View(self.pixels[::-1, ::-1], self.writing[::-1, ::-1], (self.turns + 2) % 4)


def random_view(sheet: Sheet, size: Tuple[int, int], rng: np.random.Generator, strength: float = 1.0) -> View:
    """Look at a sheet: one time in four at all of it, else at a part, where the writing tends to be.

    Parameters
    ----------
    sheet : upright page.
    size : (height, width) of the view. A whole page is turned so that it fits: the turns are then two of the four.
    rng : source of all randomness.
    strength : of the changes to paper, light and camera, 0 to 1.
    """
    whole = rng.random() < 1 / 4
    if whole:
        lies = (sheet.pixels.shape[1] > sheet.pixels.shape[0]) != (size[1] > size[0])
        turns = int(2 * rng.integers(2) + lies)
        share, centre = 1.0, np.array(sheet.pixels.shape[::-1]) / 2
    else:
        turns = int(rng.integers(4))
        share, centre = float(np.exp(rng.uniform(np.log(0.3), 0))), _point_of_interest(sheet, rng)
    matrix = _camera(sheet.pixels.shape, size, centre, share, turns)
    pixels = cv2.warpAffine(sheet.pixels, matrix, size[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    writing = cv2.warpAffine(sheet.writing, matrix, size[::-1], flags=cv2.INTER_LINEAR)
    pixels, moved = augment_page(pixels, rng, strength)
    writing = cv2.warpPerspective(writing, moved.array, size[::-1], flags=cv2.INTER_LINEAR)
    return View(pixels, writing, turns)


def compose(donors: Sequence[Sheet], ground: np.ndarray, rng: np.random.Generator) -> Sheet:
    """Put blocks of handwriting from several sheets on a page: side by side as columns, or anywhere.

    Parameters
    ----------
    donors : sheets to take writing from, one block each.
    ground : (H, W) uint8 grey page without handwriting; print gives way to the blocks.
    rng : source of all randomness.
    """
    ground, ink, writing = ground.copy(), np.full_like(ground, 255), np.zeros_like(ground)
    height, width = ground.shape
    columns = len(donors) > 1 and rng.random() < 0.4
    top, gutter = int(rng.uniform(0.03, 0.3) * height), int(rng.uniform(*_BESIDE))
    room = (width - gutter * (len(donors) + 1)) // len(donors) if columns else width - 2 * gutter
    taken: List[Box] = []
    for index, donor in enumerate(donors):
        short = bool(donor.lines) and rng.random() < _SHORT
        block = _block(_piece(donor, rng) if short else donor, (height - top - gutter, room), rng, whole=short)
        if block is None:
            continue
        rows, wide = block.pixels.shape
        if columns:
            row, left = top, gutter + index * (room + gutter)
        else:
            row, left = (int(rng.integers(free + 1)) for free in (height - rows, width - wide))
        place = Box.from_xywh(left, row, wide, rows)
        away = place.grow(int(rng.uniform(*_BESIDE)), int(rng.uniform(*_BELOW)))
        if columns or not any(away.intersection_area(other) for other in taken):
            taken.append(place)
            ink[row:row + rows, left:left + wide] = block.pixels
            writing[row:row + rows, left:left + wide] = block.writing
            clear = int(rng.uniform(4, 25))
            ground[max(row - clear, 0):row + rows + clear, max(left - clear, 0):left + wide + clear] = 255
    return Sheet("+".join(donor.name for donor in donors), np.minimum(ground, ink), writing)


def _point_of_interest(sheet: Sheet, rng: np.random.Generator) -> np.ndarray:
    """Choose a point (x, y) of the sheet; four times in five one in the writing, if there is any."""
    rows, columns = np.nonzero(sheet.writing[::8, ::8])
    if len(rows) == 0 or rng.random() < 0.2:
        return rng.uniform(0.2, 0.8, 2) * sheet.pixels.shape[::-1]
    index = int(rng.integers(len(rows)))
    return np.array([columns[index] * 8.0, rows[index] * 8.0])


def _camera(sheet: Tuple[int, int], size: Tuple[int, int], centre: np.ndarray, share: float, turns: int) -> np.ndarray:
    """Make the 2 x 3 matrix from a sheet to a view that shows a share of it around a centre.

    The view's quarter turn is undone by `turns` clockwise ones, so it is made by as many counter-clockwise.
    """
    seen = np.array(sheet[::-1], float) * share                                 # (width, height) on the sheet
    seen = seen if turns % 2 == 0 else seen[::-1]
    scale = float(min(size[1] / seen[0], size[0] / seen[1]))
    cosine, sine = ((1, 0), (0, 1), (-1, 0), (0, -1))[turns]
    turn = scale * np.array([[cosine, sine], [-sine, cosine]])                  # counter-clockwise as seen, y is down
    offset = np.array(size[::-1]) / 2 - turn @ centre
    return np.hstack([turn, offset[:, None]])


def _piece(sheet: Sheet, rng: np.random.Generator) -> Sheet:
    """Leave one line of a sheet's writing, or a word or so of it: short notes look like this."""
    line = sheet.lines[int(rng.integers(len(sheet.lines)))]
    writing = draw_writing([line], sheet.writing.shape)
    if rng.random() < 0.6:
        wide = line.box.width * rng.uniform(0.1, 0.5)
        left = line.box.left + rng.uniform(0, line.box.width - wide)
        writing[:, :max(int(left), 0)] = writing[:, max(int(left + wide), 0):] = 0
    return replace(sheet, writing=writing, regions=outlines(writing))


def _block(donor: Sheet, room: Tuple[int, int], rng: np.random.Generator, whole: bool) -> Optional[View]:
    """Cut a region, or a window of it, out of a sheet, on white paper, no larger than (height, width); None without one."""
    if not donor.regions:
        return None
    box = donor.regions[int(rng.integers(len(donor.regions)))].box
    scale = float(np.exp(rng.uniform(-0.35, 0.3)))
    limits = np.minimum(np.array(room) / scale, (box.height + 8, box.width + 8))
    rows, columns = (max(12, int(limit * (1 if whole or rng.random() < 0.5 else rng.uniform(0.2, 1))))
                     for limit in limits)
    top = int(box.top - 4 + rng.uniform(0, 1) * max(box.height + 8 - rows, 0))
    left = int(box.left - 4 + (0 if rng.random() < 0.7 else 1) * max(box.width + 8 - columns, 0))
    window = np.s_[max(top, 0):top + rows, max(left, 0):left + columns]
    pixels, writing = donor.pixels[window], donor.writing[window]
    paper = max(float(np.percentile(pixels, 80)), 1.0)
    pixels = np.where(cv2.dilate(writing, np.ones((9, 9), np.uint8)) > 0,
                      np.minimum(pixels * (250.0 / paper), 255.0), 255.0).astype(np.uint8)
    size = tuple(max(1, min(int(side * scale), limit)) for side, limit in zip(pixels.shape, room))
    return View(*(cv2.resize(array, size[::-1], interpolation=cv2.INTER_AREA) for array in (pixels, writing)), 0)

