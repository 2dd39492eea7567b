"""Prepare line images for the network: normalise, pad, and group into batches of similar width."""
from __future__ import annotations

from dataclasses import dataclass
from typing import List, Sequence

import numpy as np

REDUCTION = 4
"""Pixels of width per output column of the network, where a card does not give it."""
WIDTH_STEP = 32
"""Batches are padded to a multiple of this width in pixels, where a card does not give it."""


@dataclass(frozen=True)
class LineBatch:
    """A batch of line images, the input of the network.

    Parameters
    ----------
    images : (N, 1, H, W) float32, paper near 0, ink positive, padded with 0 on the right.
    widths : (N,) int64, each line image's own width in pixels.
    reduction : pixels of width per output column.
    """

    images: np.ndarray
    widths: np.ndarray
    reduction: int = REDUCTION

    @property
    def frames(self) -> np.ndarray:
        """Output columns of each line, (N,) int64; those after them are padding."""
        return -(-self.widths // self.reduction)


def normalise_line_image(line_image: np.ndarray) -> np.ndarray:
    """Turn a grey line image, uint8 (H, W), into float32 with paper at 0, ink positive and about unit variance."""
    ink = np.median(line_image) - line_image.astype(np.float32)
    return ink / (ink.std() + 8.0)


def stack(line_images: Sequence[np.ndarray], reduction: int = REDUCTION, width_step: int = WIDTH_STEP) -> LineBatch:
    """Normalise line images of one height, uint8 (H, W), and pad them on the right into one batch.

    Parameters
    ----------
    reduction : see `LineBatch`.
    width_step : the batch's width is a multiple of it, in pixels.
    """
    widths = np.array([line_image.shape[1] for line_image in line_images], dtype=np.int64)
    width = -(-int(widths.max()) // width_step) * width_step
    images = np.zeros((len(line_images), 1, line_images[0].shape[0], width), dtype=np.float32)
    for image, line_image in zip(images, line_images):
        image[0, :, :line_image.shape[1]] = normalise_line_image(line_image)
    return LineBatch(images, widths, reduction)


def group_by_width(widths: Sequence[float], columns: int, max_items: int = 64) -> List[np.ndarray]:
    """Group items into batches of similar width.

    Parameters
    ----------
    widths : width of each item in pixels.
    columns : pixels of padded width in a batch at most, all items together; a wider item is a batch of its own.
    max_items : items in a batch at most.

    Returns
    -------
    list of int64 arrays of item indices, narrow items first.
    """
    groups: List[List[int]] = []
    for index in np.argsort(np.asarray(widths), kind="stable"):
        width = max(float(widths[index]), 1.0)
        if not groups or len(groups[-1]) >= max_items or (len(groups[-1]) + 1) * width > columns:
            groups.append([])
        groups[-1].append(int(index))
    return [np.array(group, dtype=np.int64) for group in groups]
