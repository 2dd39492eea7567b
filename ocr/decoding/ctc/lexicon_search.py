"""Correct the words of a reading by lexicons: look-alikes from an index, chosen by what the network says of each.

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
    """How lexicons are searched, whatever their words. All scores are natural logarithms.

    Parameters
    ----------
    nearest, kept : words that the index gives, and those of them that the network is asked about.
    apart : log-probability that a space was missed or synthetic.
    other_case : log-probability that a word's case was misread.
    sure, sure_if_known : confidence of its least sure character from which a word is left alone, the second if it is
        known; the first lets a space be found in it still.
    own : log-probability that a word is one of the user's own.
    min_words : of a page, from which it can be told which lexicon fits.
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
    """What a word of a line may say instead, and how much better that is than what was read."""

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
    lexicons : by name; each page has the one that fits it best, or none.
    own : the user's lexicons, known and looked for on every page.
    own_alone : whether the others are known words only, not looked for.
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
        for line, spelt, path in zip(changed, labels, align([log_probs[line] for line in changed], labels)):
            if np.isfinite(path[0]):
                found[line] = _decoded(log_probs[line], found[line], changed[line], spelt, path)
        return found

    def language(self, texts: Sequence[str]) -> Optional[str]:
        """Tell which lexicon fits the texts of a page best, or None where none fits."""
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
    lines : (T, C) float32 log probabilities each.
    found : what was read.
    searched : lexicons whose words are looked for.
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
        """Find what is better than what was read, for the doubtful words of all lines."""
        asked = self._doubtful([(number, span) for number, (line, decoded) in enumerate(zip(self.lines, self.found))
                                for span in find_spans(decoded, len(line))])
        offers = self._offers(asked)
        log_probs = self._log_probs([word for offered in offers for text in offered for word in text.split(" ")])
        ctc_scores = forward_scores([self.lines[number][span.start_frame:span.end_frame] for number, span in asked],
                                    [[[self.labels[character] for character in text] for text in offered]
                                     for offered in offers])
        better = []
        for (number, span), offered, scores in zip(asked, offers, ctc_scores):
            total = {text: score + extra + self.weights.weight * sum(self._log_prob(word, log_probs) for word in text.split())
                     for (text, extra), score in zip(offered.items(), scores.tolist())}
            best = max(total, key=total.__getitem__)
            if total[best] > total[span.text]:
                better.append(_Correction(number, span, best, total[best] - total[span.text]))
        return better

    def _doubtful(self, spans: Sequence[Tuple[int, Span]]) -> List[Tuple[int, Span]]:
        """Leave out known words that the network is fairly sure of, and pairs of known words."""
        log_probs = self._log_probs([word for _, span in spans for word in span.text.split(" ")])
        return [(number, span) for number, span in spans
                if min(log_probs[word] for word in span.text.split(" ")) == -np.inf
                or " " not in span.text and span.confidence < self.settings.sure_if_known]

    def _offers(self, asked: Sequence[Tuple[int, Span]]) -> List[Dict[str, float]]:
        """Give for each word what it may say, itself first, and what is added to the score of each of these texts."""
        offers: List[Dict[str, float]] = [{span.text: 0.0} for _, span in asked]
        unsure = [(span, offered) for (_, span), offered in zip(asked, offers) if span.confidence < self.settings.sure]
        for lexicon in self.searched:
            candidates = lexicon.find([span.text.replace(" ", "") for span, _ in unsure], self.settings.nearest,
                                      self.settings.kept, self.weights.weight)
            for (span, offered), words in zip(unsure, candidates):
                self._offer(span, [word.word for word in words], offered)
        self._part(asked, offers)
        return offers

    def _offer(self, span: Span, words: Sequence[str], offered: Dict[str, float]) -> None:
        """Add words to what a span may say, in the case that was read and in the other."""
        joined = span.text.replace(" ", "")
        apart = self.settings.apart if joined != span.text else 0.0
        for word in words:
            written = cased(word, joined)
            for text, extra in ((written, apart), (other_case(written), apart + self.settings.other_case)):
                if all(character in self.labels for character in text):
                    offered.setdefault(text, extra)

    def _part(self, asked: Sequence[Tuple[int, Span]], offers: Sequence[Dict[str, float]]) -> None:
        """Add two words in place of one, where both are known."""
        parted = [(span.text[:place], span.text[place:], offered) for (_, span), offered in zip(asked, offers)
                  if span.text.isalpha() for place in range(2, len(span.text) - 1)]
        log_probs = self._known([part for pair in parted for part in pair[:2]]).reshape(-1, 2).sum(axis=1)
        for (first, second, offered), log_prob in zip(parted, log_probs.tolist()):
            if log_prob > self.weights.out_of(first + second):
                offered.setdefault(f"{first} {second}", self.settings.apart)

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
        """Log-probability of words as the likeliest of the lexicons has it, -inf of those in none, (N,) float32."""
        return np.max([lexicon.log_probs(words) + (self.settings.own if lexicon in self.own else 0.0)
                       for lexicon in self.known], axis=0)


@dataclass(frozen=True)
class _Corrected:
    """A line's new text, and the logarithm of how much likelier it is than what was read."""

    text: str
    gain: float


def _corrected(found: Sequence[Decoded], corrections: Sequence[_Correction]) -> Dict[int, _Corrected]:
    """Write corrections into the lines that they change, by line; of those that overlap the best."""
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
    """Give a corrected reading the frames where its characters stand, and keep what was read before."""
    score, frames = path
    others = [Alternative(before.text, float(np.exp(-corrected.gain))),
              *(other for other in before.others if other.text != corrected.text)]
    return Decoded(corrected.text, score, placed(line, corrected.text, labels, frames),
                   tuple(sorted(others, key=lambda other: -other.share)[:OTHERS]), before.language)
