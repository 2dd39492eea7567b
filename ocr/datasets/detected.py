"""Ground-truth texts for the lines that stage 2 detects on pages of a data set, so that stage 3 is trained on detected outlines.

A detected line is matched to a ground-truth line only where its line image shows all of that line's text and no other text:

- the intersection over union of the outlines is at least MIN_OVERLAP: it is that line, and about as high;
- of no other ground-truth line more than MAX_OF_ANOTHER is covered: descenders and sloping neighbours may reach in, words
  may not;
- it ends at most MAX_CUT_OFF heights of the ground-truth line inside the ground-truth line's ends. The overlap does not ensure
  that: of a line 20 times as long as it is high, half may be missing. With a line image's margin, half a height is part of a
  letter, as detectors do cut off; at a whole height, letters are missing that the network would learn to invent.

How far a detected line extends over empty paper does not matter.
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
from ocr.text.natural_order import natural_key

MIN_OVERLAP = 0.5
MAX_OF_ANOTHER = 0.25
MAX_CUT_OFF = 0.5


@dataclass(frozen=True)
class Detected:
    """Pages of detected lines with ground-truth texts.

    Parameters
    ----------
    pages : one for each document with a matched line.
    matched, unmatched : number of detected lines that were given a text, and of the others.
    without_document : number of requested pages that have no document.
    problems : documents that cannot be used, one line each.
    """

    pages: Tuple[GroundTruthPage, ...]
    matched: int
    unmatched: int
    without_document: int
    problems: Tuple[str, ...]

    def __str__(self) -> str:
        return (f"detected lines: {self.matched} took the text of a ground-truth line, {self.unmatched} match none; "
                f"{self.without_document} pages have no document of detected lines")


def detected_pages(pages: Sequence[GroundTruthPage], folders: Sequence[Path]) -> Detected:
    """Match the detected lines of pages to ground-truth lines, and give them their texts.

    Parameters
    ----------
    pages : those to train on. No other page's document is read.
    folders : documents as `scripts/2_segment_lines.py run` writes them, named as the pages are; a page may be in several.

    Raises
    ------
    DatasetError : a folder is missing or holds no document.
    """
    documents = _documents(folders)
    found: List[GroundTruthPage] = []
    problems: List[str] = []
    matched = unmatched = 0
    for ground_truth in pages:
        for path in documents.get(ground_truth.name.casefold(), ()):
            try:
                page = _read_checked(path, ground_truth)
            except (PageFormatError, DatasetError) as error:
                problems.append(str(error))
                continue
            lines = match_lines(page, ground_truth.page)
            matched, unmatched = matched + len(lines), unmatched + len(list(page.lines)) - len(lines)
            if lines:
                page = replace(page, frame=ground_truth.page.frame, regions=(replace(page.regions[0], lines=tuple(lines)),))
                found.append(replace(ground_truth, page=page, doubtful=frozenset()))
    without_document = sum(ground_truth.name.casefold() not in documents for ground_truth in pages)
    return Detected(tuple(found), matched, unmatched, without_document, tuple(problems))


def match_lines(found: Page, ground_truth: Page) -> List[Line]:
    """Return the detected lines that show exactly one ground-truth line each, with its text and without words."""
    lines, ground_truth_lines = list(found.lines), list(ground_truth.lines)
    if not lines or not ground_truth_lines:
        return []
    overlap = iou_matrix([line.polygon for line in lines], [line.polygon for line in ground_truth_lines])   # (detected, ground truth)
    areas = [np.array([line.polygon.area for line in side]) for side in (lines, ground_truth_lines)]
    covered = overlap * (areas[0][:, None] + areas[1]) / (1 + overlap) / np.maximum(areas[1], 1e-6)
    upright = Transform.quarter_turns(found.orientation, found.size)
    kept: List[Line] = []
    for line, row, shares in zip(lines, overlap, covered):
        best = int(row.argmax())
        target = ground_truth_lines[best]
        if (target.text.strip() and row[best] >= MIN_OVERLAP and (np.delete(shares, best) <= MAX_OF_ANOTHER).all()
                and _cut_off(line, target, upright) <= MAX_CUT_OFF):
            kept.append(replace(line, words=(), readings=(Reading(target.text),)))
    return kept


def _cut_off(line: Line, target: Line, upright: Transform) -> float:
    """Return how far a ground-truth line extends beyond a detected one, at the worse end, in mean heights of the former."""
    box, target_box = upright.polygon(line.polygon).box, upright.polygon(target.polygon).box
    height = target.polygon.area / max(target_box.width, 1e-6)
    return max(box.left - target_box.left, target_box.right - box.right) / max(height, 1e-6)


def _documents(folders: Sequence[Path]) -> Dict[str, List[Path]]:
    """List the documents of folders by page name."""
    found: Dict[str, List[Path]] = {}
    for folder in folders:
        paths = sorted(Path(folder).glob("*.xml"), key=natural_key)
        if not paths:
            raise DatasetError(f"{folder} holds no .xml file. Name a folder that scripts/2_segment_lines.py run wrote.")
        for path in paths:
            found.setdefault(path.stem.casefold(), []).append(path)
    return found


def _read_checked(path: Path, ground_truth: GroundTruthPage) -> Page:
    """Read a document, and check that its image has the size and orientation of the ground-truth page's."""
    page = read_document(path)
    if (tuple(page.size), page.orientation) != (tuple(ground_truth.page.size), ground_truth.page.orientation):
        raise DatasetError(f"{path} is of an image of {page.size[1]} x {page.size[0]} pixels with orientation "
                           f"{page.orientation}, the data set's has {ground_truth.page.size[1]} x {ground_truth.page.size[0]} and "
                           f"{ground_truth.page.orientation}. Run stages 1 and 2 on the data set's own images.")
    return page
