"""True pages made ready for learning: small, grey, upright, with the area that is handwriting.

Data sets outline lines in their own ways, and draw regions in more ways still, so here a region has one
definition for all of them: lines with less than three line heights of paper between one and the next.
"""
from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import List, Sequence, Tuple

import cv2
import numpy as np

from ocr.datasets.opening import GroundTruthPage, open_dataset, report
from ocr.errors import DatasetError, ImageError
from ocr.images.load import grey, read_frame
from ocr.images.rectify import turn
from ocr.page.geometry import Polygon, Transform
from ocr.page.model import Page
from ocr.paragraphs.regions import close_gaps, fill_holes, patches, trace_outline

LONGEST = 960               # pixels of a sheet's longer side
GAP = 3.0                   # paper between two lines of one region, in line heights
_SIDE_GAP = 0.5             # paper between two pieces of one line, in line heights


@dataclass(frozen=True)
class Sheet:
    """One page to learn from or to be scored on.

    Parameters
    ----------
    name : the page's name, unique in its data set.
    pixels : (H, W) uint8 grey, upright.
    writing : (H, W) uint8, 255 where there is handwriting, the paper between its lines included; else 0.
    regions : the outlines of that area, in pixels of the sheet.
    text : what is written, one line a line.
    lines : the outlines of lines, as the data set has them, in pixels of the sheet.
    """

    name: str
    pixels: np.ndarray = field(repr=False, compare=False)
    writing: np.ndarray = field(repr=False, compare=False)
    regions: Tuple[Polygon, ...] = ()
    text: str = field(default="", repr=False, compare=False)
    lines: Tuple[Polygon, ...] = field(default=(), repr=False, compare=False)


def load_sheets(data: Sequence[str], split: str, longest: int = LONGEST) -> List[Sheet]:
    """Read the pages of a split of some data sets; what is missing or damaged there is reported on stderr.

    Parameters
    ----------
    data : data sets as KIND:DIR.
    split : name or list file.
    longest : pixels of a sheet's longer side.

    Raises
    ------
    DatasetError : a data set or split is not there, or none of its pages can be read.
    """
    sheets: List[Sheet] = []
    for spec in data:
        dataset = open_dataset(spec)
        for ground_truth in dataset.pages(split):
            try:
                sheets.append(load_sheet(ground_truth, longest))
            except ImageError as error:
                print(error, file=sys.stderr)
        for message in report(dataset):
            print(message, file=sys.stderr)
    if not sheets:
        raise DatasetError(f"No page of {', '.join(data)} in split {split!r} can be read. "
                           "Give a data set with images, or another split.")
    return sheets


def load_sheet(ground_truth: GroundTruthPage, longest: int = LONGEST) -> Sheet:
    """Read a true page's image and draw its handwriting.

    Parameters
    ----------
    ground truth : page with outlines of its lines, and its image.
    longest : pixels of the sheet's longer side.

    Raises
    ------
    ImageError : the image cannot be read.
    """
    return make_sheet(ground_truth.name, read_frame(ground_truth.image, ground_truth.page.frame).pixels, ground_truth.page, longest)


def make_sheet(name: str, pixels: np.ndarray, page: Page, longest: int = LONGEST) -> Sheet:
    """Make a sheet of a page and its image, uint8 (H, W, 3) RGB or (H, W) grey as loaded."""
    pixels = turn(grey(pixels), page.orientation)
    scale = longest / max(pixels.shape)
    size = tuple(max(1, round(side * scale)) for side in pixels.shape)
    small = cv2.resize(pixels, size[::-1], interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    lines = _upright_lines(page, pixels.shape, size)
    writing = draw_writing(lines, size)
    return Sheet(name, small, writing, outlines(writing), page.text, lines)


def draw_writing(lines: Sequence[Polygon], size: Tuple[int, int]) -> np.ndarray:
    """Fill the outlines of lines, and the paper between lines of one region.

    Parameters
    ----------
    lines : outlines in pixels of the result, upright.
    size : (height, width) of the result.

    Returns
    -------
    uint8, 255 where there is handwriting.
    """
    mask = np.zeros(size, np.uint8)
    for line in lines:
        cv2.fillPoly(mask, [np.round(line.array - 0.5).astype(np.int32)], 255)
    if not lines:
        return mask
    height = float(np.median([line.area / max(line.box.width, 1.0) for line in lines]))
    return fill_holes(close_gaps(mask, round(_SIDE_GAP * height), round(GAP * height)))


def outlines(writing: np.ndarray) -> Tuple[Polygon, ...]:
    """Trace the regions of an area of handwriting, to the pixel."""
    return tuple(trace_outline(patch, tolerance=0.5) for patch in patches(writing, least_area=16))


def _upright_lines(page: Page, whole: Tuple[int, int], size: Tuple[int, int]) -> Tuple[Polygon, ...]:
    """Bring the outlines of a page's lines from its image, as loaded, to the sheet's pixels."""
    shrink = Transform((size[1] / whole[1], 0, 0, 0, size[0] / whole[0], 0, 0, 0, 1))
    to_sheet = Transform.quarter_turns(page.orientation, page.size).then(shrink)
    return tuple(to_sheet.polygon(line.polygon) for line in page.lines)
