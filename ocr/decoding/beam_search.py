"""CTC prefix beam search with a language model, many lines in step.

Axes: N lines, T frames, C classes (the characters, then the CTC blank), B prefixes that are followed, K characters that a
frame may add. All scores are natural logarithms.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Optional, Protocol, Sequence, Tuple

import numpy as np

_NEVER = -1e30
_SURE_BLANK = np.log(0.99999)   # from which a run of blank frames counts as one


class LanguageModel(Protocol):
    """What beam search asks of a language model. States are small integers; 0 is that before anything is read."""

    def begin(self) -> None:
        """Make ready for a search."""

    def gains(self, states: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Log probability of characters after states, integers of shapes that broadcast."""

    def after(self, states: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """States once a character was read, (S,) int each."""


@dataclass(frozen=True)
class BeamSettings:
    """How wide beam search looks, and how it weighs what it finds.

    Parameters
    ----------
    beam : B, prefixes that are followed.
    candidates : K, most probable characters that a frame may add; 0 for all.
    weight : of the language model's log probability.
    bonus : for each character: a language model takes from every one.
    """

    beam: int = 16
    candidates: int = 12
    weight: float = 0.0
    bonus: float = 0.0


@dataclass(frozen=True)
class Hypothesis:
    """One reading of a line: class numbers, and the logarithm of its weighed probability, from -inf to 0 without a bonus."""

    labels: Tuple[int, ...]
    score: float


def search(lines: Sequence[np.ndarray], model: Optional[LanguageModel] = None,
           settings: BeamSettings = BeamSettings()) -> List[List[Hypothesis]]:
    """Find the readings of lines that score best.

    Parameters
    ----------
    lines : (T, C) float32 log probabilities each, blank last; T may differ and be 0.
    model : None counts on the network alone.

    Returns
    -------
    For each line up to B different readings, the best first.

    Source
    ------
    Hannun et al., First-pass large vocabulary continuous speech recognition using bi-directional recurrent DNNs, 2014,
    https://arxiv.org/abs/1408.2873, algorithm 1; here the language model is asked for each character.
    """
    if not lines:
        return []
    if model:
        model.begin()
    short = [_join_blanks(line) for line in lines]
    order = sorted(range(len(lines)), key=lambda index: -len(short[index]))
    beams = _Beams(len(lines), model, settings)
    for time in range(len(short[order[0]])):
        count = sum(len(line) > time for line in short)
        beams.step(np.stack([short[index][time] for index in order[:count]]))
    rows = {index: row for row, index in enumerate(order)}
    return [beams.readings(rows[index]) for index in range(len(lines))]


def _join_blanks(line: np.ndarray) -> np.ndarray:
    """Leave one frame of each run of frames that are surely blank."""
    blank = line[:, -1] > _SURE_BLANK
    return line[~(blank & np.r_[False, blank[:-1]])]


class _Prefixes:
    """All prefixes that were ever followed, as a tree. Number 0 is the empty one.

    Attributes
    ----------
    parent, label, state : of each number, int64; the empty prefix has neither parent nor label: -1.
    bonus : what the language model and the length bring to its score, float64.
    """

    def __init__(self, model: Optional[LanguageModel], settings: BeamSettings):
        self._model, self._settings = model, settings
        self._numbers: Dict[int, int] = {}
        self.parent, self.label = np.full(1024, -1), np.full(1024, -1)
        self.state, self.bonus = np.zeros(1024, np.int64), np.zeros(1024)

    def gains(self, numbers: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """What each prefix's score gains from each label besides the network's, (n, B) and (n, K) to (n, B, K)."""
        shape = (*numbers.shape, labels.shape[1])
        if not self._model:
            return np.full(shape, self._settings.bonus)
        chances = self._model.gains(self.state[numbers][:, :, None], labels[:, None, :])
        return self._settings.weight * chances.astype(np.float64) + self._settings.bonus

    def children(self, parents: np.ndarray, labels: np.ndarray, gained: np.ndarray) -> np.ndarray:
        """Give the numbers of prefixes that are one label longer; those that are new get the next."""
        numbers, count = self._numbers, len(self._numbers) + 1
        found = np.array([numbers.setdefault(key, len(numbers) + 1) for key in (parents << 16 | labels).tolist()])
        while len(numbers) + 1 > len(self.parent):
            for name in ("parent", "label", "state", "bonus"):
                setattr(self, name, np.concatenate([getattr(self, name)] * 2))
        fresh = np.flatnonzero(found >= count)
        if len(fresh):
            new, parents, labels = found[fresh], parents[fresh], labels[fresh]
            self.parent[new], self.label[new] = parents, labels
            self.bonus[new] = self.bonus[parents] + gained[fresh]
            self.state[new] = self._model.after(self.state[parents], labels) if self._model else 0
        return found

    def spell(self, number: int) -> Tuple[int, ...]:
        """Give all labels of a prefix."""
        labels = []
        while number:
            labels.append(int(self.label[number]))
            number = int(self.parent[number])
        return tuple(reversed(labels))


class _Beams:
    """The prefixes that are followed on each line, (N, B); an empty place scores _NEVER."""

    def __init__(self, lines: int, model: Optional[LanguageModel], settings: BeamSettings):
        self._settings, self._prefixes = settings, _Prefixes(model, settings)
        self._numbers = np.zeros((lines, settings.beam), np.int64)
        self._blank = np.full((lines, settings.beam), _NEVER)                   # paths that end in a blank
        self._blank[:, 0] = 0.0
        self._label = np.full((lines, settings.beam), _NEVER)                   # and those that end in the last label

    def step(self, frame: np.ndarray) -> None:
        """Go on by one frame, (n, C), on the first n lines."""
        count = len(frame)
        lines = np.arange(count)[:, None]
        labels = self._candidates(frame)                                        # (n, K)
        numbers, blank = self._numbers[:count], self._blank[:count]
        both = np.logaddexp(blank, self._label[:count])                         # (n, B)
        last = self._prefixes.label[numbers]                                    # (n, B)
        ends_blank = both + frame[:, -1:]
        ends_label = np.where(last >= 0, self._label[:count] + frame[lines, last], _NEVER)
        repeated = last[:, :, None] == labels[:, None, :]                       # (n, B, K)
        grown = np.where(repeated, blank[:, :, None], both[:, :, None]) + frame[lines, labels][:, None, :]
        gained = self._prefixes.gains(numbers, labels)                          # (n, B, K)
        self._join(numbers, last, labels, grown, ends_label)
        bonus = self._prefixes.bonus[numbers]                                   # (n, B)
        scores = np.concatenate([np.logaddexp(ends_blank, ends_label) + bonus,
                                 (grown + bonus[:, :, None] + gained).reshape(count, -1)], axis=1)
        chosen = np.argpartition(-scores, self._settings.beam - 1, axis=1)[:, :self._settings.beam]      # (n, B)
        alive = np.take_along_axis(scores, chosen, axis=1) > _NEVER / 2
        stays = chosen < self._settings.beam
        place, choice = np.divmod(np.maximum(chosen - self._settings.beam, 0), labels.shape[1])
        place = np.where(stays, chosen, place)                                  # whose prefix stays, or grows
        grows = ~stays & alive
        row, _ = np.nonzero(grows)
        next_numbers = np.where(alive, numbers[lines, place], 0)
        next_numbers[grows] = self._prefixes.children(numbers[row, place[grows]], labels[row, choice[grows]],
                                                      gained[row, place[grows], choice[grows]])
        self._numbers[:count] = next_numbers
        self._blank[:count] = np.where(stays & alive, ends_blank[lines, place], _NEVER)
        self._label[:count] = np.where(stays, ends_label[lines, place], grown[lines, place, choice])
        self._label[:count][~alive] = _NEVER

    def readings(self, line: int) -> List[Hypothesis]:
        """List what was found on a line, the best first."""
        network = np.logaddexp(self._blank[line], self._label[line])
        found = [Hypothesis(self._prefixes.spell(int(number)), float(chance + self._prefixes.bonus[number]))
                 for number, chance in zip(self._numbers[line], network) if chance > _NEVER / 2]
        return sorted(found, key=lambda hypothesis: -hypothesis.score)

    def _candidates(self, frame: np.ndarray) -> np.ndarray:
        """Choose the labels that the frame may add, (n, K)."""
        characters = frame.shape[1] - 1
        if not 0 < self._settings.candidates < characters:
            return np.repeat(np.arange(characters)[None], len(frame), axis=0)
        return np.argpartition(-frame[:, :-1], self._settings.candidates - 1, axis=1)[:, :self._settings.candidates]

    def _join(self, numbers: np.ndarray, last: np.ndarray, labels: np.ndarray, grown: np.ndarray,
              ends_label: np.ndarray) -> None:
        """Where a prefix grows into one that is followed already, let that one have it, in place."""
        parents = self._prefixes.parent[numbers]                                # (n, B)
        line, child, parent = np.nonzero(parents[:, :, None] == numbers[:, None, :])
        same = labels[line] == last[line, child][:, None]                       # (pairs, K)
        pair, choice = np.nonzero(same)
        line, child, parent = line[pair], child[pair], parent[pair]
        np.logaddexp.at(ends_label, (line, child), grown[line, parent, choice])
        grown[line, parent, choice] = _NEVER
