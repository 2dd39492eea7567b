"""Stage 1: find the regions of handwriting on a page, and its orientation."""
from __future__ import annotations

from dataclasses import asdict, replace
from typing import Iterable, Optional, Sequence

import numpy as np

from ocr import __version__
from ocr.engine.network import open_network
from ocr.engine.settings import EngineSettings
from ocr.images.load import image_size
from ocr.models.store import InstalledModel, require
from ocr.page.model import Page, ProcessingStep, Region
from ocr.page.reading_order import order_regions
from ocr.paragraphs.finding import find_writing
from ocr.paragraphs.regions import FoundRegion
from ocr.paragraphs.settings import ParagraphSettings


NAME = "paragraphs"
DOUBTFUL = "left out as doubtful"


class ParagraphStage:
    """Give a page its orientation and its regions of handwriting, in reading order.

    Parameters
    ----------
    model : an installed page network; its card has the settings with which regions are extracted from its map.
    engine : how the network runs.
    keep_doubtful : whether regions that may be print or a stain are kept, too.
    """

    name = NAME

    def __init__(self, model: InstalledModel, engine: EngineSettings, keep_doubtful: bool = False):
        card, self.keep_doubtful = model.card, keep_doubtful
        self.settings = ParagraphSettings.from_card(card)
        self.network = open_network(model.folder, engine.engine, engine.device, engine.threads)
        values = tuple((name, f"{value:g}") for name, value in sorted(asdict(self.settings.regions).items()))
        values += (("keep_doubtful", "true"),) * keep_doubtful
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
        found, size = find_writing(pixels, self.network, self.settings), image_size(pixels)
        kept, left = (found.regions + found.doubtful, ()) if self.keep_doubtful else (found.regions, found.doubtful)
        regions = [Region("", region.polygon, kind="paragraph", confidence=region.confidence) for region in kept]
        ordered = tuple(replace(region, id=f"r{number + 1}")
                        for number, region in enumerate(order_regions(regions, size, found.orientation)))
        step = replace(self.step, warnings=(left_out(left),)) if left else self.step
        return replace(page, regions=ordered, orientation=found.orientation, steps=(*page.steps, step))


def left_out(regions: Sequence[FoundRegion]) -> str:
    """Say in one sentence that doubtful regions were left out; how to read them is for each interface to say."""
    highest = max(region.confidence for region in regions)
    if len(regions) == 1:
        return f"1 region was {DOUBTFUL}: it may be print or a stain (probability of handwriting: {highest:.0%})."
    return f"{len(regions)} regions were {DOUBTFUL}: they may be print or stains (probability of handwriting: {highest:.0%} at most)."


def left_out_doubtful(warnings: Iterable[str]) -> bool:
    """Tell by a page's warnings whether regions were left out of it that `keep_doubtful` reads."""
    return any(DOUBTFUL in warning for warning in warnings)


def open_paragraphs(name: Optional[str] = None, engine: EngineSettings = EngineSettings(),
                    keep_doubtful: bool = False) -> ParagraphStage:
    """Open an installed paragraph model.

    Parameters
    ----------
    name : of a registered model, or the folder of a training run; None takes the default model.
    engine : how its network runs.
    keep_doubtful : see `ParagraphStage`.

    Raises
    ------
    ModelNotFound, ModelMismatch : see `ocr.models.store.require`.
    """
    model = require(name or NAME, NAME)
    return model.card.kind.open()(model, engine, keep_doubtful)
