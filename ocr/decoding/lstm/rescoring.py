"""Rescore the n-best readings of lines with a language network.

Axes: R readings of all lines together, T positions, V characters of the network.
"""
from __future__ import annotations

from typing import Callable, List, Sequence, Tuple, cast

import numpy as np

from ocr.decoding.lstm.characters import Characters, log_probabilities
from ocr.engine.network import open_network
from ocr.engine.settings import EngineSettings
from ocr.models.store import InstalledModel

_PLACES = 16_384            # characters of a batch at most, with padding


class Rescorer:
    """Scores texts with a language network.

    Parameters
    ----------
    network : maps tokens, (N, T) float32, to logits, (N, T, V) float32.
    characters : of the network.
    """

    def __init__(self, network: Callable[[np.ndarray], Tuple[np.ndarray, ...]], characters: Characters):
        self._network, self._characters = network, characters

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """Return the log-probability of each text, as a line that begins after a space, (R,) float64."""
        found = np.zeros(len(texts))
        for group in _groups([len(text) for text in texts]):
            found[group] = log_probabilities(self._network, self._characters, [texts[index] for index in group])
        return found


def open_network_model(model: InstalledModel, engine: EngineSettings) -> Rescorer:
    """Open a language network.

    Parameters
    ----------
    model : trained by `scripts/train_language_model.py`.

    Raises
    ------
    ModelNotFound, ModelMismatch : a file is missing or damaged.
    """
    network = open_network(model.folder, engine.engine, engine.device, engine.threads)
    return Rescorer(network, Characters(cast(str, model.card.alphabet)))


def _groups(lengths: Sequence[int]) -> List[List[int]]:
    """Group texts into batches of similar length and bounded size."""
    groups: List[List[int]] = []
    for index in sorted(range(len(lengths)), key=lambda index: -lengths[index]):
        if not groups or (len(groups[-1]) + 1) * lengths[groups[-1][0]] > _PLACES:
            groups.append([])
        groups[-1].append(index)
    return groups
