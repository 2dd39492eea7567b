"""What the language network learns from: pieces that begin with words, other ones each epoch, and bits by hand."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.decoding.lstm.characters import Characters
from ocr.decoding.lstm.training import LINE, LanguageTask

TEXT = [" ".join(f"w{number}" for number in range(start, start + 40)) for start in range(0, 400, 40)]


@pytest.fixture
def task():
    return LanguageTask(TEXT, ["w1 w2", "w3 " * 40], Characters.of(TEXT, 1), length=20, pieces=4)


def text_of(task, row):
    return "".join(task.characters.known[int(number)] for number in row)


def test_pieces_begin_with_words_and_foretell_what_follows(task):
    whole = " " + " ".join(TEXT)
    for recipe in task.plan(np.random.default_rng(0)):
        batch = task.batch(recipe, np.random.default_rng(0))
        assert batch["tokens"].shape == batch["targets"].shape == (len(recipe), 20)
        for before, after in zip(batch["tokens"], batch["targets"]):
            assert text_of(task, before).startswith(" w") and text_of(task, before) + text_of(task, after)[-1] in whole
            assert text_of(task, before)[1:] == text_of(task, after)[:-1]


def test_an_epoch_covers_the_text_once_and_differs_from_the_next(task):
    first, second = (np.sort(np.concatenate(task.plan(np.random.default_rng(seed)))) for seed in (0, 1))
    assert len(first) == pytest.approx(sum(map(len, TEXT)) / 20, rel=0.1) and len(set(first)) == len(first)
    assert first.tolist() != second.tolist()


def test_a_text_shorter_than_a_piece_gives_no_batch():
    assert not LanguageTask(["ab"], ["ab"], Characters(" ab"), length=20).plan(np.random.default_rng(0))


def test_bits_are_those_of_a_network_that_knows_nothing(task):
    assert max(map(len, task.validation)) <= LINE
    scores = task.evaluate(lambda tokens: (np.zeros((*tokens.shape, 16), np.float32),))
    assert scores == {"bits_per_character": pytest.approx(4.0)}


def test_a_network_learns_a_text_that_repeats_itself():
    pytest.importorskip("gluonnlp")
    from ocr.engine.gluon import GluonLearner
    from ocr.decoding.lstm.training import trace_language_model

    characters = Characters(" abc")
    task = LanguageTask(["abc"] * 300, ["abc abc"], characters, length=16, pieces=16)
    learner = GluonLearner(trace_language_model(characters.size, seed=0, hidden=16, embedding=8))

    def bits():
        return task.evaluate(lambda tokens: learner.outputs({"tokens": tokens}))["bits_per_character"]

    before = bits()
    for recipe in [batch for epoch in range(8) for batch in task.plan(np.random.default_rng(epoch))]:
        learner.step(task.batch(recipe, np.random.default_rng(0)), 0.02, 0)
    assert before > 1.5 and bits() < 0.2
