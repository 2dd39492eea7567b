"""The settings of one single-shot detector; a model card may give each, under its dotted name."""
from __future__ import annotations

from dataclasses import dataclass

from ocr.lines.ssd.anchors import LINES, WORDS, AnchorMap, Variances
from ocr.models.registry import ModelCard
from ocr.models.settings import read_settings


@dataclass(frozen=True)
class Anchors:
    """Anchors of both maps, and the scales of their offsets."""

    lines: AnchorMap = LINES
    words: AnchorMap = WORDS
    variances: Variances = Variances()


@dataclass(frozen=True)
class InputSettings:
    """How the input image of a region is made.

    Parameters
    ----------
    narrow : share of the page's width; a narrower region gets a narrower image, so that its writing is not enlarged.
    margin : kept around the region, as a share of its width.
    rows, columns : the image's sides are padded to multiples of these, in pixels.
    longest : maximum of the longer side, in pixels; a higher region is cut into several images
    overlap : that share these rows,
    most : and are no more than this many: the writing of a still higher region is made smaller.
    """

    narrow: float = 0.45
    margin: float = 0.02
    rows: int = 32
    columns: int = 64
    longest: int = 1600
    overlap: int = 160
    most: int = 12


@dataclass(frozen=True)
class RefinementSettings:
    """When a region is detected again, rotated or rescaled.

    Parameters
    ----------
    times : maximum number of passes over a region.
    slope : skew up to which lines need no rotation, in degrees.
    smallest, largest : range of line heights that needs no rescaling, in pixels of the image.
    height : line height that others are rescaled to, in pixels of the image.
    """

    times: int = 3
    slope: float = 1.5
    smallest: float = 15.0
    largest: float = 60.0
    height: float = 28.0


@dataclass(frozen=True)
class SuppressionSettings:
    """Limits of non-maximum suppression, see `ocr.lines.ssd.anchors.suppress`.

    Parameters
    ----------
    min_score : score that a box must exceed, 0 to 1.
    max_boxes : number of best boxes of each kind that enter; far more than a page has.
    max_iou : IoU above which the box of the lower score is dropped.
    max_line_cover, max_word_cover : intersection over the smaller box's area above which the box of the lower score is
        dropped.
    same_iou : IoU above which boxes are averaged.
    """

    min_score: float = 0.3
    max_boxes: int = 4000
    max_iou: float = 0.4
    max_line_cover: float = 0.6
    max_word_cover: float = 0.65
    same_iou: float = 0.6


@dataclass(frozen=True)
class AssemblySettings:
    """Which lines and words count when words are assigned to lines.

    Parameters
    ----------
    min_line_score, min_word_score : scores from which a line that holds words, and a word, count.
    min_alone_score : minimum score of a line without words, and of a single word without a line.
    max_cover : share of a line, 0 to 1, inside one of higher confidence above which it is a duplicate.
    """

    min_line_score: float = 0.3
    min_word_score: float = 0.35
    min_alone_score: float = 0.5
    max_cover: float = 0.6


@dataclass(frozen=True)
class SSDSettings:
    """All settings; `width` is the card's input of that name: width in pixels of the image of a region of usual width."""

    width: int = 640
    input: InputSettings = InputSettings()
    anchors: Anchors = Anchors()
    look: RefinementSettings = RefinementSettings()
    suppression: SuppressionSettings = SuppressionSettings()
    assembly: AssemblySettings = AssemblySettings()

    @classmethod
    def from_card(cls, card: ModelCard) -> SSDSettings:
        """Read the settings from a card; see `ocr.models.settings.read_settings`."""
        return read_settings(card, cls())
