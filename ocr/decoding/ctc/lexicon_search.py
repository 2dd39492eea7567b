"""Correct the words of a reading by lexicons: similar words from an index, rescored with the network's output.

Axis letters: T frames, C classes.
"""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from ocr.decoding.ctc.alignment import align
from ocr.decoding.ctc.best_path import Alternative, Decoded, Frames
from ocr.decoding.ctc.ctc_score import forward_scores
from ocr.decoding.ctc.decoders import OTHERS, Decoder, placed
from ocr.decoding.lexicon.words import Lexicon, WordWeights
from ocr.decoding.ctc.word_spans import Span, cased, find_spans, other_case, words_of
from ocr.text.alphabet import Alphabet


@dataclass(frozen=True)
class LexiconSettings:
    """Settings of the search, the same for all lexicons. All scores are natural logarithms.

    Parameters
    ----------
    nearest, kept : words that the index returns, and those of them that are rescored with the network's output.
    apart : log-probability that a space was missed or inserted.
    other_case : log-probability that a word's case was misread.
    sure, sure_if_known : lowest confidence of a word's characters from which it is left alone, the second if it is
        known; the first still allows it to be split in two.
    own : log-probability that a word is one of the user's own.
    min_words : of a page, below which no lexicon is chosen for it.
    """

    nearest: int = 100
    kept: int = 8
    apart: float = -2.0
    other_case: float = -1.0
    sure: float = 0.99
    sure_if_known: float = 0.9
    own: float = -4.0
    min_words: int = 3


@dataclass(frozen=True)
class _Correction:
    """A correction of a word of a line, and how much better it scores than what was read."""

    line: int
    span: Span
    text: str
    gain: float


class LexiconSearch:
    """Another decoder's readings, corrected.

    Parameters
    ----------
    alphabet : of the network's classes.
    base : the decoder whose readings are corrected.
    lexicons : by name; each page uses the one that fits it best, or none.
    own : the user's lexicons, searched on every page.
    own_alone : whether words of the others only count as known and are never proposed.
    """

    def __init__(self, alphabet: Alphabet, base: Decoder, lexicons: Mapping[str, Lexicon], own: Sequence[Lexicon] = (),
                 own_alone: bool = False, settings: LexiconSettings = LexiconSettings()):
        self.alphabet, self.base, self.settings = alphabet, base, settings
        self.lexicons, self.own, self._own_alone = dict(lexicons), tuple(own), own_alone
        self._labels = {character: number for number, character in enumerate(alphabet.characters)}

    def __call__(self, lines: Sequence[Frames]) -> List[Decoded]:
        """Read each line."""
        found = list(self.base(lines))
        name = self.language([decoded.text for decoded in found])
        fitting = [] if name is None else [self.lexicons[name]]
        if fitting:
            found = [decoded if decoded.language else replace(decoded, language=fitting[0].language) for decoded in found]
        searched = [*([] if self._own_alone else fitting), *self.own]
        if not searched:
            return found
        known = [*(fitting or self.lexicons.values()), *self.own]
        weights = fitting[0].weights if fitting else WordWeights()
        log_probs = [line.log_probs for line in lines]
        page = _Page(log_probs, found, searched, known, self.own, weights, self.settings, self._labels)
        changed = _corrected(found, page.corrections())
        labels = [self.alphabet.encode(corrected.text) for corrected in changed.values()]
        for line, text_labels, path in zip(changed, labels, align([log_probs[line] for line in changed], labels)):
            if np.isfinite(path[0]):
                found[line] = _decoded(log_probs[line], found[line], changed[line], text_labels, path)
        return found

    def bits_per_character(self, texts: Sequence[str]) -> float:
        """Return what the decoder whose readings are corrected says of texts; 0 where it has no language models."""
        judge = getattr(self.base, "bits_per_character", None)
        return judge(texts) if judge else 0.0

    def language(self, texts: Sequence[str]) -> Optional[str]:
        """Return the name of the lexicon that fits the texts of a page best, or None where none fits."""
        words = [word for text in texts for word in words_of(text)]
        if len(words) < max(self.settings.min_words, 1) or not self.lexicons:
            return None
        fits = {name: float(np.maximum(lexicon.log_probs(words), lexicon.weights.min_word).mean())
                for name, lexicon in self.lexicons.items()}
        best = max(fits, key=fits.__getitem__)
        return best if fits[best] >= self.lexicons[best].weights.min_fit else None


