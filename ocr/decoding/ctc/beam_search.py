"""CTC prefix beam search with a language model, many lines in parallel.

Axes: N lines, n that are not finished, T frames, F of all lines together, C classes (the characters, then the CTC blank), B prefixes
in the beam, K characters that a frame may add. All scores are natural logarithms.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Optional, Protocol, Sequence, Tuple

import numpy as np

_LOG_ZERO = -1e30
_CONFIDENT_BLANK = np.log(0.9995)    # above it a frame is taken to be blank


class LanguageModel(Protocol):
    """What beam search needs of a language model. States are small integers; 0 is the initial one."""

    def begin(self) -> None:
        """Prepare for a search."""

    def log_probs(self, states: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Log-probability of characters after states, int arrays of shapes that broadcast."""

    def next_state(self, states: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """States after one more character, (S,) int each."""


@dataclass(frozen=True)
class BeamSettings:
    """Width of a beam search, and the weights of its scores.

    Parameters
    ----------
    beam : B, beam width in prefixes.
    candidates : K, most probable characters that a frame may add; 0 for all.
    weight : of the language model's log-probability.
    bonus : added for each character, since a language model lowers the score with every one.
    margin : how far below the best prefix a new one may score.
    """

    beam: int = 16
    candidates: int = 12
    weight: float = 0.0
    bonus: float = 0.0
    margin: float = 10.0


@dataclass(frozen=True)
class Hypothesis:
    """One reading of a line: class numbers, and its weighted log-probability, from -inf to 0 without a bonus."""

    labels: Tuple[int, ...]
    score: float


def search(lines: Sequence[np.ndarray], model: Optional[LanguageModel] = None,
           settings: BeamSettings = BeamSettings()) -> List[List[Hypothesis]]:
    """Find the best-scoring readings of lines.

    Parameters
    ----------
    lines : (T, C) float32 log-probabilities each, blank last; T may differ and be 0.
    model : None decodes by the network alone.

    Returns
    -------
    For each line up to B different readings, the best first.

    Source
    ------
    Hannun et al., First-pass large vocabulary continuous speech recognition using bi-directional recurrent DNNs, 2014,
    https://arxiv.org/abs/1408.2873, algorithm 1; here the language model scores each character.
    """
    if not lines:
        return []
    if model:
        model.begin()
    clear = [int((line[:, -1] <= _CONFIDENT_BLANK).sum()) for line in lines]
    order = sorted(range(len(lines)), key=lambda index: -clear[index])
    beams = _Beams([lines[index] for index in order], model, settings)
    counts = np.array([clear[index] for index in order])
    for time in range(counts[0]):
        beams.step((counts.cumsum() - counts + time)[counts > time])
    found = dict(zip(order, beams.readings()))
    return [found[index] for index in range(len(lines))]


class _Beams:
    """The beams of all lines, B slots each, (N, B); an empty slot scores _LOG_ZERO.

    A prefix is a number: 0 is the empty one, others get the next as they are met, and -1 is none. `_numbers` finds each by
    the number of the prefix without its last label, and that label, packed. Frames that are almost certainly blank are skipped,
    and only their log-probability is added: after them, all paths end in a blank.
    """

    def __init__(self, lines: Sequence[np.ndarray], model: Optional[LanguageModel], settings: BeamSettings):
        self._model, self._settings = model, settings
        self._numbers: Dict[int, int] = {}
        blanks = [line[:, -1] > _CONFIDENT_BLANK for line in lines]
        self._frames = np.concatenate([line[~blank] for line, blank in zip(lines, blanks)])           # (F, C)
        self._apart = np.concatenate([np.r_[False, blank][:-1][~blank] for blank in blanks])          # (F,) after a skipped blank
        characters = self._frames.shape[1] - 1
        count = min(settings.candidates, characters) or characters
        self._labels = np.argpartition(-self._frames[:, :-1], count - 1, axis=1)[:, :count]           # (F, K)
        self._log_probs = np.take_along_axis(self._frames, self._labels, axis=1)                      # (F, K)
        shape = (len(lines), settings.beam)
        self._number, self._parent, self._last = (np.full(shape, -1) for _ in range(3))
        self._state, self._bonus = np.zeros(shape, np.int64), np.zeros(shape)   # bonus: language model and length
        self._blank, self._label = np.full(shape, _LOG_ZERO), np.full(shape, _LOG_ZERO)   # paths that end in a blank, in a label
        self._number[:, 0], self._parent[:, 0] = 0, -2
        self._blank[:, 0] = [line[blank, -1].sum(dtype=np.float64) for line, blank in zip(lines, blanks)]

    def step(self, rows: np.ndarray) -> None:
        """Advance each of the first n lines by one frame: rows of all frames, (n,)."""
        number, parent, last, state, bonus, blank, label = (
            array[:len(rows)] for array in (self._number, self._parent, self._last, self._state, self._bonus, self._blank,
                                            self._label))                       # (n, B)
        labels, apart = self._labels[rows], self._apart[rows]                   # (n, K), (n,)
        both = np.logaddexp(blank, label)
        blank[apart], label[apart] = both[apart], _LOG_ZERO
        repeated = last[:, :, None] == labels[:, None]                          # (n, B, K)
        grown = np.where(repeated, blank[:, :, None], both[:, :, None]) + self._log_probs[rows][:, None]
        np.add(both, self._frames[rows, -1:], out=blank)
        label += self._frames[rows[:, None], last]
        self._join(repeated, grown)
        scores = grown + (bonus + self._settings.bonus)[:, :, None]             # (n, B, K)
        if self._model:
            scores += self._settings.weight * self._model.log_probs(state[:, :, None], labels[:, None])
        followed = self._followed(np.logaddexp(blank, label) + bonus, scores)   # (n, B + B K)
        leave = np.nonzero(~followed[:, :self._settings.beam])                  # as many on each line as enter
        enter = np.flatnonzero(followed[:, self._settings.beam:])
        place, choice = np.divmod(enter, labels.shape[1])
        added, parents, network = labels[leave[0], choice], number.reshape(-1)[place], grown.reshape(-1)[enter]
        if self._model:
            state[leave] = self._model.next_state(state.reshape(-1)[place], added)
        number[leave], parent[leave], last[leave] = self._numbers_of(parents, added), parents, added
        bonus[leave], blank[leave], label[leave] = scores.reshape(-1)[enter] - network, _LOG_ZERO, network

    def readings(self) -> List[List[Hypothesis]]:
        """Return the readings of each line, the best first."""
        scores = np.logaddexp(self._blank, self._label) + self._bonus           # (N, B)
        keys = [0, *self._numbers]
        return [[Hypothesis(_spell(keys, int(numbers[place])), float(line[place])) for place in np.argsort(-line)
                 if line[place] > _LOG_ZERO / 2] for numbers, line in zip(self._number, scores)]

    def _join(self, repeated: np.ndarray, grown: np.ndarray) -> None:
        """Merge prefixes that grow into one already in the beam with it, in place, (n, B, K) both."""
        line, child, choice = np.nonzero(repeated)
        pair, place = np.nonzero(self._parent[line, child][:, None] == self._number[line])          # (pairs, B)
        line, child, choice = line[pair], child[pair], choice[pair]
        self._label[line, child] = np.logaddexp(self._label[line, child], grown[line, place, choice])
        grown[line, place, choice] = _LOG_ZERO

    def _followed(self, stay: np.ndarray, longer: np.ndarray) -> np.ndarray:
        """Select the B best prefixes of each line among (n, B) and (n, B, K): (n, B + B K) bool."""
        beam = self._settings.beam
        scores = np.concatenate([stay, longer.reshape(len(stay), -1)], axis=1)
        threshold = np.maximum(scores.max(axis=1, keepdims=True) - self._settings.margin, _LOG_ZERO / 2)
        scores[:, beam:][scores[:, beam:] < threshold] = -np.inf
        followed = np.zeros(scores.shape, bool)
        followed[np.arange(len(stay))[:, None], scores.argpartition(-beam, axis=1)[:, -beam:]] = True
        return followed

    def _numbers_of(self, parents: np.ndarray, labels: np.ndarray) -> List[int]:
        numbers = self._numbers
        return [numbers.setdefault(key, len(numbers) + 1) for key in (parents << 16 | labels).tolist()]


def _spell(keys: Sequence[int], number: int) -> Tuple[int, ...]:
    """Return all labels of a prefix; keys hold the parent and the last label of each."""
    labels = []
    while number:
        labels.append(keys[number] & 0xffff)
        number = keys[number] >> 16
    return tuple(reversed(labels))
