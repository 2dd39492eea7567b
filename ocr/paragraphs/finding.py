"""Find the handwriting on a page: one look at all of it, and a second, larger one where writing may have been missed."""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import List, Sequence, Tuple

import numpy as np

from ocr.engine.network import Network
from ocr.images.load import image_size
from ocr.images.rectify import turn
from ocr.page.overlap import share_inside
from ocr.paragraphs.maps import PageMaps, cells_to_page, read_maps
from ocr.paragraphs.regions import FoundRegion, RegionSettings, find_regions
from ocr.paragraphs.settings import ParagraphSettings

_SAME = 0.5                 # share of a region inside others from which it is not a new one
_COVERED = 0.8              # share of a region inside a larger one that takes its place


@dataclass(frozen=True)
class Findings:
    """What was found on a page.

    Parameters
    ----------
    orientation : clockwise quarter turns, 0 to 3, that make the page upright.
    regions : of handwriting, in page pixels, in no particular order.
    doubtful : regions that may be handwriting, print or a stain.
    """

    orientation: int
    regions: Tuple[FoundRegion, ...] = ()
    doubtful: Tuple[FoundRegion, ...] = ()


def find_writing(pixels: np.ndarray, network: Network, settings: ParagraphSettings = ParagraphSettings()) -> Findings:
    """Find the regions of handwriting on a page, and its orientation.

    Parameters
    ----------
    pixels : (H, W, 3) RGB or (H, W) grey, uint8.
    network : an `ocr.paragraphs.network.PageNet` on any engine.
    settings : the network's.
    """
    size, second = image_size(pixels), settings.second_look
    maps = read_maps(pixels, network, settings)
    regions = _regions(maps, maps.orientation, size, settings.regions)
    hints = _regions(maps, maps.orientation, size, replace(settings.regions, threshold=second.hint, least_confidence=0.0,
                                                          least_of_large=0.0))
    if not _outside(hints, regions):
        return Findings(maps.orientation, regions)
    closer = read_maps(pixels, network, settings, second.zoom)
    orientation = maps.orientation if regions else closer.orientation
    seen = _outside(_regions(closer, orientation, size, _enlarged(settings)), regions)
    added = [region for region in seen if region.confidence >= second.min_confidence]
    kept = [region for region in regions if not any(share_inside([region.polygon], other.polygon)[0] > _COVERED for other in added)]
    return Findings(orientation, (*kept, *added), tuple(region for region in seen if region not in added))


def _regions(maps: PageMaps, orientation: int, size: Tuple[int, int], settings: RegionSettings) -> Tuple[FoundRegion, ...]:
    """Extract the regions of a map, in pixels of the page of (height, width), clipped to it."""
    writing = turn(maps.writing, orientation)                                   # (h, w), upright
    found = find_regions(writing, cells_to_page(image_size(writing), size, orientation), settings)
    return tuple(replace(region, polygon=region.polygon.clip(size)) for region in found)


def _enlarged(settings: ParagraphSettings) -> RegionSettings:
    """Return how regions are extracted from the second map, whose cells are smaller; doubtful regions are kept."""
    second, regions = settings.second_look, settings.regions
    return replace(regions, least_confidence=second.min_doubtful, least_of_large=second.min_doubtful,
                   least_area=regions.least_area * second.zoom ** 2, gap=regions.gap * second.zoom, growth=regions.growth * second.zoom)


def _outside(regions: Sequence[FoundRegion], others: Sequence[FoundRegion]) -> List[FoundRegion]:
    """Return the regions that lie mostly outside the others."""
    inside = sum((share_inside([region.polygon for region in regions], other.polygon) for other in others),
                 np.zeros(len(regions)))
    return [region for region, share in zip(regions, inside) if share < _SAME]
