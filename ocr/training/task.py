"""What the training loop needs to know of a task, and no more."""
from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, Optional, Protocol, Sequence, Tuple

import numpy as np

Network = Callable[..., Tuple[np.ndarray, ...]]
"""Maps the network's inputs, such as images (N, channels, H, W) float32, to its outputs."""


class Task(Protocol):
    """One thing to learn: its batches, its score and an image of what it does.

    Attributes
    ----------
    name : a task of the registry, such as "lines".
    reads : names of the network's inputs, with spaces between them.
    key : name of the score that chooses the best epoch.
    smaller_is_better : whether `key` is an error (True) or a merit (False).
    """

    name: str
    reads: str
    key: str
    smaller_is_better: bool

    def plan(self, rng: np.random.Generator) -> Sequence[Any]:
        """Return one epoch as a sequence of recipes, each good for one batch."""

    def batch(self, recipe: Any, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        """Make one batch: arrays under the names of the training graph's inputs. It may run in a thread."""

    def evaluate(self, network: Network) -> Dict[str, float]:
        """Score a network on the validation writers."""

    def drawing(self, network: Network) -> Optional[np.ndarray]:
        """Draw what a network does on some validation items, uint8 (H, W, 3) RGB, if it can be drawn."""
