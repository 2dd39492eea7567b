"""How long to train and how fast: the settings of a run and its learning rate."""
from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """Settings of one training run.

    Parameters
    ----------
    epochs : passes over the data.
    learning_rate : highest learning rate, reached after the warm-up.
    warm_up : part of the run, 0 to 1, over which the learning rate rises linearly.
    patience : epochs without a better validation score after which the run ends; 0 never ends it early.
    seed : every random choice follows from it.
    workers : threads that prepare batches.
    checkpoint_seconds : a checkpoint is written when the last one is older than this.
    """

    epochs: int
    learning_rate: float = 1e-3
    warm_up: float = 0.05
    patience: int = 0
    seed: int = 0
    workers: int = 2
    checkpoint_seconds: float = 180.0

    def rate(self, progress: float) -> float:
        """Return the learning rate: linear warm-up, then half a cosine down to 1 % of the highest.

        Parameters
        ----------
        progress : part of the run that is done, 0 to 1.

        Source: Loshchilov and Hutter, SGDR, https://arxiv.org/abs/1608.03983, without restarts.
        """
        if progress < self.warm_up:
            return self.learning_rate * max(progress / self.warm_up, 0.01)
        done = (progress - self.warm_up) / max(1.0 - self.warm_up, 1e-9)
        return self.learning_rate * (0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * min(done, 1.0))))
