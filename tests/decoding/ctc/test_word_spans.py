"""Which parts of a reading a lexicon is asked about, and where they stand."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.decoding.ctc.best_path import Decoded, DecodedCharacter
from ocr.decoding.ctc.word_spans import cased, find_spans, other_case, words_of


def reading(text, confidences=None):
    """A reading in which a character has two frames, then a blank."""
    sure = [(confidences or {}).get(place, 1.0) for place in range(len(text))]
    return Decoded(text, 0.0, tuple(DecodedCharacter(character, 3 * place, 3 * place + 2, sure[place])
                                    for place, character in enumerate(text)))


def texts(text):
    return [span.text for span in find_spans(reading(text), 3 * len(text))]


@pytest.mark.parametrize("text, found", [
    ("the old", ["the", "old", "the old"]),
    ('("the" sea.', ["the", "sea"]),                            # punctuation stands between them
    ("in 1961 and 2nd", ["in", "and"]),
    ("U.S.A. p.m. e.g", []),
    ("a b I", []), ("the BBC MORE HOUSE", ["the", "HOUSE"]), ("Mr. Be", ["Mr", "Be"]),
    ("well-known", ["well-known", "well", "known"]),
    ("l'été d'or", ["l'été", "été", "d'or", "or", "l'été d'or"]),
    ("£5 -- ?", []), ("", []), ("   ", [])])
def test_words_parts_and_pairs(text, found):
    assert texts(text) == found


def test_frames_reach_to_the_neighbours():
    spans = {span.text: span for span in find_spans(reading("(no sun) or"), 40)}
    assert [(spans[word].start_frame, spans[word].end_frame) for word in ("no", "sun", "or", "no sun")] \
        == [(2, 9), (11, 21), (26, 40), (2, 21)]
    for span in spans.values():
        assert "(no sun) or"[span.first:span.stop] == span.text
    assert find_spans(reading("no"), 9)[0].start_frame == 0


def test_the_least_sure_character_counts():
    spans = find_spans(reading("no sun", {1: 0.5, 4: 0.25}), 18)
    assert [(span.text, span.confidence) for span in spans] == [("no", 0.5), ("sun", 0.25), ("no sun", 0.25)]


@pytest.mark.parametrize("word, read, written", [
    ("house", "hovse", "house"), ("house", "Hovse", "House"), ("house", "HOVSE", "HOUSE"), ("house", "H", "House"),
    ("McLean", "mclcan", "McLean"), ("McLean", "MCLCAN", "MCLEAN"), ("été", "Ete", "Été"), ("house", "", "house")])
def test_case_is_kept(word, read, written):
    assert cased(word, read) == written


def test_words_of_a_text():
    assert words_of("L'été, 12h: well-known (x)!") == ["L", "été", "h", "well", "known", "x"] and words_of("12 -") == []
    assert [other_case(word) for word in ("house", "House", "")] == ["House", "house", ""]
    assert np.all([other_case(other_case(word)) == word for word in ("été", "Wb")])
