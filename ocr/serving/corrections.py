"""Replace what was read by a user's text: unchanged words keep their outlines, new ones share the gaps."""
from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import List, Mapping, Sequence, Tuple

import numpy as np

from ocr.errors import InputError
from ocr.page.geometry import Polygon
from ocr.page.model import Line, Page, Reading, Word
from ocr.formats.xml_parsing import UniqueIds, one_line, xml_text

LONGEST = 2000                      # characters of a line
_GAP = 0.25                         # of a line's height: minimum half width of a new word


@dataclass(frozen=True)
class _Axes:
    """A line's own directions: `along` where it is read, `down` across it, both unit vectors (x, y) in page pixels."""

    along: Tuple[float, float]
    down: Tuple[float, float]

    def extent(self, polygon: Polygon) -> np.ndarray:
        """Return ((start, end) along, (top, bottom) across), of shape (2, 2)."""
        places = polygon.array @ np.array([self.along, self.down]).T                # (P, 2)
        return np.stack([places.min(axis=0), places.max(axis=0)], axis=1)

    def box(self, start: float, end: float, across: Sequence[float]) -> Polygon:
        """Return the outline that runs from start to end along the line; its first edge is the upper one."""
        corners = np.array([(start, across[0]), (end, across[0]), (end, across[1]), (start, across[1])])
        return Polygon.from_array(corners @ np.array([self.along, self.down]))      # the two are at right angles


def correct(page: Page, texts: Mapping[str, str]) -> Page:
    """Return a page with other text in some of its lines.

    The new text is the line's best reading, without a confidence; the readings of the recogniser follow it. Line breaks in it
    become spaces, and characters that no document can hold become U+FFFD.

    Parameters
    ----------
    texts : new text by the line's id; an empty text means that the line has no text.

    Raises
    ------
    InputError : the page has no line of this id, or a text is too long.
    """
    unknown = sorted(set(texts) - {line.id for line in page.lines})
    if unknown:
        raise InputError(f"The page has no line with the id {ascii(unknown[0][:40])}. Take the ids from the page's JSON.")
    lines = tuple(page.lines)
    ids = UniqueIds([*(region.id for region in page.regions), *(line.id for line in lines), *(word.id for word in _words(lines))])

    def corrected(line: Line) -> Line:
        if line.id not in texts:
            return line
        text = xml_text(one_line(texts[line.id]))
        if len(text) > LONGEST:
            raise InputError(f"The text of line {line.id} has {len(text):,} characters; give {LONGEST:,} at most.")
        read = tuple(reading for reading in line.readings if reading.confidence is not None and reading.text != text)
        return replace(line, readings=(Reading(text), *read), words=_words_of(line, text.split(), ids, page.size))

    regions = tuple(replace(region, lines=tuple(map(corrected, region.lines))) for region in page.regions)
    return replace(page, regions=regions)


def _words(lines: Sequence[Line]) -> List[Word]:
    return [word for line in lines for word in line.words]


def _words_of(line: Line, texts: Sequence[str], ids: UniqueIds, size: Tuple[int, int]) -> Tuple[Word, ...]:
    """Return a line's words, with outlines for the new ones."""
    axes, old = _axes(line), line.words
    found: List[Word] = []
    for kind, first, stop, start, end in SequenceMatcher(None, [word.text for word in old], texts, False).get_opcodes():
        new = texts[start:end]
        if kind == "equal":
            found += old[first:stop]
        elif len(new) == stop - first:                                  # word for word
            found += [replace(word, readings=(Reading(text),)) for word, text in zip(old[first:stop], new)]
        else:
            outlines = _share(axes, line, (first, stop), new)
            found += [Word(ids.claim(f"{line.id}_w{len(old) + 1}"), outline.clip(size), (Reading(text),))
                      for outline, text in zip(outlines, new)]
    return tuple(found)


def _share(axes: _Axes, line: Line, gap: Tuple[int, int], texts: Sequence[str]) -> List[Polygon]:
    """Divide the extent of the replaced words, or the gap where there were none, by the new words' lengths."""
    first, stop = gap
    if not texts:
        return []
    (start, end), across = axes.extent(line.polygon)
    replaced = [axes.extent(word.polygon) for word in line.words[first:stop]]
    if replaced:
        (start, end), across = _hull(replaced)
    elif line.words:
        neighbours = [axes.extent(word.polygon) for word in line.words[max(first - 1, 0):first + 1]]
        across = _hull(neighbours)[1]
        start = neighbours[0][0, 1] if first else min(start, neighbours[0][0, 0])
        end = neighbours[-1][0, 0] if first < len(line.words) else max(end, neighbours[-1][0, 1])
    room = _GAP * (across[1] - across[0]) * len(texts)
    if end - start < room:                                              # no gap between touching words
        start, end = (start + end) / 2 - room, (start + end) / 2 + room
    ends = np.cumsum([0] + [part for text in texts for part in (len(text), 1)])[:-1]    # a space between words
    ends = start + (end - start) * ends / ends[-1]
    return [axes.box(left, right, across) for left, right in zip(ends[::2], ends[1::2])]


def _hull(extents: Sequence[np.ndarray]) -> np.ndarray:
    places = np.stack(extents)                                          # (words, 2, 2)
    return np.stack([places[:, :, 0].min(axis=0), places[:, :, 1].max(axis=0)], axis=1)


def _axes(line: Line) -> _Axes:
    """Return a line's reading direction: along its baseline, else along the first edge of its outline."""
    if len(line.baseline) >= 2:
        along = np.subtract(line.baseline[-1], line.baseline[0])
    else:
        along = np.subtract(line.polygon.points[1], line.polygon.points[0])
    length = float(np.hypot(*along))
    x, y = (float(along[0]) / length, float(along[1]) / length) if length else (1.0, 0.0)
    return _Axes((x, y), (-y, x))
