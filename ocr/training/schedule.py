"""The schedule of a training run: its length and its learning rate."""
from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """Settings of one training run.

    Parameters
    ----------
    epochs : passes over the data.
    learning_rate : peak learning rate, reached after the warm-up.
    warm_up : share of the run, 0 to 1, over which the learning rate rises linearly.
    patience : epochs without a better validation score before early stopping; 0 turns it off.
    seed : of all random choices.
    workers : threads that prepare batches.
    checkpoint_seconds : interval between checkpoints within an epoch, in seconds.
    """

    epochs: int
    learning_rate: float = 1e-3
    warm_up: float = 0.05
    patience: int = 0
    seed: int = 0
    workers: int = 2
    checkpoint_seconds: float = 180.0

    def rate(self, progress: float) -> float:
        """Return the learning rate: linear warm-up, then cosine decay to 1 % of the peak.

        Parameters
        ----------
        progress : share of the run that is done, 0 to 1.

        Source: Loshchilov and Hutter, SGDR, https://arxiv.org/abs/1608.03983, without restarts.
        """
        if progress < self.warm_up:
            return self.learning_rate * max(progress / self.warm_up, 0.01)
        done = (progress - self.warm_up) / max(1.0 - self.warm_up, 1e-9)
        return self.learning_rate * (0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * min(done, 1.0))))
