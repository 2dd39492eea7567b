"""Find the text on a page: one look at all of it, and a second, larger one where text may have been missed."""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import List, Sequence, Tuple

import numpy as np

from ocr.engine.network import Network
from ocr.images.load import image_size
from ocr.images.rectify import turn
from ocr.page.overlap import share_inside
from ocr.paragraphs.kinds import KINDS, WANTED, Text
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
    regions : of the kinds of text that are wanted, in page pixels, in no particular order.
    doubtful : regions that may be such text, or something else such as a stain.
    others : regions of the other kinds of text; looked for only where there is no region of the wanted kinds.
    """

    orientation: int
    regions: Tuple[FoundRegion, ...] = ()
    doubtful: Tuple[FoundRegion, ...] = ()
    others: Tuple[FoundRegion, ...] = ()


def find_text(pixels: np.ndarray, network: Network, settings: ParagraphSettings = ParagraphSettings(),
              text: Text = "handwriting") -> Findings:
    """Find the regions of text on a page, and its orientation.

    Parameters
    ----------
    pixels : (H, W, 3) RGB or (H, W) grey, uint8.
    network : an `ocr.paragraphs.network.PageNet` on any engine.
    settings : the network's.
    text : the text that is wanted.
    """
    size, second, wanted = image_size(pixels), settings.second_look, WANTED[text]
    maps = read_maps(pixels, network, settings)
    regions = _regions(maps, maps.orientation, size, settings.regions, wanted)
    if not _outside(_hints(maps, size, settings, wanted), regions):
        others = () if regions else _regions(maps, maps.orientation, size, settings.regions, _unwanted(wanted))
        return Findings(maps.orientation, regions, others=others)
    closer = read_maps(pixels, network, settings, second.zoom)
    orientation = maps.orientation if regions else closer.orientation
    seen = _outside(_regions(closer, orientation, size, _enlarged(settings), wanted), regions)
    added = [region for region in seen if region.confidence >= second.min_confidence]
    kept = [region for region in regions
            if not any(share_inside([region.polygon], other.polygon)[0] > _COVERED for other in added)]
    others = () if kept or added else _regions(closer, orientation, size, _enlarged(settings), _unwanted(wanted))
    return Findings(orientation, (*kept, *added), tuple(region for region in seen if region not in added),
                    tuple(region for region in others if region.confidence >= second.min_confidence))


def _hints(maps: PageMaps, size: Tuple[int, int], settings: ParagraphSettings, kinds: Sequence[int]) -> Tuple[FoundRegion, ...]:
    """Extract what may be text of some kinds, even where it looks more like another kind."""
    weak = replace(settings.regions, threshold=settings.second_look.hint, min_confidence=0.0, min_confidence_of_large=0.0)
    chosen = maps.kinds[[kind for kind in kinds if kind < len(maps.kinds)]].max(axis=0, keepdims=True)    # (1, h, w)
    return _regions(replace(maps, kinds=chosen), maps.orientation, size, weak, (0,))


def _unwanted(wanted: Sequence[int]) -> Tuple[int, ...]:
    return tuple(kind for kind in range(len(KINDS)) if kind not in wanted)


def _regions(maps: PageMaps, orientation: int, size: Tuple[int, int], settings: RegionSettings,
             kinds: Sequence[int]) -> Tuple[FoundRegion, ...]:
    """Extract the regions of some kinds, in pixels of the page of (height, width), clipped to it."""
    found = []
    for kind in kinds:
        if kind < len(maps.kinds):
            writing = turn(maps.of(kind), orientation)                          # (h, w), upright
            to_page = cells_to_page(image_size(writing), size, orientation)
            found += [replace(region, polygon=region.polygon.clip(size), kind=kind)
                      for region in find_regions(writing, to_page, settings)]
    return tuple(found)


def _enlarged(settings: ParagraphSettings) -> RegionSettings:
    """Return how regions are extracted from the second map, whose cells are smaller; doubtful regions are kept."""
    second, regions = settings.second_look, settings.regions
    return replace(regions, min_confidence=second.min_doubtful, min_confidence_of_large=second.min_doubtful,
                   min_area=regions.min_area * second.zoom ** 2, gap=regions.gap * second.zoom, growth=regions.growth * second.zoom)


def _outside(regions: Sequence[FoundRegion], others: Sequence[FoundRegion]) -> List[FoundRegion]:
    """Return the regions that lie mostly outside the others."""
    inside = sum((share_inside([region.polygon for region in regions], other.polygon) for other in others),
                 np.zeros(len(regions)))
    return [region for region, share in zip(regions, inside) if share < _SAME]
