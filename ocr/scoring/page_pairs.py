"""Pair the recognised text of a page with its transcript: line by line, matched by position, or as one text."""
from __future__ import annotations

from typing import List

from ocr.page.model import Page
from ocr.scoring.detection import match_outlines
from ocr.scoring.error_rates import TextPair


def line_pairs(ground_truth: Page, found: Page, group: str, iou: float = 0.3) -> List[TextPair]:
    """Pair a page's lines by overlap of their outlines; missing and surplus lines count, too.

    A ground-truth line without a match gets an empty hypothesis, a detected line without a match an empty reference.

    Parameters
    ----------
    ground_truth, found : the same page, in pixels of the same image.
    group : the page's name.
    iou : minimum IoU of a pair, from 0 to 1.
    """
    expected = [line for line in ground_truth.lines if line.text.strip()]
    detected = list(found.lines)
    outlines = [line.polygon for line in detected]
    confidences = [1.0 if line.confidence is None else line.confidence for line in detected]
    match_of = {match.ground_truth: match.found
               for match in match_outlines([line.polygon for line in expected], outlines, confidences, iou)}
    pairs = [TextPair(line.text, detected[match_of[index]].text if index in match_of else "", group)
             for index, line in enumerate(expected)]
    surplus = set(range(len(detected))) - set(match_of.values())
    return pairs + [TextPair("", detected[index].text, group) for index in sorted(surplus) if detected[index].text.strip()]


def page_pair(ground_truth: Page, found: Page, group: str) -> TextPair:
    """Pair a page's whole text in reading order; scoring counts line breaks as single spaces."""
    return TextPair(ground_truth.text, found.text, group)
