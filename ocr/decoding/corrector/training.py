"""What the corrector learns from: pieces of running text of line length, corrupted anew each time, and the original text."""
from __future__ import annotations

import textwrap
from typing import Any, Dict, List, Mapping, Sequence

import numpy as np

from ocr.decoding.corrector.confusions import Confusions
from ocr.decoding.corrector.tokens import END, PADDING, Tokens
from ocr.engine.learner import TracedTraining
from ocr.engine.network import Network

SHORTEST, LINE = 16, 72     # characters of a piece
_MEASURED = 1000            # pieces that the corrector is measured on
_TOGETHER = 64              # of them in a batch


def trace_corrector(size: int, seed: int, **layers: Any) -> TracedTraining:
    """Make a new corrector with its loss, ready for any engine's learner.

    Parameters
    ----------
    size : vocabulary size.
    seed : of the initial weights.
    layers : see `ocr.decoding.corrector.network.CorrectorTransformer`.
    """
    from ocr.decoding.corrector.network import CorrectorTransformer
    from ocr.engine.gluon import import_mxnet, trace_training

    mx = import_mxnet()
    mx.random.seed(seed)
    network = CorrectorTransformer(size, prefix="corrector_", **layers)
    network.initialize(mx.init.Xavier())
    sample = {"source": np.full((2, 5), END), "prefix": np.full((2, 4), END), "targets": np.full((2, 4), END)}
    return trace_training(network, _next_token_loss(mx), sample, inputs=("source", "prefix"))


def _next_token_loss(mx: Any) -> Any:
    """Make the loss, (1,), in nats per token other than padding, from logits (N, T, V) and targets (N, T)."""
    class NextTokenLoss(mx.gluon.HybridBlock):
        def hybrid_forward(self, F: Any, logits: Any, targets: Any) -> Any:
            log_probs = F.pick(F.log_softmax(logits, axis=-1), targets, axis=-1)                    # (N, T)
            there = targets != PADDING
            return -F.sum(log_probs * there) / F.sum(there)

    return NextTokenLoss(prefix="next_token_")


class CorrectorTask:
    """Learning to correct; see `ocr.training.task.Task` for the methods.

    Parameters
    ----------
    train : lines of running text, taken as one text with spaces between them.
    validation : lines to measure with; they are cut into pieces as long as handwritten lines, and corrupted once.
    confusions : the model of misreadings, whose characters make the vocabulary.
    batches : per epoch.
    pieces : per batch.
    """

    name = "corrector"
    reads = "source prefix"
    key = "bits_per_character"
    smaller_is_better = True

    def __init__(self, train: Sequence[str], validation: Sequence[str], confusions: Confusions, batches: int = 500,
                 pieces: int = 32):
        self.confusions, self.tokens = confusions, Tokens(confusions.characters)
        self.batches, self.pieces = batches, pieces
        self._space = int(confusions.characters.encode(" ")[0])
        self._text = confusions.characters.encode(" " + " ".join(train) + " ").astype(np.int32)
        self._spaces = np.flatnonzero(self._text == self._space)                            # before and after each word
        pieces_ = [piece for line in validation for piece in textwrap.wrap(line, LINE)]
        self.validation = [confusions.characters.encode(piece) for piece in pieces_[:_MEASURED]]

    def plan(self, rng: np.random.Generator) -> List[np.ndarray]:
        """Choose the words that pieces begin with."""
        starts = self._spaces[:np.searchsorted(self._spaces, len(self._text) - LINE - 1)]
        return list(rng.choice(starts, (self.batches, self.pieces))) if len(starts) else []

    def batch(self, recipe: np.ndarray, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        """Return pieces of similar length, each of whole words, corrupted and original."""
        length = int(rng.integers(SHORTEST, LINE + 1))
        ends = self._spaces[np.searchsorted(self._spaces, recipe + 1 + length, side="right") - 1]
        return self._batch([self._text[start + 1:max(end, start + 1)] for start, end in zip(recipe, ends)], rng)

    def _batch(self, written: Sequence[np.ndarray], rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        """Misread lines, (L,) each, and return the network's inputs and targets."""
        targets = self.tokens.stack(written)                                                # (N, T)
        prefix = np.concatenate([np.full((len(targets), 1), END), targets[:, :-1]], axis=1)
        prefix[prefix == END] = PADDING                                                     # of lines that have ended
        prefix[:, 0] = END
        source = self.tokens.stack([self._misread(line, rng) for line in written])          # (N, S)
        return {name: array.astype(np.float32)
                for name, array in (("source", source), ("prefix", prefix), ("targets", targets))}

    def _misread(self, line: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Misread a line: some lines and some of their words are harder to read than others."""
        words = np.cumsum(line == self._space)
        times = rng.gamma(1.0, 3.0) * rng.gamma(0.5, 2.0, words[-1] + 1 if len(words) else 0)
        return self.confusions.misread(line, times[words], rng)

    def evaluate(self, network: Network) -> Dict[str, float]:
        """Return bits per character with teacher forcing, and the share of tokens where another one is more probable."""
        rng, order = np.random.default_rng(0), sorted(self.validation, key=len)
        bits = wrong = count = 0.0
        for first in range(0, len(order), _TOGETHER):
            batch = self._batch(order[first:first + _TOGETHER], rng)
            (logits,) = network(batch["source"], batch["prefix"])                           # (N, T, V)
            targets, there = batch["targets"].astype(np.int64), batch["targets"] != PADDING
            top = logits.max(axis=-1)
            chosen = np.take_along_axis(logits, targets[:, :, None], axis=-1)[:, :, 0]
            losses = top + np.log(np.exp(logits - top[:, :, None]).sum(axis=-1)) - chosen   # (N, T)
            bits += losses[there].sum(dtype=np.float64) / np.log(2)
            wrong += (logits.argmax(axis=-1) != targets)[there].sum()
            count += there.sum()
        return {self.key: float(bits / max(count, 1)), "wrong": float(wrong / max(count, 1))}

    def drawing(self, network: Network) -> None:
        """There is nothing to draw."""
