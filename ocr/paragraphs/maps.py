"""Input and outputs of the page network: from pixels to its input, and from its outputs to a map and an orientation.

Axes: N pages (always one here), H x W pixels of the network's input, h x w = H/8 x W/8 cells of the map.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Tuple

import cv2
import numpy as np

from ocr.engine.network import Network
from ocr.images.load import grey
from ocr.page.geometry import Transform
from ocr.paragraphs.kinds import HANDWRITING
from ocr.paragraphs.settings import ParagraphSettings

CELL = 8                    # input pixels on a side of one cell of the map
MOST = 4_000_000            # input pixels, which bounds time and memory


@dataclass(frozen=True)
class PageMaps:
    """The network's predictions for one page, as it was loaded.

    Parameters
    ----------
    kinds : (K, h, w) float32, probability of each kind of text in each cell, 0 to 1, see `ocr.paragraphs.kinds`.
    votes : weighted share of the text that votes for each number of clockwise quarter turns; sums to 1.
    """

    kinds: np.ndarray = field(repr=False)
    votes: Tuple[float, float, float, float]

    @property
    def writing(self) -> np.ndarray:
        """The probability of handwriting, (h, w)."""
        return self.kinds[HANDWRITING]

    def of(self, kind: int) -> np.ndarray:
        """The probability of a kind of text where none other is likelier, else 0, (h, w)."""
        return np.where(self.kinds[kind] == self.kinds.max(axis=0), self.kinds[kind], 0.0).astype(np.float32)

    @property
    def orientation(self) -> int:
        """Clockwise quarter turns, 0 to 3, that make the page upright."""
        return int(np.argmax(self.votes))


def network_input(pixels: np.ndarray, settings: ParagraphSettings = ParagraphSettings(), zoom: float = 1.0) -> np.ndarray:
    """Resize a page to the network's input size, paper near 0 and ink positive.

    Parameters
    ----------
    pixels : (H, W, 3) RGB or (H, W) grey, uint8, of any size.
    settings : the network's.
    zoom : times the usual size.

    Returns
    -------
    (1, 1, H, W) float32; both sides are multiples of the stride, which may stretch the page by a few per cent.
    """
    shorter, longer = sorted(pixels.shape[:2])
    scale, stride = zoom * max(settings.longest / longer, min(settings.shortest / shorter, 1.0)), settings.stride
    scale = min(scale, (MOST / (shorter * longer)) ** 0.5)
    rows, columns = (max(stride, round(side * scale / stride) * stride) for side in pixels.shape[:2])
    shrunk = cv2.resize(grey(pixels), (columns, rows), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    return ink(shrunk)[None, None]                                              # (1, 1, H, W)


def ink(grey_pixels: np.ndarray) -> np.ndarray:
    """Invert grey pixels, uint8, to float32: white 0, black 1."""
    return 1.0 - grey_pixels.astype(np.float32) / 255.0


def read_maps(pixels: np.ndarray, network: Network, settings: ParagraphSettings = ParagraphSettings(),
              zoom: float = 1.0) -> PageMaps:
    """Run the network on a page and let its patches of text vote on the orientation.

    Parameters
    ----------
    pixels : (H, W, 3) RGB or (H, W) grey, uint8.
    network : an `ocr.paragraphs.network.PageNet` on any engine.
    settings : the network's.
    zoom : of its input, see `network_input`.
    """
    writing, turns = network(network_input(pixels, settings, zoom))                   # (1, K, h, w), (1, 4, h/2, w/2)
    kinds = 1.0 / (1.0 + np.exp(-np.clip(writing[0], -30, 30)))                 # (K, h, w)
    weights = cv2.resize(kinds.max(axis=0), turns.shape[:1:-1], interpolation=cv2.INTER_AREA)    # (h/2, w/2)
    weights = np.where(weights > settings.votes.threshold, weights, 0.0)
    if weights.sum() < settings.votes.min_writing:
        return PageMaps(kinds, (1.0, 0.0, 0.0, 0.0))
    probabilities = np.exp(turns[0] - turns[0].max(axis=0))                     # (4, h/2, w/2)
    probabilities /= probabilities.sum(axis=0)
    votes = (probabilities * weights).sum(axis=(1, 2)) / weights.sum()          # (4,)
    none, once, twice, thrice = (float(vote) for vote in votes)
    return PageMaps(kinds, (none, once, twice, thrice))


def cells_to_page(cells: Tuple[int, int], page: Tuple[int, int], orientation: int = 0) -> Transform:
    """Return the transform from cells of an upright map to pixels of the page as it was loaded.

    Parameters
    ----------
    cells : (h, w) of the map after turning it upright.
    page : (height, width) of the page as loaded.
    orientation : clockwise quarter turns that make the page upright.
    """
    height, width = page if orientation % 2 == 0 else page[::-1]
    grow = Transform((width / cells[1], 0, 0, 0, height / cells[0], 0, 0, 0, 1))
    return grow.then(Transform.quarter_turns(orientation, page).inverse())
