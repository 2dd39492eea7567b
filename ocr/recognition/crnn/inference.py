"""Run line images through the network in batches of similar width: to logits, or to text by the best path."""
from __future__ import annotations

from typing import List, Sequence

import numpy as np

from ocr.decoding.ctc.best_path import Decoded, decode
from ocr.engine.network import Network
from ocr.recognition.crnn.batches import REDUCTION, WIDTH_STEP, group_by_width, stack
from ocr.text.alphabet import Alphabet


def line_logits(lines: Sequence[np.ndarray], network: Network, reduction: int = REDUCTION, width_step: int = WIDTH_STEP,
                columns: int = 16 * 1024) -> List[np.ndarray]:
    """Return the logits of grey line images of one height, uint8 (H, W).

    Parameters
    ----------
    network : maps images, (N, 1, H, W) float32, to logits, (N, T, C) float32.
    reduction, width_step : see `ocr.recognition.crnn.batches.stack`.
    columns : pixels of padded width in one batch at most, which bounds the memory.

    Returns
    -------
    Logits (T, C) float32 a line, in the lines' order; a frame is a column of `reduction` pixels.
    """
    found: List[np.ndarray] = [np.zeros((0, 0), np.float32)] * len(lines)
    for group in group_by_width([line.shape[1] for line in lines], columns):
        batch = stack([lines[index] for index in group], reduction, width_step)
        (logits,) = network(batch.images)                                     # (N, T, C)
        for row, frames, index in zip(logits, batch.frames, group):
            found[index] = row[:frames]
    return found


def read_lines(lines: Sequence[np.ndarray], network: Network, alphabet: Alphabet) -> List[Decoded]:
    """Read grey line images of one height, uint8 (H, W), by the best path."""
    return [decode(logits, alphabet) for logits in line_logits(lines, network)]
