"""Whether a page is in a known script and language: what it is judged from, and what cards may say."""
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ocr.decoding.ctc.best_path import Frames
from ocr.decoding.ctc.decoders import Beam, BestPath
from ocr.decoding.ctc.legibility import MIN_CHARACTERS, Legibility, PageEvidence, evidence_of, legibility_of
from ocr.decoding.ctc.lexicon_search import LexiconSearch
from ocr.errors import ModelMismatch
from ocr.models.registry import registry
from ocr.text.alphabet import Alphabet

ALPHABET = Alphabet("ab ")


def line(text, probability):
    """The output for a line whose characters, all different from their neighbours, have this probability."""
    log_probs = np.full((len(text), ALPHABET.size), np.log((1 - probability) / (ALPHABET.size - 1)), np.float32)
    for frame, character in enumerate(text):
        log_probs[frame, ALPHABET.characters.index(character)] = np.log(probability)
    return Frames.of(log_probs, ALPHABET)


class Model:
    """Stands for a language model."""

    def __init__(self, bits):
        self.bits = bits

    @property
    def model(self):
        return self

    def bits_per_character(self, texts):
        assert texts == ["ab", "a b"]
        return self.bits


def test_a_page_is_judged_by_its_characters_and_the_language_that_fits_best():
    beam = Beam(ALPHABET, {"one": Model(4.5), "other": Model(3.5)})
    lines = [line("ab", 0.9), line("a b", 0.6)]
    for decoder in (beam, LexiconSearch(ALPHABET, beam, {})):
        found = evidence_of(lines, decoder)
        assert found.confidence == pytest.approx((2 * 0.9 + 3 * 0.6) / 5) and (found.bits, found.characters) == (3.5, 5)


@pytest.mark.parametrize("decoder", [BestPath(), LexiconSearch(ALPHABET, BestPath(), {}), Beam(ALPHABET, {})])
def test_without_language_models_there_are_no_bits(decoder):
    assert evidence_of([line("ab", 0.9)], decoder) == PageEvidence(pytest.approx(0.9), 0.0, 2)
    assert evidence_of([], decoder) == PageEvidence(0.0, 0.0, 0)


def test_the_probability_is_that_of_the_regression():
    judge = Legibility(1.0, 2.0, -0.5)
    assert judge.probability(PageEvidence(0.5, 4.0, MIN_CHARACTERS)) == pytest.approx(0.5)
    assert judge.probability(PageEvidence(0.5, 2.0, MIN_CHARACTERS)) == pytest.approx(1 / (1 + np.exp(-1)))
    assert judge.probability(PageEvidence(0.0, 1e9, MIN_CHARACTERS)) < 1e-9
    assert judge.probability(PageEvidence(0.0, 1e9, MIN_CHARACTERS - 1)) == 1.0        # too little to tell


def test_cards_hold_three_numbers_or_nothing():
    card = next(card for card in registry() if card.task == "recognition")
    assert legibility_of(replace(card, settings=()), "greedy") is None
    assert legibility_of(replace(card, settings=(("legibility.greedy", (1, 2.5, 0)),)), "greedy") == Legibility(1.0, 2.5, 0.0)
    for value in ((1, 2), "abc", 7, (1, 2, "x")):
        with pytest.raises(ModelMismatch, match="legibility.greedy is .*three numbers"):
            legibility_of(replace(card, settings=(("legibility.greedy", value),)), "greedy")
