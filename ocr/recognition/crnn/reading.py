"""Line strips through a network, in batches of like width: to its output, or to text by the best path."""
from __future__ import annotations

from typing import Callable, List, Sequence, Tuple

import numpy as np

from ocr.decoding.ctc.best_path import Decoded, decode
from ocr.recognition.crnn.batches import group_by_width, stack
from ocr.text.alphabet import Alphabet


def strip_logits(strips: Sequence[np.ndarray], network: Callable[[np.ndarray], Tuple[np.ndarray, ...]],
                 columns: int = 16 * 1024) -> List[np.ndarray]:
    """Give the network's output for grey strips of one height, uint8 (H, W).

    Parameters
    ----------
    network : maps images (N, 1, H, W) float32 to logits (N, T, C) float32.
    columns : most pixels of padded width in one batch, which bounds the memory.

    Returns
    -------
    Logits (T, C) float32 a strip, in the strips' order; a frame is a column of `REDUCTION` pixels.
    """
    found: List[np.ndarray] = [np.zeros((0, 0), np.float32)] * len(strips)
    for group in group_by_width([strip.shape[1] for strip in strips], columns):
        batch = stack([strips[index] for index in group])
        (logits,) = network(batch.images)                                    # (N, T, C)
        for row, frames, index in zip(logits, batch.frames, group):
            found[index] = row[:frames]
    return found


def read_strips(strips: Sequence[np.ndarray], network: Callable[[np.ndarray], Tuple[np.ndarray, ...]],
                alphabet: Alphabet) -> List[Decoded]:
    """Read grey strips of one height, uint8 (H, W), by the best path."""
    return [decode(logits, alphabet) for logits in strip_logits(strips, network)]
