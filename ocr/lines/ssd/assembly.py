"""From boxes of lines and boxes of words to lines that hold words: each word finds its line, or makes one.

Axis letters: K boxes of words, L boxes of lines. Boxes are slanted boxes, see `ocr.lines.ssd.boxes`.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import List, Optional, Sequence, Tuple

import numpy as np

from ocr.lines.ssd.boxes import gap, intersections, level
from ocr.lines.ssd.detection import Detections
from ocr.lines.ssd.settings import AssemblySettings

SAME_ROW = 0.35             # of the lower height: how far the middle lines of two pieces of one line may be apart
TOUCHING = 0.8              # of the lower height: how far apart pieces of one line may end and begin
NEAR_ROW = 0.75             # of the line's height: how far a word's middle may be from that of its line
OVERHANG = 0.25             # heights: how far a line box may reach beyond its last word before that word seems missing
REACH = 3.0                 # heights: how far a word may stand from its line's end, or from the next word
STAND = 0.2                 # of a line's height: how far below its middle the letters stand
WORDS_SAY = 0.25            # share of the words' word in where a line's upper and lower side lie; the line box has the rest


@dataclass(frozen=True)
class FoundLine:
    """One line in pixels of a crop.

    Parameters
    ----------
    box : (5,) slanted box.
    baseline : how far below the box's middle line the writing stands, in pixels.
    words : (K, 5) slanted boxes from left to right.
    word_scores : (K,) from 0 to 1.
    confidence : from 0 to 1.
    """

    box: np.ndarray = field(repr=False)
    baseline: float
    words: np.ndarray = field(repr=False)
    word_scores: np.ndarray = field(repr=False)
    confidence: float


def assemble(found: Detections, settings: AssemblySettings = AssemblySettings()) -> List[FoundLine]:
    """Make lines of what was found in one crop, in no particular order.

    A word belongs to the line whose middle passes nearest to its own. Words that no line passes near are chained up
    from left to right to lines of their own. A line without words stays a line if it scores well.
    """
    sure, counted = found.line_scores >= settings.min_line_score, found.word_scores >= settings.min_word_score
    tracks, track_scores = _joined(found.lines[sure], found.line_scores[sure])
    words, scores = found.words[counted], found.word_scores[counted]
    owners = _owners(words, tracks)                                              # (K,)
    lines = []
    for index, (track, score) in enumerate(zip(tracks, track_scores)):
        own = owners == index
        if own.any():
            lines.append(_line(words[own], scores[own], track, float(score)))
        elif score >= settings.min_alone_score:
            lines.append(FoundLine(track, STAND * track[3], words[:0], scores[:0], float(score)))
    for chain in _chains(words, np.flatnonzero(owners < 0)):
        if len(chain) > 1 or scores[chain[0]] >= settings.min_alone_score:
            lines.append(_line(words[chain], scores[chain]))
    return _without_duplicates(lines, settings.max_cover)


def _joined(boxes: np.ndarray, scores: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Join pieces of one line, (L, 5) and (L,): those on one row that overlap or nearly touch."""
    index = 0
    while index < len(boxes):
        mates = _pieces_of_one_line(boxes[index], boxes)                         # (L,)
        mates[index] = False
        if not mates.any():
            index += 1
            continue
        pair = [index, int(mates.argmax())]
        pieces, weights = boxes[pair], boxes[pair, 2]
        whole = _around(pieces, _slope(pieces), float(np.average(pieces[:, 3], weights=weights)))
        score = np.average(scores[pair], weights=weights)
        boxes, scores = np.vstack([np.delete(boxes, pair, axis=0), whole]), np.append(np.delete(scores, pair), score)
        index -= pair[1] < index
    return boxes, scores


