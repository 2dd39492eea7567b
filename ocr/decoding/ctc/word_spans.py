"""The words of a reading that are looked up in lexicons, and the frames where they stand."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator, List, Tuple

from ocr.decoding.ctc.best_path import Decoded

JOINERS = "-'’‐"            # stand between parts of one word
_ABBREVIATED = 4            # longest run of capitals that is an abbreviation


@dataclass(frozen=True)
class Span:
    """Part of a line's reading: characters [first, stop), which stand in the frames [start_frame, end_frame).

    Parameters
    ----------
    text : as read; two words and the space between them where they may be one word.
    confidence : lowest one of its characters.
    """

    first: int
    stop: int
    start_frame: int
    end_frame: int
    text: str
    confidence: float


def find_spans(decoded: Decoded, frames: int) -> List[Span]:
    """Find the words of a line without the punctuation around them, the parts of compounds, and pairs of words.

    Left out is what a lexicon cannot know: whatever holds a digit, and abbreviations: a few capitals, or letters
    with dots between them.

    Parameters
    ----------
    frames : of the line.
    """
    found: List[Span] = []
    before = None
    for first, stop in _between_spaces(decoded.text):
        first, stop = _without_punctuation(decoded.text, first, stop)
        if not _is_word(decoded.text[first:stop]):
            before = None
            continue
        found.append(_span(decoded, frames, first, stop))
        found += _parts(decoded, frames, first, stop)
        if before is not None and decoded.text[before[1]:first].isspace():
            found.append(_span(decoded, frames, before[0], stop))
        before = first, stop
    return found


def cased(word: str, read: str) -> str:
    """Write a word of a lexicon in the case in which it was read; capitals that the lexicon gives it stay."""
    if len(read) > 1 and read.isupper():
        return word.upper()
    return word[:1].upper() + word[1:] if read[:1].isupper() else word


def _between_spaces(text: str) -> Iterator[Tuple[int, int]]:
    start = 0
    for word in text.split(" "):
        if word:
            yield start, start + len(word)
        start += len(word) + 1


def _without_punctuation(text: str, first: int, stop: int) -> Tuple[int, int]:
    while first < stop and not text[first].isalnum():
        first += 1
    while stop > first and not text[stop - 1].isalnum():
        stop -= 1
    return first, stop


def _is_word(text: str) -> bool:
    abbreviated = text.isupper() and len(text) <= _ABBREVIATED
    return len(text) > 1 and not abbreviated and all(character.isalpha() or character in JOINERS for character in text)


def _parts(decoded: Decoded, frames: int, first: int, stop: int) -> List[Span]:
    """Return the parts of a compound between its joiners; none for a simple word."""
    ends = [place for place in range(first, stop) if decoded.text[place] in JOINERS] + [stop]
    starts = [first] + [end + 1 for end in ends[:-1]]
    return [_span(decoded, frames, *part) for part in zip(starts, ends) if part[1] - part[0] > 1] if len(ends) > 1 else []


def _span(decoded: Decoded, frames: int, first: int, stop: int) -> Span:
    characters = decoded.characters
    return Span(first, stop, characters[first - 1].end_frame if first else 0,
                characters[stop].start_frame if stop < len(characters) else frames, decoded.text[first:stop],
                min(character.confidence for character in characters[first:stop]))


def words_of(text: str) -> List[str]:
    """Split a text into the words that a lexicon may know: runs of letters."""
    return "".join(character if character.isalpha() else " " for character in text).split()


def other_case(word: str) -> str:
    """Swap the case of a word's first letter."""
    return word[:1].swapcase() + word[1:]
