"""Assemble detected lines and words: each word is assigned to its line, or starts a new one.

Axis letters: K boxes of words, L boxes of lines. Boxes are slanted boxes, see `ocr.lines.ssd.boxes`.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import List, Optional, Sequence, Tuple

import numpy as np

from ocr.lines.ssd.boxes import gap, intersections, level
from ocr.lines.ssd.detection import Detections
from ocr.lines.ssd.settings import AssemblySettings

MAX_ROW_OFFSET = 0.35       # of the lower height: vertical distance of the middle lines of two pieces of one line
MAX_PIECE_GAP = 0.8         # of the lower height: horizontal gap between pieces of one line
MAX_WORD_OFFSET = 0.75      # of the line's height: vertical distance of a word's middle from that of its line
MAX_OVERHANG = 0.25         # heights: by which a line box may reach beyond its last word before a word seems missing
MAX_WORD_GAP = 3.0          # heights: horizontal gap between a word and its line, or the next word
BASELINE_DEPTH = 0.2        # of a line's height: depth of the baseline below its middle
WORD_WEIGHT = 0.25          # weight of the words' boxes in a line's upper and lower side; the line box has the rest


@dataclass(frozen=True)
class AssembledLine:
    """One line with its words, in pixels of a crop.

    Parameters
    ----------
    box : (5,) slanted box.
    baseline : depth of the baseline below the middle line of the box, in pixels.
    words : (K, 5) slanted boxes from left to right.
    word_scores : (K,) from 0 to 1.
    confidence : from 0 to 1.
    """

    box: np.ndarray = field(repr=False)
    baseline: float
    words: np.ndarray = field(repr=False)
    word_scores: np.ndarray = field(repr=False)
    confidence: float


def assemble(found: Detections, settings: AssemblySettings = AssemblySettings()) -> List[AssembledLine]:
    """Assemble the detections in one crop into lines, in no particular order.

    A word is assigned to the line whose middle passes nearest to its own. Words that no line passes near are chained
    from left to right into new lines. A line without words is kept if its score is high enough.
    """
    kept_lines, kept_words = found.line_scores >= settings.min_line_score, found.word_scores >= settings.min_word_score
    tracks, track_scores = _merge_fragments(found.lines[kept_lines], found.line_scores[kept_lines])
    words, scores = found.words[kept_words], found.word_scores[kept_words]
    assignment = _assign(words, tracks)                                         # (K,)
    lines = []
    for index, (track, score) in enumerate(zip(tracks, track_scores)):
        own = assignment == index
        if own.any():
            lines.append(_line(words[own], scores[own], track, float(score)))
        elif score >= settings.min_alone_score:
            lines.append(AssembledLine(track, BASELINE_DEPTH * track[3], words[:0], scores[:0], float(score)))
    for chain in _chains(words, np.flatnonzero(assignment < 0)):
        if len(chain) > 1 or scores[chain[0]] >= settings.min_alone_score:
            lines.append(_line(words[chain], scores[chain]))
    return _without_duplicates(lines, settings.max_cover)


def _merge_fragments(boxes: np.ndarray, scores: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Merge fragments of one line, (L, 5) and (L,): boxes on one row that overlap or nearly touch."""
    index = 0
    while index < len(boxes):
        fragments = _fragments_of(boxes[index], boxes)                         # (L,)
        fragments[index] = False
        if not fragments.any():
            index += 1
            continue
        pair = [index, int(fragments.argmax())]
        pieces, weights = boxes[pair], boxes[pair, 2]
        whole = _spanning_box(pieces, _slope(pieces), float(np.average(pieces[:, 3], weights=weights)))
        score = np.average(scores[pair], weights=weights)
        boxes, scores = np.vstack([np.delete(boxes, pair, axis=0), whole]), np.append(np.delete(scores, pair), score)
        index -= pair[1] < index
    return boxes, scores