def _pieces_of_one_line(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    return (gap(box, boxes) < TOUCHING * np.minimum(box[3], boxes[:, 3])) & _same_row(box, boxes)


def _same_row(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Whether the middle lines of a box, (5,), and of others, (..., 5), meet half-way between their near ends."""
    box, boxes = np.broadcast_arrays(box, boxes)
    ends = np.stack([one[..., 0] + side * one[..., 2] for one in (box, boxes) for side in (-0.5, 0.5)], axis=-1)
    middle = np.sort(ends, axis=-1)[..., 1:3].mean(axis=-1)
    return np.abs(level(box, middle) - level(boxes, middle)) < SAME_ROW * np.minimum(box[..., 3], boxes[..., 3])


def _slope(boxes: np.ndarray) -> float:
    """Fit one slope to the middle lines of boxes, (K, 5), by least squares."""
    at = np.array([-0.5, 0.0, 0.5])
    x = (boxes[:, :1] + at * boxes[:, 2:3]).reshape(-1)                          # (3 K,)
    y = (boxes[:, 1:2] + boxes[:, 4:] * at * boxes[:, 2:3]).reshape(-1)
    weights = np.repeat(boxes[:, 2], 3)
    weights = weights / weights.sum()
    x, y = x - weights @ x, y - weights @ y
    return float((weights @ (x * y)) / max(weights @ (x * x), 1e-6))


def _around(boxes: np.ndarray, slope: float, height: float) -> np.ndarray:
    """Return the box of a slope and height that runs from the left end to the right end of others, in their middle."""
    left, right = (boxes[:, 0] - boxes[:, 2] / 2).min(), (boxes[:, 0] + boxes[:, 2] / 2).max()
    x = (left + right) / 2
    y = np.average(boxes[:, 1] + slope * (x - boxes[:, 0]), weights=boxes[:, 2])
    return np.array([x, y, right - left, height, slope])


def _owners(words: np.ndarray, tracks: np.ndarray) -> np.ndarray:
    """Return the index of the line that each word belongs to, -1 where none passes near, (K,)."""
    if not len(tracks) or not len(words):
        return np.full(len(words), -1)
    pairs = words[:, None], tracks[None]                                         # (K, 1, 5), (1, L, 5)
    off = np.abs(level(pairs[1], pairs[0][..., 0]) - pairs[0][..., 1]) / tracks[None, :, 3]     # (K, L)
    away = np.maximum(gap(*pairs), 0) / tracks[None, :, 3]                       # (K, L)
    cost = np.where((off < NEAR_ROW) & (away < REACH), off + 0.3 * away, np.inf)
    return np.where(np.isfinite(cost.min(axis=1)), cost.argmin(axis=1), -1)


def _chains(words: np.ndarray, loose: np.ndarray) -> List[List[int]]:
    """Chain up words that have no line: each follows the nearest word to its left that stands on the same row."""
    chains: List[List[int]] = []
    for index in loose[np.argsort(words[loose, 0], kind="stable")]:
        distances = [float(gap(words[chain[-1]], words[index])) if _same_row(words[chain[-1]], words[index]) else np.inf
                     for chain in chains]
        best = int(np.argmin(distances)) if chains else -1
        if chains and distances[best] < REACH * words[index][3]:
            chains[best].append(int(index))
        else:
            chains.append([int(index)])
    return chains


def _line(words: np.ndarray, scores: np.ndarray, guide: Optional[np.ndarray] = None, score: float = 0.0) -> FoundLine:
    """Make a line of its words, (K, 5) and (K,), and of the line box and score that led to them, if there is one.

    The slope is that of all together; the ends are those of the words, unless the line box reaches much further.
    """
    order = np.argsort(words[:, 0])
    words, scores = words[order], scores[order]
    boxes = words if guide is None else np.concatenate([words, guide[None]])
    slope = _slope(boxes) if len(boxes) > 2 else float(boxes[-1][4])
    left, right = (words[:, 0] - words[:, 2] / 2).min(), (words[:, 0] + words[:, 2] / 2).max()
    confidence = float(np.average(scores, weights=words[:, 2]))
    if guide is not None:
        ends, reach = guide[0] + np.array([-0.5, 0.5]) * guide[2], OVERHANG * guide[3]
        left, right = ends[0] if left - ends[0] > reach else left, ends[1] if ends[1] - right > reach else right
        confidence = (confidence + score) / 2
    x = (left + right) / 2
    middle = words[:, 1] + slope * (x - words[:, 0])                             # (K,) as if all stood at x
    top, bottom = (middle - words[:, 3] / 2).min(), (middle + words[:, 3] / 2).max()
    stand = (top + bottom) / 2 + STAND * (bottom - top)
    if guide is not None:
        y = float(level(guide, x))
        stand = y + STAND * guide[3]
        top += (1 - WORDS_SAY) * (y - guide[3] / 2 - top)
        bottom += (1 - WORDS_SAY) * (y + guide[3] / 2 - bottom)
    box = np.array([x, (top + bottom) / 2, right - left, bottom - top, slope])
    return FoundLine(box, float(stand - box[1]), words, scores, confidence)


def _without_duplicates(lines: Sequence[FoundLine], max_cover: float) -> List[FoundLine]:
    """Drop lines that lie for the most part in one of higher confidence."""
    kept: List[FoundLine] = []
    for line in sorted(lines, key=lambda line: -line.confidence):
        if kept:
            boxes = np.array([other.box for other in kept])
            areas = np.minimum(boxes[:, 2] * boxes[:, 3], line.box[2] * line.box[3])
            if (intersections(line.box, boxes) > max_cover * areas).any():
                continue
        kept.append(line)
    return kept
