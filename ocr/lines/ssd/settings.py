"""The numbers that belong to one single-shot detector; a card may give each, under its dotted name."""
from __future__ import annotations

from dataclasses import dataclass

from ocr.lines.ssd.anchors import LINES, WORDS, AnchorMap, Variances
from ocr.models.registry import ModelCard
from ocr.models.settings import read_settings


@dataclass(frozen=True)
class Anchors:
    """Default boxes of both maps, and what their offsets stand for."""

    lines: AnchorMap = LINES
    words: AnchorMap = WORDS
    variances: Variances = Variances()


@dataclass(frozen=True)
class InputSettings:
    """The image of a region that the network is shown.

    Parameters
    ----------
    narrow : of the page's width; a region of less gets a narrower image, so that its writing is not blown up.
    margin : of the region's width, left around it.
    rows, columns : the image's sides are padded to multiples of these, in pixels.
    longest : pixels of the longer side, at most.
    """

    narrow: float = 0.45
    margin: float = 0.02
    rows: int = 32
    columns: int = 64
    longest: int = 1600


@dataclass(frozen=True)
class LookSettings:
    """When a region is looked at again, turned or scaled.

    Parameters
    ----------
    times : how often a region is looked at, at most.
    slope : degrees by which writing may fall or rise.
    smallest, largest : height of lines that needs no other scale, in pixels of the image.
    height : height of lines that others are scaled to, in pixels of the image.
    """

    times: int = 3
    slope: float = 1.5
    smallest: float = 15.0
    largest: float = 60.0
    height: float = 28.0


@dataclass(frozen=True)
class SuppressionSettings:
    """Which boxes are kept, see `ocr.lines.ssd.anchors.suppress`.

    Parameters
    ----------
    min_score : score that a box must exceed, 0 to 1.
    max_boxes : boxes of each kind that are looked at, the best; far more than a page of writing has.
    max_iou : intersection over union above which the lower box goes.
    max_line_cover, max_word_cover : intersection over the smaller box's area above which the lower box goes.
    same_iou : intersection over union above which boxes are averaged.
    """

    min_score: float = 0.3
    max_boxes: int = 4000
    max_iou: float = 0.4
    max_line_cover: float = 0.6
    max_word_cover: float = 0.65
    same_iou: float = 0.6


@dataclass(frozen=True)
class AssemblySettings:
    """Which lines and words count when words are put into lines.

    Parameters
    ----------
    min_line_score, min_word_score : scores from which a line that holds words, and a word, count.
    min_alone_score : score that a line without words, or a single word without a line, needs.
    max_cover : part of a line, 0 to 1, above which it is a duplicate of one of higher confidence that it lies in.
    """

    min_line_score: float = 0.3
    min_word_score: float = 0.35
    min_alone_score: float = 0.5
    max_cover: float = 0.6


@dataclass(frozen=True)
class SSDSettings:
    """All of them; `width` is the card's input of that name: pixels of the image of a region of usual width."""

    width: int = 640
    input: InputSettings = InputSettings()
    anchors: Anchors = Anchors()
    look: LookSettings = LookSettings()
    suppression: SuppressionSettings = SuppressionSettings()
    assembly: AssemblySettings = AssemblySettings()

    @classmethod
    def from_card(cls, card: ModelCard) -> "SSDSettings":
        """Take them from a card; see `ocr.models.settings.read_settings`."""
        return read_settings(card, cls())
