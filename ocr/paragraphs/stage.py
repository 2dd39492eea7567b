"""Stage 1: find the regions of handwriting on a page, and its orientation."""
from __future__ import annotations

from dataclasses import asdict, replace
from typing import Optional

import numpy as np

from ocr import __version__
from ocr.engine.network import open_network
from ocr.engine.settings import EngineSettings
from ocr.images.load import image_size
from ocr.images.rectify import turn
from ocr.models.store import InstalledModel, require
from ocr.page.model import Page, ProcessingStep, Region
from ocr.page.reading_order import order_regions
from ocr.paragraphs.maps import cells_to_page, read_maps
from ocr.paragraphs.regions import find_regions
from ocr.paragraphs.settings import ParagraphSettings


NAME = "paragraphs"


class ParagraphStage:
    """Give a page its orientation and its regions of handwriting, in reading order.

    Parameters
    ----------
    model : an installed page network; its card has the settings with which regions are extracted from its map.
    engine : how the network runs.
    """

    name = NAME

    def __init__(self, model: InstalledModel, engine: EngineSettings):
        card = model.card
        self.settings = ParagraphSettings.from_card(card)
        self.network = open_network(model.folder, engine.engine, engine.device, engine.threads)
        values = tuple((name, f"{value:g}") for name, value in sorted(asdict(self.settings.regions).items()))
        self.step = ProcessingStep(self.name, card.name, card.sha256, __version__, values)

    def __call__(self, page: Page, pixels: np.ndarray) -> Page:
        """Segment a page.

        Parameters
        ----------
        page : its regions and orientation, if any, are replaced.
        pixels : (H, W, 3) uint8 RGB, the image as loaded.

        Returns
        -------
        The page with regions; none where the page is blank or printed.
        """
        maps = read_maps(pixels, self.network, self.settings)
        size, orientation = image_size(pixels), maps.orientation
        writing = turn(maps.writing, orientation)                               # (h, w), upright
        found = find_regions(writing, cells_to_page(image_size(writing), size, orientation), self.settings.regions)
        regions = [Region("", region.polygon.clip(size), kind="paragraph", confidence=region.confidence)
                   for region in found]
        ordered = tuple(replace(region, id=f"r{number + 1}")
                        for number, region in enumerate(order_regions(regions, size, orientation)))
        return replace(page, regions=ordered, orientation=orientation, steps=(*page.steps, self.step))


def open_paragraphs(name: Optional[str] = None, engine: EngineSettings = EngineSettings()) -> ParagraphStage:
    """Open an installed paragraph model.

    Parameters
    ----------
    name : of a registered model, or the folder of a training run; None takes the default model.
    engine : how its network runs.

    Raises
    ------
    ModelNotFound, ModelMismatch : see `ocr.models.store.require`.
    """
    model = require(name or NAME, NAME)
    return model.card.kind.open()(model, engine)
