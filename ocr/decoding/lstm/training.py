"""What the language model learns from: pieces of running text, and the entropy of the next character."""
from __future__ import annotations

import textwrap
from typing import Any, Dict, List, Mapping, Sequence

import numpy as np

from ocr.engine.learner import TracedTraining
from ocr.decoding.lstm.characters import Characters, log_probabilities
from ocr.engine.network import Network

LINE = 50                   # maximum characters of a line that the model is measured on
_TOGETHER = 256             # such lines in a batch


def trace_language_model(size: int, seed: int, **layers: Any) -> TracedTraining:
    """Make a new language model with its loss, ready for any engine's learner.

    Parameters
    ----------
    size : vocabulary size, with the unknown character.
    seed : of the initial weights.
    layers : see `ocr.decoding.lstm.network.CharacterLSTM`.
    """
    from ocr.engine.gluon import import_mxnet, trace_training
    from ocr.decoding.lstm.network import CharacterLSTM

    mx = import_mxnet()
    mx.random.seed(seed)
    network = CharacterLSTM(size, prefix="language_", **layers)
    network.initialize(mx.init.Xavier())
    return trace_training(network, _next_character_loss(mx), {"tokens": np.zeros((2, 4)), "targets": np.zeros((2, 4))},
                          inputs=("tokens",))


def _next_character_loss(mx: Any) -> Any:
    """Make the loss, (N,), in nats per character, from logits (N, T, V) and targets (N, T)."""
    class NextCharacterLoss(mx.gluon.HybridBlock):
        def hybrid_forward(self, F: Any, logits: Any, targets: Any) -> Any:
            return -F.mean(F.pick(F.log_softmax(logits, axis=-1), targets, axis=-1), axis=1)

    return NextCharacterLoss(prefix="next_character_")


class LanguageTask:
    """Learning to predict characters; see `ocr.training.task.Task` for the methods.

    Parameters
    ----------
    train : lines of running text, taken as one text with spaces between them.
    validation : lines to measure with; they are cut into pieces as long as handwritten lines.
    characters : the model's vocabulary.
    length : characters of a piece to learn from; each begins with a word.
    pieces : per batch.
    """

    name = "language-network"
    reads = "tokens"
    key = "bits_per_character"
    smaller_is_better = True

    def __init__(self, train: Sequence[str], validation: Sequence[str], characters: Characters, length: int = 128,
                 pieces: int = 16):
        self.characters, self.length, self.pieces = characters, length, pieces
        self._text = characters.encode(" " + " ".join(train))
        self._starts = np.flatnonzero(self._text == characters.encode(" ")[0])              # before each word
        self.validation = [piece for line in validation for piece in textwrap.wrap(line, LINE)]

    def plan(self, rng: np.random.Generator) -> List[np.ndarray]:
        """Cut the text into pieces, at other places in every epoch, and put them into batches in random order."""
        ends = np.arange(int(rng.integers(self.length)), len(self._text) - self.length - 1, self.length)
        starts = np.unique(self._starts[np.searchsorted(self._starts, ends, side="right") - 1])
        starts = rng.permutation(starts[starts + self.length < len(self._text)])
        return np.array_split(starts, max(1, len(starts) // self.pieces)) if len(starts) else []

    def batch(self, recipe: np.ndarray, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        """Return the tokens of pieces and the next one of each, (N, T) each."""
        rows = self._text[recipe[:, None] + np.arange(self.length + 1)]                     # (N, T + 1)
        return {"tokens": rows[:, :-1].astype(np.float32), "targets": rows[:, 1:].astype(np.float32)}

    def evaluate(self, network: Network) -> Dict[str, float]:
        """Return the bits per character of the validation lines, each begun anew after a space."""
        order = sorted(self.validation, key=len)
        groups = [order[first:first + _TOGETHER] for first in range(0, len(order), _TOGETHER)]
        total = -sum(log_probabilities(network, self.characters, group).sum() for group in groups)
        return {self.key: float(total) / np.log(2) / max(sum(map(len, order)), 1)}

    def drawing(self, network: Network) -> None:
        """There is nothing to draw."""
