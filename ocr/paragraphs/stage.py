"""Stage 1: find the regions of handwriting on a page, and which way up it stands."""
from __future__ import annotations

from dataclasses import asdict, replace
from typing import Optional

import numpy as np

from ocr import __version__
from ocr.engine.network import open_network
from ocr.engine.settings import EngineSettings
from ocr.images.rectify import turn
from ocr.models.store import require
from ocr.models.tasks import TASKS
from ocr.page.model import Page, ProcessingStep, Region
from ocr.page.reading_order import order_regions
from ocr.paragraphs.maps import cells_to_page, read_maps
from ocr.paragraphs.regions import RegionSettings, find_regions


class ParagraphStage:
    """Give a page its orientation and its regions of handwriting, in reading order.

    Parameters
    ----------
    model : name of a registered page network; None takes the first one.
    engine, device, threads : see `ocr.engine.network.open_network`.
    settings : how regions are cut out of the network's map.
    """

    name = "paragraphs"

    def __init__(self, model: Optional[str] = None, engine: str = "onnx", device: str = "cpu", threads: int = 0,
                 settings: RegionSettings = RegionSettings()):
        installed = require(model or self.name, self.name)
        card = installed.card
        self.settings = settings
        self.longest = int(dict(card.inputs)["longest"])
        self.network = open_network(installed.folder, engine, device, threads)
        values = tuple((name, f"{value:g}") for name, value in sorted(asdict(settings).items()))
        self.step = ProcessingStep(self.name, card.name, card.sha256, __version__, values)

    def __call__(self, page: Page, pixels: np.ndarray) -> Page:
        """Segment a page.

        Parameters
        ----------
        page : its regions and orientation, if it has any, are replaced.
        pixels : (H, W, 3) uint8 RGB, the picture as loaded.

        Returns
        -------
        The page with regions; a blank or printed page has none.
        """
        maps = read_maps(pixels, self.network, self.longest)
        size, orientation = tuple(pixels.shape[:2]), maps.orientation
        writing = turn(maps.writing, orientation)                               # (h, w), upright
        found = find_regions(writing, cells_to_page(writing.shape, size, orientation), self.settings)
        regions = [Region("", region.polygon.clip(size), kind="paragraph", confidence=region.confidence)
                   for region in found]
        ordered = tuple(replace(region, id=f"r{number + 1}")
                        for number, region in enumerate(order_regions(regions, size, orientation)))
        return replace(page, regions=ordered, orientation=orientation, steps=(*page.steps, self.step))


def open_paragraphs(name: Optional[str] = None, engine: EngineSettings = EngineSettings()):
    """Open stage 1 with a registered model, the folder of a training run, or, for None, the default model."""
    installed = require(name or "paragraphs", "paragraphs")
    if installed.card.kind != TASKS["paragraphs"].architecture(""):
        return installed.card.kind.open()(installed, engine)
    return ParagraphStage(name, engine.engine, engine.device, engine.threads)
