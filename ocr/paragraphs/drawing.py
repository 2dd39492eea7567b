"""Draw the predictions of the page network: the map in colour, the outlines of regions, the page turned upright."""
from __future__ import annotations

from typing import Sequence

import cv2
import numpy as np

from ocr.engine.network import Network
from ocr.images.load import image_size
from ocr.images.rectify import turn
from ocr.paragraphs.maps import PageMaps, cells_to_page, read_maps
from ocr.paragraphs.regions import RegionSettings, find_regions
from ocr.paragraphs.settings import ParagraphSettings

_OUTLINES = ((200, 30, 30), (30, 60, 200), (150, 30, 150), (200, 110, 0))
_MAP = np.array((90, 200, 90), np.float32)


def draw_pages(pages: Sequence[np.ndarray], network: Network, settings: ParagraphSettings = ParagraphSettings(),
               tile: int = 480, columns: int = 4) -> np.ndarray:
    """Draw pages side by side, turned to the predicted orientation, with map and regions.

    Parameters
    ----------
    pages : (H, W) uint8 grey, any way up.
    network : an `ocr.paragraphs.network.PageNet` on any engine.
    settings : the network's.
    tile : side of the square that a page is drawn in, in pixels.
    columns : pages in a row.

    Returns
    -------
    uint8 (H, W, 3) RGB image.
    """
    tiles = [_draw_page(page, read_maps(page, network, settings), settings.regions, tile) for page in pages]
    tiles += [np.full((tile, tile, 3), 255, np.uint8)] * (-len(tiles) % columns)
    return np.vstack([np.hstack(tiles[start:start + columns]) for start in range(0, len(tiles), columns)])


def _draw_page(pixels: np.ndarray, maps: PageMaps, settings: RegionSettings, tile: int) -> np.ndarray:
    page, writing = turn(pixels, maps.orientation), turn(maps.writing, maps.orientation)
    scale = tile / max(page.shape)
    size = (max(1, round(page.shape[0] * scale)), max(1, round(page.shape[1] * scale)))
    small = cv2.cvtColor(cv2.resize(page, size[::-1], interpolation=cv2.INTER_AREA), cv2.COLOR_GRAY2RGB)
    weight = cv2.resize(writing, size[::-1])[..., None] * 0.4                   # (H, W, 1)
    small = np.ascontiguousarray((small * (1 - weight) + _MAP * weight).astype(np.uint8))
    for index, region in enumerate(find_regions(writing, cells_to_page(image_size(writing), size), settings)):
        colour = _OUTLINES[index % len(_OUTLINES)]
        points = np.round(region.polygon.array).astype(np.int32)
        cv2.polylines(small, [points], True, colour, 2)
        cv2.putText(small, f"{region.confidence:.2f}", (int(points[0, 0]), int(points[0, 1]) - 4),
                    cv2.FONT_HERSHEY_SIMPLEX, 0.4, colour, 1, cv2.LINE_AA)
    canvas = np.full((tile, tile, 3), 255, np.uint8)
    canvas[:size[0], :size[1]] = small
    return canvas
