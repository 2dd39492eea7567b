"""The numbers that belong to one page network; a card may give each, under its dotted name."""
from __future__ import annotations

from dataclasses import dataclass

from ocr.models.registry import ModelCard
from ocr.models.settings import read_settings
from ocr.paragraphs.regions import RegionSettings


@dataclass(frozen=True)
class VoteSettings:
    """What votes on a page's orientation.

    Parameters
    ----------
    threshold : probability of handwriting, 0 to 1, above which a patch votes, with that weight.
    min_writing : sum of the weights below which there is nothing to tell the orientation from.
    """

    threshold: float = 0.5
    min_writing: float = 2.0


@dataclass(frozen=True)
class ParagraphSettings:
    """All numbers of a page network.

    Parameters
    ----------
    longest : the card's input of that name: pixels of the longer side of the image that the network is shown.
    stride : both sides of that image are multiples of it, in pixels.
    votes, regions : see there.
    """

    longest: int = 768
    stride: int = 32
    votes: VoteSettings = VoteSettings()
    regions: RegionSettings = RegionSettings()

    @classmethod
    def from_card(cls, card: ModelCard) -> "ParagraphSettings":
        """Take them from a card; see `ocr.models.settings.read_settings`."""
        return read_settings(card, cls())
