"""The settings of one page network; a model card may give each, under its dotted name."""
from __future__ import annotations

from dataclasses import dataclass

from ocr.models.registry import ModelCard
from ocr.models.settings import read_settings
from ocr.paragraphs.regions import RegionSettings


@dataclass(frozen=True)
class VoteSettings:
    """How patches vote on the orientation of a page.

    Parameters
    ----------
    threshold : probability of handwriting, 0 to 1, above which a patch votes, weighted by it.
    min_writing : sum of the weights below which a page has too little writing for a vote and counts as upright.
    """

    threshold: float = 0.5
    min_writing: float = 2.0


@dataclass(frozen=True)
class ParagraphSettings:
    """All settings of a page network.

    Parameters
    ----------
    longest : the card's input of that name: longer side of the input image, in pixels; it is larger
    shortest : where the shorter side would have fewer pixels than this, and the page has them.
    stride : both sides of that image are multiples of it, in pixels.
    votes, regions : see `VoteSettings` and `RegionSettings`.
    """

    longest: int = 768
    shortest: int = 384
    stride: int = 32
    votes: VoteSettings = VoteSettings()
    regions: RegionSettings = RegionSettings()

    @classmethod
    def from_card(cls, card: ModelCard) -> ParagraphSettings:
        """Read the settings from a card; see `ocr.models.settings.read_settings`."""
        return read_settings(card, cls())
