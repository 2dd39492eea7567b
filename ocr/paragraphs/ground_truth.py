"""Ground-truth pages prepared for training and scoring: small, grey, upright, with a mask of the handwriting.

Data sets outline lines in different ways, and regions even more so; here a region has one definition for all of
them: lines with less than three line heights of paper between one and the next.
"""
from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import List, Optional, Sequence, Tuple

import cv2
import numpy as np

from ocr.datasets.opening import GroundTruthPage, open_dataset, report
from ocr.errors import DatasetError, ImageError
from ocr.images.load import grey, image_size, read_frame
from ocr.images.rectify import turn
from ocr.page.geometry import Polygon, Transform
from ocr.page.model import Page
from ocr.paragraphs.kinds import KINDS
from ocr.paragraphs.regions import close_gaps, components, fill_holes, trace_outline

LONGEST = 960               # of the longer side of a page, in pixels
GAP = 3.0                   # paper between two lines of one region, in line heights
_SIDE_GAP = 0.5             # paper between two pieces of one line, in line heights


@dataclass(frozen=True)
class LabelledPage:
    """One page with its ground truth, for training or scoring.

    Parameters
    ----------
    name : the page's name, unique in its data set.
    pixels : (H, W) uint8 grey, upright.
    writing : (H, W) uint8, 255 where there is handwriting, including the paper between its lines; else 0.
    regions : the outlines of that area, in pixels of this page.
    text : transcript, one text line a line.
    lines : the outlines of lines, as the data set has them, in pixels of this page.
    machine : (H, W, 2) uint8, 255 where there is typewriting, and print; None where that is not known.
    """

    name: str
    pixels: np.ndarray = field(repr=False, compare=False)
    writing: np.ndarray = field(repr=False, compare=False)
    regions: Tuple[Polygon, ...] = ()
    text: str = field(default="", repr=False, compare=False)
    lines: Tuple[Polygon, ...] = field(default=(), repr=False, compare=False)
    machine: Optional[np.ndarray] = field(default=None, repr=False, compare=False)

    @property
    def kinds(self) -> np.ndarray:
        """The masks of all kinds of text, (H, W, K) uint8; those that are not known are empty."""
        machine = np.zeros((*self.writing.shape, len(KINDS) - 1), np.uint8) if self.machine is None else self.machine
        return np.concatenate([self.writing[..., None], machine], axis=2)


def load_labelled_pages(data: Sequence[str], split: str, longest: int = LONGEST) -> List[LabelledPage]:
    """Load the pages of one split of some data sets; missing and damaged files are reported on stderr.

    Parameters
    ----------
    data : data sets as KIND:DIR.
    split : name or list file.
    longest : of the longer side of a page, in pixels.

    Raises
    ------
    DatasetError : a data set or split does not exist, or none of its pages can be read.
    """
    pages: List[LabelledPage] = []
    for spec in data:
        dataset = open_dataset(spec)
        for ground_truth in dataset.pages(split):
            try:
                pages.append(load_labelled_page(ground_truth, longest))
            except ImageError as error:
                print(error, file=sys.stderr)
        for message in report(dataset):
            print(message, file=sys.stderr)
    if not pages:
        raise DatasetError(f"No page of {', '.join(data)} in split {split!r} can be read. "
                           "Give a data set with images, or another split.")
    return pages


def load_labelled_page(ground_truth: GroundTruthPage, longest: int = LONGEST) -> LabelledPage:
    """Read the image of a ground-truth page and draw the mask of its handwriting.

    Parameters
    ----------
    ground_truth : page with outlines of its lines, and its image.
    longest : of the longer side of the page, in pixels.

    Raises
    ------
    ImageError : the image cannot be read.
    """
    return make_labelled_page(ground_truth.name, read_frame(ground_truth.image, ground_truth.page.frame).pixels, ground_truth.page, longest)


def make_labelled_page(name: str, pixels: np.ndarray, page: Page, longest: int = LONGEST) -> LabelledPage:
    """Make a labelled page from a page and its image, uint8 (H, W, 3) RGB or (H, W) grey as loaded."""
    pixels = turn(grey(pixels), page.orientation)
    scale = longest / max(pixels.shape)
    height, width = image_size(pixels)
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    small = cv2.resize(pixels, size[::-1], interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    lines = _upright_lines(page, (height, width), size)
    writing = draw_writing(lines, size)
    return LabelledPage(name, small, writing, outlines(writing), page.text, lines)


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
    return tuple(trace_outline(component, tolerance=0.5) for component in components(writing, min_area=16))


def _upright_lines(page: Page, whole: Tuple[int, int], size: Tuple[int, int]) -> Tuple[Polygon, ...]:
    """Map the outlines of a page's lines from its image, as loaded, to pixels of the labelled page."""
    shrink = Transform((size[1] / whole[1], 0, 0, 0, size[0] / whole[0], 0, 0, 0, 1))
    to_labelled = Transform.quarter_turns(page.orientation, page.size).then(shrink)
    return tuple(to_labelled.polygon(line.polygon) for line in page.lines)
