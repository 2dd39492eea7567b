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
class SecondLookSettings:
    """When and how a page is looked at a second time, larger: for a line on a large sheet, a signature, small writing.

    Parameters
    ----------
    hint : probability of handwriting, 0 to 1, that makes the page be looked at again where it is found outside the regions.
    zoom : times the usual size of the input.
    min_confidence : minimum mean probability inside a region that only the second look finds, 0 to 1.
    min_doubtful : minimum mean probability inside a region that is reported as left out, 0 to 1.
    """

    hint: float = 0.3
    zoom: float = 1.5
    min_confidence: float = 0.75
    min_doubtful: float = 0.6


@dataclass(frozen=True)
class ParagraphSettings:
    """All settings of a page network.

    Parameters
    ----------
    longest : the card's input of that name: longer side of the input image, in pixels; it is larger
    shortest : where the shorter side would have fewer pixels than this, and the page has them.
    stride : both sides of that image are multiples of it, in pixels.
    kinds : kinds of text that the network tells apart, see `ocr.paragraphs.kinds`; 1 for a network that knows handwriting alone.
    votes, regions, second_look : see `VoteSettings`, `RegionSettings` and `SecondLookSettings`.
    """

    longest: int = 768
    shortest: int = 384
    stride: int = 32
    kinds: int = 1
    votes: VoteSettings = VoteSettings()
    regions: RegionSettings = RegionSettings()
    second_look: SecondLookSettings = SecondLookSettings()

    @classmethod
    def from_card(cls, card: ModelCard) -> ParagraphSettings:
        """Read the settings from a card, of version 0.1.0, too; see `ocr.models.settings.read_settings`."""
        named = tuple((_OLD_NAMES.get(name, name), value) for name, value in card.settings)
        return read_settings(replace(card, settings=named), cls())


_OLD_NAMES = {"regions.least_confidence": "regions.min_confidence", "regions.least_of_large": "regions.min_confidence_of_large",
              "regions.least_area": "regions.min_area"}
