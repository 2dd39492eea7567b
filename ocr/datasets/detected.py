"""True texts for the lines that stage 2 found on pages of a data set, so that stage 3 learns from boxes as it will get them.

A found line takes the text of a ground-truth line only where its line image shows all of that text and none of another:

- intersection over union of the outlines is at least LEAST_OVERLAP: it is that line, and about as high;
- of no other ground-truth line more than MOST_OF_ANOTHER is covered: descenders and slanted neighbours may reach in, words may not;
- it ends at most MOST_CUT_OFF heights of the ground-truth line inside the ground-truth line's ends. The overlap does not see to that: of
  a line 20 times as long as it is high, half may be missing. With a line image's margin, half a height is part of a letter, as
  detectors do cut off; at a whole height, letters are missing that the network would learn to make up.

How far a found line reaches out over paper does not matter.
"""
from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Dict, List, Sequence, Tuple

import numpy as np

from ocr.datasets.ground_truth import GroundTruthPage
from ocr.errors import DatasetError, PageFormatError
from ocr.formats.document import read_document
from ocr.page.geometry import Transform
from ocr.page.model import Line, Page, Reading
from ocr.page.overlap import iou_matrix

MIN_OVERLAP = 0.5
MAX_OF_ANOTHER = 0.25
MAX_CUT_OFF = 0.5


@dataclass(frozen=True)
class Detected:
    """Pages whose lines are found ones with ground-truth texts.

    Parameters
    ----------
    pages : one for each document with a line that fits.
    matched, unmatched : found lines that took a text, and those that did not.
    without : pages asked for of which there is no document.
    problems : documents that cannot be used, one line each.
    """

    pages: Tuple[GroundTruthPage, ...]
    matched: int
    unmatched: int
    without: int
    problems: Tuple[str, ...]

    def __str__(self) -> str:
        return (f"detected lines: {self.matched} took the text of a ground-truth line, {self.unmatched} fit none; "
                f"{self.without} pages have no document of detected lines")


def detected_pages(pages: Sequence[GroundTruthPage], folders: Sequence[Path]) -> Detected:
    """Give the found lines of pages their ground-truth texts.

    Parameters
    ----------
    pages : those to learn from. No other page's document is looked at.
    folders : documents as `scripts/2_segment_lines.py run` writes them, named as the pages are; a page may be in several.

    Raises
    ------
    DatasetError : a folder is none, or holds no document.
    """
    documents = _documents(folders)
    found: List[GroundTruthPage] = []
    problems: List[str] = []
    matched = unmatched = 0
    for ground_truth in pages:
        for path in documents.get(ground_truth.name.casefold(), ()):
            try:
                page = _fitting(path, ground_truth)
            except (PageFormatError, DatasetError) as error:
                problems.append(str(error))
                continue
            lines = match_lines(page, ground_truth.page)
            matched, unmatched = matched + len(lines), unmatched + len(list(page.lines)) - len(lines)
            if lines:
                page = replace(page, frame=ground_truth.page.frame, regions=(replace(page.regions[0], lines=tuple(lines)),))
                found.append(replace(ground_truth, page=page, doubtful=frozenset()))
    without = sum(ground_truth.name.casefold() not in documents for ground_truth in pages)
    return Detected(tuple(found), matched, unmatched, without, tuple(problems))


def match_lines(found: Page, ground_truth: Page) -> List[Line]:
    """Return the lines of a page that show exactly one ground-truth line each, with its text and without words of their own."""
    lines, ground_truth_lines = list(found.lines), list(ground_truth.lines)
    if not lines or not ground_truth_lines:
        return []
    overlap = iou_matrix([line.polygon for line in lines], [line.polygon for line in ground_truth_lines])   # (found, true)
    areas = [np.array([line.polygon.area for line in side]) for side in (lines, ground_truth_lines)]
    covered = overlap * (areas[0][:, None] + areas[1]) / (1 + overlap) / np.maximum(areas[1], 1e-6)
    upright = Transform.quarter_turns(found.orientation, found.size)
    kept: List[Line] = []
    for line, row, shares in zip(lines, overlap, covered):
        best = int(row.argmax())
        true = ground_truth_lines[best]
        if (true.text.strip() and row[best] >= MIN_OVERLAP and (np.delete(shares, best) <= MAX_OF_ANOTHER).all()
                and _cut_off(line, true, upright) <= MAX_CUT_OFF):
            kept.append(replace(line, words=(), readings=(Reading(true.text),)))
    return kept


def _cut_off(line: Line, true: Line, upright: Transform) -> float:
    """How far the ground-truth line reaches out of a found one at either end, in mean heights of the ground-truth line."""
    found, wanted = upright.polygon(line.polygon).box, upright.polygon(true.polygon).box
    height = true.polygon.area / max(wanted.width, 1e-6)
    return max(found.left - wanted.left, wanted.right - found.right) / max(height, 1e-6)


def _documents(folders: Sequence[Path]) -> Dict[str, List[Path]]:
    """List the documents of folders by page name."""
    found: Dict[str, List[Path]] = {}
    for folder in folders:
        paths = sorted(Path(folder).glob("*.xml"))
        if not paths:
            raise DatasetError(f"{folder} holds no .xml file. Name a folder that scripts/2_segment_lines.py run wrote.")
        for path in paths:
            found.setdefault(path.stem.casefold(), []).append(path)
    return found


def _fitting(path: Path, ground_truth: GroundTruthPage) -> Page:
    """Read a document, and make sure that it is of the true page's image, taken the same way up."""
    page = read_document(path)
    if (tuple(page.size), page.orientation) != (tuple(ground_truth.page.size), ground_truth.page.orientation):
        raise DatasetError(f"{path} is of an image of {page.size[1]} x {page.size[0]} pixels with orientation "
                           f"{page.orientation}, the data set's has {ground_truth.page.size[1]} x {ground_truth.page.size[0]} and "
                           f"{ground_truth.page.orientation}. Run stages 1 and 2 on the data set's own images.")
    return page
