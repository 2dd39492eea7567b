"""The protocol of recognisers, and the transcription of a line that they return.

Shapes: H x W line image.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, List, Optional, Protocol, Sequence, Tuple

import numpy as np


@dataclass(frozen=True)
class Character:
    """One character of a line.

    Parameters
    ----------
    text : one code point, NFC.
    left, right : horizontal extent in pixels of the line image.
    confidence : from 0 to 1.
    """

    text: str
    left: float
    right: float
    confidence: float


@dataclass(frozen=True)
class TranscribedWord:
    """One word of a line, and its position.

    Parameters
    ----------
    text : without spaces, NFC.
    left, right : horizontal extent in pixels of the line image.
    confidence : from 0 to 1; the probability that the word is right where the recogniser is calibrated.
    """

    text: str
    left: float
    right: float
    confidence: float


@dataclass(frozen=True)
class Alternative:
    """Another reading of a line, and how probable it is next to the one that was chosen, from 0 to 1."""

    text: str
    share: float


@dataclass(frozen=True)
class Transcription:
    """The text of one line image; positions are in its pixels, never in frames of a network.

    Parameters
    ----------
    text : NFC; empty where nothing was read.
    confidence : of the whole line, from 0 to 1.
    characters : in reading order; empty where the recogniser does not know their positions.
    words : in reading order; if empty, they are composed of the characters.
    alternatives : other readings, best first.
    language : BCP 47 code, where the recogniser identifies languages.
    legibility : probability that the line is in a script and a language that the recogniser knows, and legible at all; the
        confidences take it into account. 1 where the recogniser does not judge that.
    """

    text: str
    confidence: float
    characters: Tuple[Character, ...] = ()
    words: Tuple[TranscribedWord, ...] = ()
    alternatives: Tuple[Alternative, ...] = ()
    language: Optional[str] = None
    legibility: float = 1.0


@dataclass(frozen=True)
class Observation:
    """The output of a recogniser's network for the lines of a page, before decoding.

    Parameters
    ----------
    confidence : mean over all characters, from 0 to 1; 0 where nothing was seen. Upside-down pages have a low one.
    transcribe : decodes.
    """

    confidence: float
    transcribe: Callable[[], List[Transcription]]


class Recogniser(Protocol):
    """Reads the lines of one page at a time, so that what they share, such as the writer, can be estimated from all of them.

    A recogniser that works in two steps, of which the first is cheap, may also have a method `observe(lines)` that
    returns an `Observation`; see `observe`. One that reads lines of different pages faster together than one by one may have a
    method `read_each(lines)`; see `read_each`.

    Attributes
    ----------
    height : of its line images, in pixels.
    provenance : models and settings as (name, value) pairs, for the page's ProcessingStep.
    upright_confidence : mean confidence under which a page is tried upside down, too; 0 where it never is.
    """

    @property
    def height(self) -> int: ...

    @property
    def provenance(self) -> Tuple[Tuple[str, str], ...]: ...

    @property
    def upright_confidence(self) -> float: ...

    def __call__(self, lines: Sequence[np.ndarray]) -> List[Transcription]:
        """Read the line images of one page, uint8 grey (height, W) each, dark ink on light paper."""


def observe(recogniser: Recogniser, lines: Sequence[np.ndarray]) -> Observation:
    """Run the first step on the lines of a page; a recogniser without an `observe` method reads them at once."""
    own = getattr(recogniser, "observe", None)
    if own is not None:
        return own(lines)
    found = recogniser(lines)
    read = [transcription.confidence for transcription in found if transcription.text]
    return Observation(float(np.mean(read)) if read else 0.0, lambda: found)


def read_each(recogniser: Recogniser, lines: Sequence[np.ndarray]) -> List[Transcription]:
    """Read line images of different pages independently of each other."""
    own = getattr(recogniser, "read_each", None)
    return own(lines) if own is not None else [found for line in lines for found in recogniser([line])]


def certainty(transcription: Transcription) -> float:
    """Return the certainty of a reading, to choose between readings of one line: 0 to 1, 0 where nothing was read.

    It is the geometric mean over the characters, where they are known, which words' calibrated confidences are not.
    """
    if not transcription.text:
        return 0.0
    if transcription.characters:
        return _geometric_mean([character.confidence for character in transcription.characters])
    return transcription.confidence


def line_confidence(words: Sequence[TranscribedWord]) -> float:
    """Mean confidence of the words of a line: the expected share that is right; 0 where there is none."""
    return float(np.mean([word.confidence for word in words])) if words else 0.0


def words_of(transcription: Transcription, width: int) -> Tuple[TranscribedWord, ...]:
    """Return the words of a line: as given, else from its characters, else spaced by the length of their text.

    Parameters
    ----------
    width : of the line image in pixels, over which words of unknown position are distributed in proportion to their characters.
    """
    if transcription.words or not transcription.text.strip():
        return transcription.words
    if transcription.characters:
        return tuple(_by_characters(transcription.characters))
    found, place, scale = [], 0, width / len(transcription.text)
    for text in transcription.text.split(" "):      # each space has its place, also where there are several
        if text:
            found.append(TranscribedWord(text, place * scale, (place + len(text)) * scale, transcription.confidence))
        place += len(text) + 1
    return tuple(found)


def _by_characters(characters: Sequence[Character]) -> List[TranscribedWord]:
    """Split at spaces; a word's confidence is the geometric mean of its characters', so that lengths compare."""
    found: List[TranscribedWord] = []
    pending: List[Character] = []
    for character in (*characters, Character(" ", 0, 0, 1.0)):
        if not character.text.isspace():
            pending.append(character)
        elif pending:
            confidence = _geometric_mean([one.confidence for one in pending])
            found.append(TranscribedWord("".join(one.text for one in pending), pending[0].left, pending[-1].right, confidence))
            pending = []
    return found


def _geometric_mean(values: Sequence[float]) -> float:
    return float(np.exp(np.mean(np.log(np.maximum(values, 1e-30)))))