def _fragments_of(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    return (gap(box, boxes) < MAX_PIECE_GAP * np.minimum(box[3], boxes[:, 3])) & _same_row(box, boxes)


def _same_row(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Tell whether the middle lines of a box, (5,), and of others, (..., 5), meet half-way between their nearest ends."""
    box, boxes = np.broadcast_arrays(box, boxes)
    ends = np.stack([one[..., 0] + side * one[..., 2] for one in (box, boxes) for side in (-0.5, 0.5)], axis=-1)
    middle = np.sort(ends, axis=-1)[..., 1:3].mean(axis=-1)
    return np.abs(level(box, middle) - level(boxes, middle)) < MAX_ROW_OFFSET * np.minimum(box[..., 3], boxes[..., 3])


def _slope(boxes: np.ndarray) -> float:
    """Fit one slope to the middle lines of boxes, (K, 5), by least squares."""
    at = np.array([-0.5, 0.0, 0.5])
    x = (boxes[:, :1] + at * boxes[:, 2:3]).reshape(-1)                          # (3 K,)
    y = (boxes[:, 1:2] + boxes[:, 4:] * at * boxes[:, 2:3]).reshape(-1)
    weights = np.repeat(boxes[:, 2], 3)
    weights = weights / weights.sum()
    x, y = x - weights @ x, y - weights @ y
    return float((weights @ (x * y)) / max(weights @ (x * x), 1e-6))


def _spanning_box(boxes: np.ndarray, slope: float, height: float) -> np.ndarray:
    """Return the box of given slope and height that spans others from left to right, through their middle."""
    left, right = (boxes[:, 0] - boxes[:, 2] / 2).min(), (boxes[:, 0] + boxes[:, 2] / 2).max()
    x = (left + right) / 2
    y = np.average(boxes[:, 1] + slope * (x - boxes[:, 0]), weights=boxes[:, 2])
    return np.array([x, y, right - left, height, slope])


def _assign(words: np.ndarray, tracks: np.ndarray) -> np.ndarray:
    """Return the index of the line that each word is assigned to, -1 where none passes near, (K,)."""
    if not len(tracks) or not len(words):
        return np.full(len(words), -1)
    pairs = words[:, None], tracks[None]                                         # (K, 1, 5), (1, L, 5)
    off = np.abs(level(pairs[1], pairs[0][..., 0]) - pairs[0][..., 1]) / tracks[None, :, 3]     # (K, L)
    away = np.maximum(gap(*pairs), 0) / tracks[None, :, 3]                       # (K, L)
    cost = np.where((off < MAX_WORD_OFFSET) & (away < MAX_WORD_GAP), off + 0.3 * away, np.inf)
    return np.where(np.isfinite(cost.min(axis=1)), cost.argmin(axis=1), -1)


def _chains(words: np.ndarray, unassigned: np.ndarray) -> List[List[int]]:
    """Chain words without a line: each follows the nearest word to its left on the same row."""
    chains: List[List[int]] = []
    for index in unassigned[np.argsort(words[unassigned, 0], kind="stable")]:
        distances = [float(gap(words[chain[-1]], words[index])) if _same_row(words[chain[-1]], words[index]) else np.inf
                     for chain in chains]
        best = int(np.argmin(distances)) if chains else -1
        if chains and distances[best] < MAX_WORD_GAP * words[index][3]:
            chains[best].append(int(index))
        else:
            chains.append([int(index)])
    return chains


def _line(words: np.ndarray, scores: np.ndarray, line_box: Optional[np.ndarray] = None, score: float = 0.0) -> AssembledLine:
    """Make a line from its words, (K, 5) and (K,), and from the detected line box and its score, if there is one.

    The slope is fitted to all of them; the ends are those of the words, unless the line box reaches much further.
    """
    order = np.argsort(words[:, 0])
    words, scores = words[order], scores[order]
    boxes = words if line_box is None else np.concatenate([words, line_box[None]])
    slope = _slope(boxes) if len(boxes) > 2 else float(boxes[-1][4])
    left, right = (words[:, 0] - words[:, 2] / 2).min(), (words[:, 0] + words[:, 2] / 2).max()
    confidence = float(np.average(scores, weights=words[:, 2]))
    if line_box is not None:
        ends, reach = line_box[0] + np.array([-0.5, 0.5]) * line_box[2], MAX_OVERHANG * line_box[3]
        left, right = ends[0] if left - ends[0] > reach else left, ends[1] if ends[1] - right > reach else right
        confidence = (confidence + score) / 2
    x = (left + right) / 2
    middle = words[:, 1] + slope * (x - words[:, 0])                             # (K,) shifted along the slope to x
    top, bottom = (middle - words[:, 3] / 2).min(), (middle + words[:, 3] / 2).max()
    baseline = (top + bottom) / 2 + BASELINE_DEPTH * (bottom - top)
    if line_box is not None:
        y = float(level(line_box, x))
        baseline = y + BASELINE_DEPTH * line_box[3]
        top += (1 - WORD_WEIGHT) * (y - line_box[3] / 2 - top)
        bottom += (1 - WORD_WEIGHT) * (y + line_box[3] / 2 - bottom)
    box = np.array([x, (top + bottom) / 2, right - left, bottom - top, slope])
    return AssembledLine(box, float(baseline - box[1]), words, scores, confidence)


def _without_duplicates(lines: Sequence[AssembledLine], max_cover: float) -> List[AssembledLine]:
    """Drop lines that lie mostly inside one of higher confidence."""
    kept: List[AssembledLine] = []
    for line in sorted(lines, key=lambda line: -line.confidence):
        if kept:
            boxes = np.array([other.box for other in kept])
            areas = np.minimum(boxes[:, 2] * boxes[:, 3], line.box[2] * line.box[3])
            if (intersections(line.box, boxes) > max_cover * areas).any():
                continue
        kept.append(line)
    return kept
