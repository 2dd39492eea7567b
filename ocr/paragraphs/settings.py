"""The settings of one page network; a model card may give each, under its dotted name."""
from __future__ import annotations

from dataclasses import dataclass, replace

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
    longest : the card's input of that name: longer side of the input image, in pixels.
    stride : both sides of that image are multiples of it, in pixels.
    votes, regions : see `VoteSettings` and `RegionSettings`.
    """

    longest: int = 768
    stride: int = 32
    votes: VoteSettings = VoteSettings()
    regions: RegionSettings = RegionSettings()

    @classmethod
    def from_card(cls, card: ModelCard) -> ParagraphSettings:
        """Read the settings from a card, of version 0.1.0, too; see `ocr.models.settings.read_settings`."""
        named = tuple((_OLD_NAMES.get(name, name), value) for name, value in card.settings)
        return read_settings(replace(card, settings=named), cls())


_OLD_NAMES = {"regions.least_confidence": "regions.min_confidence", "regions.least_of_large": "regions.min_confidence_of_large",
              "regions.least_area": "regions.min_area"}
