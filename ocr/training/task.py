"""The interface of a training task, as the training loop uses it."""
from __future__ import annotations

from typing import Any, Dict, Mapping, Optional, Protocol, Sequence

import numpy as np

from ocr.engine.network import Network


class Task(Protocol):
    """One training task: its batches, its validation scores and a drawing of its predictions.

    Attributes
    ----------
    name : a task of the registry, such as "lines".
    reads : names of the network's inputs, with spaces between them.
    key : name of the score that chooses the best epoch.
    smaller_is_better : True where `key` is an error, False where higher is better.
    """

    name: str
    reads: str
    key: str
    smaller_is_better: bool

    def plan(self, rng: np.random.Generator) -> Sequence[Any]:
        """Return one epoch as a sequence of recipes, one for each batch."""

    def batch(self, recipe: Any, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        """Make one batch: arrays under the names of the training graph's inputs. It may run in a thread."""

    def evaluate(self, network: Network) -> Dict[str, float]:
        """Score a network on the validation writers."""

    def drawing(self, network: Network) -> Optional[np.ndarray]:
        """Draw the predictions for some validation items, uint8 (H, W, 3) RGB; None where they cannot be drawn."""
