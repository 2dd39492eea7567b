"""Word confidences: weights are found again, agreement counts the other readings, and what is shared keeps its order."""
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ocr.decoding.ctc.best_path import Alternative, Decoded, DecodedCharacter
from ocr.decoding.ctc.calibration import Calibration, calibration_of, evidence, fit_calibration, shared
from ocr.decoding.opening import DECODER_TASKS, DECODERS
from ocr.errors import ModelMismatch
from ocr.models.registry import registry


def reading(text, confidences, *others):
    """A line whose characters have these confidences, one for each character of the text."""
    return Decoded(text, 0.0, tuple(DecodedCharacter(character, 2 * place, 2 * place + 1, confidence)
                                    for place, (character, confidence) in enumerate(zip(text, confidences))), others)


def test_the_weights_that_made_the_ground_truth_are_found():
    rng = np.random.default_rng(0)
    rows = np.stack([np.ones(20_000), rng.normal(2, 2, 20_000), rng.normal(0, 3, 20_000)], axis=1)
    made = Calibration(-1.5, 0.8, 0.4)
    found = fit_calibration(rows, rng.random(20_000) < made.probabilities(rows))
    assert [found.bias, found.certainty, found.agreement] == pytest.approx([-1.5, 0.8, 0.4], abs=0.06)


def test_agreement_is_the_share_of_readings_with_the_word():
    line = reading("a big dog", [0.9] * 9, Alternative("a bag dog", 0.5), Alternative("a bag dug", 0.5))
    agreement = 1 / (1 + np.exp(-evidence(line)[:, 2]))
    assert agreement == pytest.approx([0.99, 1 / 2, 1.5 / 2])              # the first would be 1, which has no log odds


def test_certainty_is_the_geometric_mean_of_a_words_characters():
    odds = evidence(reading("ab c", [0.9, 0.4, 0.1, 0.7]))[:, 1]
    assert 1 / (1 + np.exp(-odds)) == pytest.approx([0.6, 0.7])


def test_words_keep_their_places_and_get_probabilities():
    line = reading("to be", [0.99, 0.99, 0.5, 0.2, 0.2], Alternative("to he", 0.9))
    first, second = Calibration(0.0, 1.0, 1.0).words(line)
    assert (first.text, first.start_frame, first.end_frame) == ("to", 0, 3)
    assert 0 < second.confidence < 0.25 < 0.95 < first.confidence < 1


@pytest.mark.parametrize("line", [Decoded("", 0.0), reading("  ", [1.0, 1.0]), reading("a", [0.0]), reading("a", [1.0])])
def test_any_reading_gives_a_probability(line):
    assert all(0 < word.confidence < 1 for word in Calibration(0.0, 1.0, 1.0).words(line))


def test_words_are_shared_in_their_order_only():
    assert shared("the cat sat".split(), "the sat cat".split()) in ((True, True, False), (True, False, True))
    assert shared("a b c".split(), "b c d".split()) == (False, True, True)
    assert shared([], ["a"]) == () and shared(["a"], []) == (False,)


@pytest.mark.parametrize("card", [card for card in registry() if card.task == "recognition"], ids=lambda card: card.name)
def test_a_registered_recogniser_is_calibrated_for_every_decoder(card):
    for name in (*DECODERS, *DECODER_TASKS):
        assert calibration_of(card, name).certainty > 0
    assert calibration_of(card, "some other decoder") is None


@pytest.mark.parametrize("weights", [(1.0, 2.0), "1 2 3", 0.5, (1.0, 2.0, None)])
def test_weights_that_are_no_three_numbers_are_refused(weights):
    card = replace(registry()[0], settings=(("calibration.greedy", weights),))
    with pytest.raises(ModelMismatch, match="calibration.greedy.*three numbers"):
        calibration_of(card, "greedy")
