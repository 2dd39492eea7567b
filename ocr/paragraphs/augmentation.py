"""Random training crops of real and composed pages: whole or in part, rotated, degraded, and composed of several pages.

Shapes: H x W pixels; every image has a mask of the same size, 255 where there is handwriting.
"""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import List, Optional, Sequence, Tuple

import cv2
import numpy as np

from ocr.images.augment_pages import augment_page
from ocr.images.load import image_size
from ocr.page.geometry import Box
from ocr.paragraphs.ground_truth import LabelledPage, draw_writing, outlines
from ocr.synthesis.printer import PrintedPage

_BESIDE = (10, 60)          # paper between pasted blocks side by side, in pixels of a page: the gutter of columns
_BELOW = (95, 160)          # and one below the other: more than between the lines of one region


@dataclass(frozen=True)
class TrainingCrop:
    """One augmented training image and its ground truth.

    Parameters
    ----------
    pixels : (H, W) uint8 grey.
    kinds : (H, W, K) uint8, 255 where there is text of a kind.
    turns : clockwise quarter turns, 0 to 3, that make it upright.
    machine_known : whether it is known where there is typewriting and print.
    """

    pixels: np.ndarray
    kinds: np.ndarray
    turns: int
    machine_known: bool = False

    def upside_down(self) -> TrainingCrop:
        """Return the crop rotated by 180 degrees."""
        return replace(self, pixels=self.pixels[::-1, ::-1], kinds=self.kinds[::-1, ::-1], turns=(self.turns + 2) % 4)


@dataclass(frozen=True)
class _Block:
    """A block of handwriting on white paper, and its mask, (H, W) uint8 each."""

    pixels: np.ndarray
    writing: np.ndarray


def random_crop(page: LabelledPage, size: Tuple[int, int], rng: np.random.Generator, strength: float = 1.0) -> TrainingCrop:
    """Crop and augment a page: the whole of it with probability 1/4, else a part, mostly where there is writing.

    Parameters
    ----------
    page : upright.
    size : (height, width) of the crop. A whole page is rotated so that it fits, so only two of the four orientations occur.
    rng : source of all randomness.
    strength : of the changes to paper, light and camera, 0 to 1.
    """
    whole = rng.random() < 1 / 4
    if whole:
        sideways = (page.pixels.shape[1] > page.pixels.shape[0]) != (size[1] > size[0])
        turns = int(2 * rng.integers(2) + sideways)
        share, centre = 1.0, np.array(page.pixels.shape[::-1]) / 2
    else:
        turns = int(rng.integers(4))
        share, centre = float(np.exp(rng.uniform(np.log(0.3), 0))), _point_of_interest(page, rng)
    matrix = _crop_matrix(image_size(page.pixels), size, centre, share, turns)
    pixels = cv2.warpAffine(page.pixels, matrix, size[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    kinds = cv2.warpAffine(page.kinds, matrix, size[::-1], flags=cv2.INTER_LINEAR)
    pixels, moved = augment_page(pixels, rng, strength)
    kinds = cv2.warpPerspective(kinds, moved.array, size[::-1], flags=cv2.INTER_LINEAR)
    return TrainingCrop(pixels, kinds, turns, page.machine is not None)


def compose(donors: Sequence[LabelledPage], background: PrintedPage, rng: np.random.Generator,
            short: float = 0.5) -> LabelledPage:
    """Compose a page of blocks of handwriting from several pages: side by side as columns, or anywhere.

    Parameters
    ----------
    donors : pages to take writing from, one block each.
    background : page without handwriting; its text is erased under the blocks.
    rng : source of all randomness.
    short : probability that a block is a single line or a few words, 0 to 1.
    """
    paper, machine = background.pixels.copy(), np.stack([background.typed, background.printed], axis=2)
    ink, writing = np.full_like(paper, 255), np.zeros_like(paper)
    height, width = paper.shape
    columns = len(donors) > 1 and rng.random() < 0.4
    top, gutter = int(rng.uniform(0.03, 0.3) * height), int(rng.uniform(*_BESIDE))
    room = (width - gutter * (len(donors) + 1)) // len(donors) if columns else width - 2 * gutter
    taken: List[Box] = []
    for index, donor in enumerate(donors):
        is_short = bool(donor.lines) and rng.random() < short
        block = _block(_piece(donor, rng) if is_short else donor, (height - top - gutter, room), rng, whole=is_short)
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
            erased = np.s_[max(row - clear, 0):row + rows + clear, max(left - clear, 0):left + wide + clear]
            paper[erased], machine[erased] = 255, 0
    return LabelledPage("+".join(donor.name for donor in donors), np.minimum(paper, ink), writing, machine=machine)


def _point_of_interest(page: LabelledPage, rng: np.random.Generator) -> np.ndarray:
    """Choose a point (x, y) of the page; with probability 4/5 one in the writing, if there is any."""
    rows, columns = np.nonzero(page.writing[::8, ::8])
    if len(rows) == 0 or rng.random() < 0.2:
        return rng.uniform(0.2, 0.8, 2) * page.pixels.shape[::-1]
    index = int(rng.integers(len(rows)))
    return np.array([columns[index] * 8.0, rows[index] * 8.0])


def _crop_matrix(page: Tuple[int, int], size: Tuple[int, int], centre: np.ndarray, share: float, turns: int) -> np.ndarray:
    """Return the 2 x 3 matrix from a page to a crop that shows a share of it around a centre.

    `turns` clockwise quarter turns make the crop upright, so the page is turned by as many counter-clockwise.
    """
    shown = np.array(page[::-1], float) * share                                 # (width, height) on the page
    shown = shown if turns % 2 == 0 else shown[::-1]
    scale = float(min(size[1] / shown[0], size[0] / shown[1]))
    cosine, sine = ((1, 0), (0, 1), (-1, 0), (0, -1))[turns]
    rotation = scale * np.array([[cosine, sine], [-sine, cosine]])                  # counter-clockwise on screen, y is down
    offset = np.array(size[::-1]) / 2 - rotation @ centre
    return np.hstack([rotation, offset[:, None]])


def _piece(page: LabelledPage, rng: np.random.Generator) -> LabelledPage:
    """Keep one line of a page's writing, or a few words of it, like a short note."""
    line = page.lines[int(rng.integers(len(page.lines)))]
    writing = draw_writing([line], image_size(page.writing))
    if rng.random() < 0.6:
        wide = line.box.width * rng.uniform(0.1, 0.5)
        left = line.box.left + rng.uniform(0, line.box.width - wide)
        writing[:, :max(int(left), 0)] = writing[:, max(int(left + wide), 0):] = 0
    return replace(page, writing=writing, regions=outlines(writing))


def _block(donor: LabelledPage, room: Tuple[int, int], rng: np.random.Generator, whole: bool) -> Optional[_Block]:
    """Crop a region, or a part of it, of a page, on white paper, no larger than (height, width); None without one."""
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
    pixels, writing = (cv2.resize(array, size[::-1], interpolation=cv2.INTER_AREA) for array in (pixels, writing))
    return _Block(pixels, writing)

