"""Stage 1: find the regions of text on a page, of handwriting first of all, and its orientation."""
from __future__ import annotations

from dataclasses import asdict, replace
from typing import Optional, Sequence, Tuple

import numpy as np

from ocr import __version__
from ocr.engine.network import open_network
from ocr.engine.settings import EngineSettings
from ocr.images.load import image_size
from ocr.models.store import InstalledModel, require
from ocr.page.model import Page, ProcessingStep, Region
from ocr.page.reading_order import order_regions
from ocr.errors import ModelMismatch
from ocr.paragraphs.finding import Findings, find_text
from ocr.paragraphs.kinds import KINDS, PRODUCTIONS, Text
from ocr.paragraphs.regions import FoundRegion
from ocr.paragraphs.settings import ParagraphSettings


NAME = "paragraphs"
DOUBTFUL, OTHER_TEXT = "left out as doubtful", "left out as other text"
"""What the warnings about regions have in them that were found and not kept: `keep_doubtful` reads the first, `text` the second."""


class ParagraphStage:
    """Give a page its orientation and its regions of text, in reading order.

    Parameters
    ----------
    model : an installed page network; its card has the settings with which regions are extracted from its map.
    engine : how the network runs.
    keep_doubtful : whether regions that may be something else, such as a stain, are kept, too.
    text : which text is wanted.

    Raises
    ------
    ModelMismatch : the network knows handwriting alone, and other text is wanted.
    """

    name = NAME

    def __init__(self, model: InstalledModel, engine: EngineSettings, keep_doubtful: bool = False, text: Text = "handwriting"):
        card, self.keep_doubtful, self.text = model.card, keep_doubtful, text
        self.settings = ParagraphSettings.from_card(card)
        if text != "handwriting" and self.settings.kinds < len(KINDS):
            raise ModelMismatch(f"{card.name} {card.version} finds handwriting alone, and {text} is wanted. Take a model of "
                                f"{len(KINDS)} kinds of text, or leave out --text.")
        self.network = open_network(model.folder, engine.engine, engine.device, engine.threads)
        values = tuple((name, f"{value:g}") for name, value in sorted(asdict(self.settings.regions).items()))
        values += (("keep_doubtful", "true"),) * keep_doubtful + (("text", text),) * (text != "handwriting")
        self.step = ProcessingStep(self.name, card.name, card.sha256, __version__, tuple(sorted(values)))

    def __call__(self, page: Page, pixels: np.ndarray) -> Page:
        """Segment a page.

        Parameters
        ----------
        page : its regions and orientation, if any, are replaced.
        pixels : (H, W, 3) uint8 RGB, the image as loaded.

        Returns
        -------
        The page with regions; none where the page is blank or printed. The step's warnings say what was left out.
        """
        found, size = find_text(pixels, self.network, self.settings, self.text), image_size(pixels)
        kept = found.regions + (found.doubtful if self.keep_doubtful else ())
        regions = [Region("", region.polygon, kind="paragraph", confidence=region.confidence, production=PRODUCTIONS[region.kind])
                   for region in kept]
        ordered = tuple(replace(region, id=f"r{number + 1}")
                        for number, region in enumerate(order_regions(regions, size, found.orientation)))
        step = replace(self.step, warnings=left_out(replace(found, doubtful=()) if self.keep_doubtful else found))
        return replace(page, regions=ordered, orientation=found.orientation, steps=(*page.steps, step))


def left_out(found: Findings) -> Tuple[str, ...]:
    """Say in a sentence each what was left out; how to read it is for each interface to say."""
    said = []
    if found.doubtful:
        highest = max(region.confidence for region in found.doubtful)
        why = "it may be print, a stain or a drawing" if len(found.doubtful) == 1 else "they may be print, stains or drawings"
        said.append(f"{_were(found.doubtful)} {DOUBTFUL}: {why} (probability of text: {highest:.0%} at most).")
    if found.others:
        kinds = " and ".join(KINDS[kind] for kind in sorted({region.kind for region in found.others}))
        said.append(f"{_were(found.others, f' of {kinds}')} {OTHER_TEXT}.")
    return tuple(said)


def _were(regions: Sequence[FoundRegion], kind: str = "") -> str:
    return f"1 region{kind} was" if len(regions) == 1 else f"{len(regions)} regions{kind} were"


def open_paragraphs(name: Optional[str] = None, engine: EngineSettings = EngineSettings(),
                    keep_doubtful: bool = False, text: Text = "handwriting") -> ParagraphStage:
    """Open an installed paragraph model.

    Parameters
    ----------
    name : of a registered model, or the folder of a training run; None takes the default model.
    engine : how its network runs.
    keep_doubtful, text : see `ParagraphStage`.

    Raises
    ------
    ModelNotFound, ModelMismatch : see `ocr.models.store.require`.
    """
    model = require(name or NAME, NAME)
    return model.card.kind.open()(model, engine, keep_doubtful, text)
