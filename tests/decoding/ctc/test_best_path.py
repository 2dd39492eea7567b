"""Best path decoding against a plain collapse, and the frames and confidences of words."""
import itertools

import numpy as np
import pytest

from ocr.decoding.ctc.best_path import decode, log_softmax, words
from ocr.text.alphabet import Alphabet

ALPHABET = Alphabet("ab ")
BLANK = ALPHABET.blank


def logits_of(path, sure=6.0):
    logits = np.zeros((len(path), ALPHABET.size), np.float32)
    logits[np.arange(len(path)), list(path)] = sure
    return logits


def collapse(path):
    return "".join(ALPHABET.characters[label] for label, _ in itertools.groupby(path) if label != BLANK)


def test_every_path_of_five_frames_collapses_as_by_hand():
    for path in itertools.product(range(ALPHABET.size), repeat=5):
        assert decode(logits_of(path), ALPHABET).text == collapse(path)


@pytest.mark.parametrize("seed", range(10))
def test_random_logits(seed):
    logits = np.random.default_rng(seed).normal(size=(40, ALPHABET.size)).astype(np.float32) * 3
    found = decode(logits, ALPHABET)
    posteriors = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    path = posteriors.argmax(axis=1)
    assert found.text == collapse(path)
    assert found.log_probability == pytest.approx(np.log(posteriors.max(axis=1)).sum(), rel=1e-5)
    for character in found.characters:
        frames = slice(character.start_frame, character.end_frame)
        label = ALPHABET.characters.index(character.character)
        assert (path[frames] == label).all() and character.end_frame > character.start_frame
        assert character.end_frame == len(path) or path[character.end_frame] != label
        assert character.confidence == pytest.approx(posteriors[frames, label].max(), rel=1e-5)


def test_repeats_need_a_blank_between():
    assert decode(logits_of([0, 0, BLANK, 0]), ALPHABET).text == "aa"
    assert decode(logits_of([0, 0, 0]), ALPHABET).text == "a"


def test_words_have_half_open_frames_and_geometric_mean_confidence():
    #                  0      1  2  3      4  5      6  7      8  9
    found = decode(logits_of([2, 0, 0, BLANK, 1, 2, BLANK, 2, 1, BLANK]), ALPHABET)
    assert found.text == " ab  b"
    first, second = words(found)
    assert (first.text, first.start_frame, first.end_frame) == ("ab", 1, 5)
    assert (second.text, second.start_frame, second.end_frame) == ("b", 8, 9)
    logits = logits_of([0, 1])
    logits[1] *= 0.2
    single = words(decode(logits, ALPHABET))[0]
    expected = np.sqrt(np.exp(log_softmax(logits)).max(axis=1).prod())
    assert single.confidence == pytest.approx(expected, rel=1e-5) and single.confidence < 0.99


def test_nothing_written():
    assert decode(np.zeros((0, ALPHABET.size), np.float32), ALPHABET).text == ""
    blank = decode(logits_of([BLANK] * 4), ALPHABET)
    assert (blank.text, blank.characters, words(blank), blank.confidence) == ("", (), (), 0.0)


def test_large_and_half_precision_logits_do_not_overflow():
    logits = logits_of([0, BLANK, 1], sure=60000.0)
    for typed in (logits, logits.astype(np.float16)):
        found = decode(typed, ALPHABET)
        assert found.text == "ab" and found.log_probability == pytest.approx(0.0)


def test_logits_of_another_alphabet_are_refused():
    with pytest.raises(ValueError, match="expected"):
        decode(np.zeros((3, 7), np.float32), ALPHABET)