@dataclass(frozen=True)
class _Page:
    """The lines of one page, and what their words are compared with.

    Parameters
    ----------
    lines : (T, C) float32 log-probabilities each.
    found : what was read.
    searched : lexicons whose words are proposed.
    known : lexicons whose words are left alone; `own` are those of them that the user gave.
    weights : of the words.
    labels : class numbers of characters.
    """

    lines: Sequence[np.ndarray]
    found: Sequence[Decoded]
    searched: Sequence[Lexicon]
    known: Sequence[Lexicon]
    own: Sequence[Lexicon]
    weights: WordWeights
    settings: LexiconSettings
    labels: Mapping[str, int]

    def corrections(self) -> List[_Correction]:
        """Find better-scoring texts for the doubtful words of all lines."""
        doubtful = self._doubtful([(number, span) for number, (line, decoded) in enumerate(zip(self.lines, self.found))
                                for span in find_spans(decoded, len(line))])
        proposals = self._proposals(doubtful)
        log_probs = self._log_probs([word for proposed in proposals for text in proposed for word in text.split(" ")])
        ctc_scores = forward_scores([self.lines[number][span.start_frame:span.end_frame] for number, span in doubtful],
                                    [[[self.labels[character] for character in text] for text in proposed]
                                     for proposed in proposals])
        better = []
        for (number, span), proposed, scores in zip(doubtful, proposals, ctc_scores):
            total = {text: score + extra + self.weights.weight * sum(self._log_prob(word, log_probs) for word in text.split())
                     for (text, extra), score in zip(proposed.items(), scores.tolist())}
            best = max(total, key=total.__getitem__)
            if total[best] > total[span.text]:
                better.append(_Correction(number, span, best, total[best] - total[span.text]))
        return better

    def _doubtful(self, spans: Sequence[Tuple[int, Span]]) -> List[Tuple[int, Span]]:
        """Leave out known words of high confidence, and pairs of known words."""
        log_probs = self._log_probs([word for _, span in spans for word in span.text.split(" ")])
        return [(number, span) for number, span in spans
                if min(log_probs[word] for word in span.text.split(" ")) == -np.inf
                or " " not in span.text and span.confidence < self.settings.sure_if_known]

    def _proposals(self, doubtful: Sequence[Tuple[int, Span]]) -> List[Dict[str, float]]:
        """Return the proposals for each word, itself first, and what is added to the score of each."""
        proposals: List[Dict[str, float]] = [{span.text: 0.0} for _, span in doubtful]
        searchable = [(span, proposed) for (_, span), proposed in zip(doubtful, proposals) if span.confidence < self.settings.sure]
        for lexicon in self.searched:
            candidates = lexicon.find([span.text.replace(" ", "") for span, _ in searchable], self.settings.nearest,
                                      self.settings.kept, self.weights.weight)
            for (span, proposed), words in zip(searchable, candidates):
                self._propose(span, [word.word for word in words], proposed)
        self._propose_splits(doubtful, proposals)
        return proposals

    def _propose(self, span: Span, words: Sequence[str], proposed: Dict[str, float]) -> None:
        """Add words to the proposals for a span, in the case that was read and in the other."""
        joined = span.text.replace(" ", "")
        apart = self.settings.apart if joined != span.text else 0.0
        for word in words:
            written = cased(word, joined)
            for text, extra in ((written, apart), (other_case(written), apart + self.settings.other_case)):
                if all(character in self.labels for character in text):
                    proposed.setdefault(text, extra)

    def _propose_splits(self, doubtful: Sequence[Tuple[int, Span]], proposals: Sequence[Dict[str, float]]) -> None:
        """Add two words in place of one, where both are known."""
        splits = [(span.text[:place], span.text[place:], proposed) for (_, span), proposed in zip(doubtful, proposals)
                  if span.text.isalpha() for place in range(2, len(span.text) - 1)]
        log_probs = self._known([part for pair in splits for part in pair[:2]]).reshape(-1, 2).sum(axis=1)
        for (first, second, proposed), log_prob in zip(splits, log_probs.tolist()):
            if log_prob > self.weights.out_of(first + second):
                proposed.setdefault(f"{first} {second}", self.settings.apart)

    def _log_probs(self, words: Iterable[str]) -> Dict[str, float]:
        """Log-probability of words, -inf of those in no lexicon; a compound has that of its parts."""
        parts = {word: [word] if word.isalpha() else [word, *words_of(word)] for word in words}
        every = list({part for found in parts.values() for part in found})
        log_probs = dict(zip(every, self._known(every).tolist()))
        return {word: max(log_probs[word], sum(log_probs[part] for part in found[1:]) if len(found) > 1 else -np.inf)
                for word, found in parts.items()}

    def _log_prob(self, word: str, log_probs: Mapping[str, float]) -> float:
        return log_probs[word] if log_probs[word] > -np.inf else self.weights.out_of(word)

    def _known(self, words: Sequence[str]) -> np.ndarray:
        """Highest log-probability of words in the lexicons, -inf of those in none, (N,) float32."""
        return np.max([lexicon.log_probs(words) + (self.settings.own if lexicon in self.own else 0.0)
                       for lexicon in self.known], axis=0)


@dataclass(frozen=True)
class _Corrected:
    """A line's new text, and by how much its score exceeds that of what was read."""

    text: str
    gain: float


def _corrected(found: Sequence[Decoded], corrections: Sequence[_Correction]) -> Dict[int, _Corrected]:
    """Apply corrections to their lines, by line; of those that overlap, only the best."""
    kept: Dict[int, List[_Correction]] = {}
    for one in sorted(corrections, key=lambda correction: -correction.gain):
        others = kept.setdefault(one.line, [])
        if all(one.span.stop <= other.span.first or other.span.stop <= one.span.first for other in others):
            others.append(one)
    texts = {}
    for line, changes in kept.items():
        text = found[line].text
        for one in sorted(changes, key=lambda correction: -correction.span.first):
            text = text[:one.span.first] + one.text + text[one.span.stop:]
        texts[line] = _Corrected(text, sum(one.gain for one in changes))
    return texts


def _decoded(line: np.ndarray, before: Decoded, corrected: _Corrected, labels: np.ndarray, path: Tuple) -> Decoded:
    """Return a corrected reading with the frames of its characters, and the former one among its alternatives."""
    score, frames = path
    others = [Alternative(before.text, float(np.exp(-corrected.gain))),
              *(other for other in before.others if other.text != corrected.text)]
    return Decoded(corrected.text, score, placed(line, corrected.text, labels, frames),
                   tuple(sorted(others, key=lambda other: -other.share)[:OTHERS]), before.language)
