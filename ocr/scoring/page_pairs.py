"""Pair what was read on a page with its transcript: line by line, matched by place, or as one text."""
from __future__ import annotations

from typing import List

from ocr.page.model import Page
from ocr.scoring.detection import match_outlines
from ocr.scoring.error_rates import TextPair


def line_pairs(ground_truth: Page, found: Page, group: str, iou: float = 0.3) -> List[TextPair]:
    """Pair a page's lines by overlap of their outlines; no pair is left out of the count.

    A line of the ground truth that no found line covers gets an empty hypothesis, a found line that covers none an empty
    reference.

    Parameters
    ----------
    ground truth, found : the same page, in pixels of the same image.
    group : the page's name.
    iou : lowest intersection over union of a pair, from 0 to 1.
    """
    wanted = [line for line in ground_truth.lines if line.text.strip()]
    read = list(found.lines)
    outlines = [line.polygon for line in read]
    confidences = [1.0 if line.confidence is None else line.confidence for line in read]
    partner = {match.ground_truth: match.found
               for match in match_outlines([line.polygon for line in wanted], outlines, confidences, iou)}
    pairs = [TextPair(line.text, read[partner[index]].text if index in partner else "", group)
             for index, line in enumerate(wanted)]
    surplus = set(range(len(read))) - set(partner.values())
    return pairs + [TextPair("", read[index].text, group) for index in sorted(surplus) if read[index].text.strip()]


def page_pair(ground_truth: Page, found: Page, group: str) -> TextPair:
    """Pair a page's whole text in reading order; scoring counts line breaks as single spaces."""
    return TextPair(ground_truth.text, found.text, group)
