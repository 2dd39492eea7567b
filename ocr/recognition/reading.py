"""Line strips to text: batches of like width through a network, each line decoded by the best path."""
from __future__ import annotations

from typing import Callable, List, Sequence, Tuple

import numpy as np

from ocr.decoding.best_path import Decoded, decode
from ocr.recognition.strips import group_by_width, stack
from ocr.text.alphabet import Alphabet


def read_strips(strips: Sequence[np.ndarray], network: Callable[[np.ndarray], Tuple[np.ndarray, ...]],
                alphabet: Alphabet, columns: int = 16 * 1024) -> List[Decoded]:
    """Read grey strips of one height, uint8 (H, W).

    Parameters
    ----------
    network : maps images (N, 1, H, W) float32 to logits (N, T, C) float32.
    columns : most pixels of padded width in one batch, which bounds the memory.

    Returns
    -------
    One Decoded a strip, in the strips' order; frames are columns of `REDUCTION` pixels.
    """
    found: List[Decoded] = [Decoded("", 0.0)] * len(strips)
    for group in group_by_width([strip.shape[1] for strip in strips], columns):
        batch = stack([strips[index] for index in group])
        (logits,) = network(batch.images)                                    # (N, T, C)
        for row, frames, index in zip(logits, batch.frames, group):
            found[index] = decode(row[:frames], alphabet)
    return found
