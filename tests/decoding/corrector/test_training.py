"""What the corrector learns from: whole words, right targets behind a misread source; and that it learns."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.decoding.corrector.confusions import Confusions, measure_confusions
from ocr.decoding.corrector.tokens import END, PADDING
from ocr.decoding.corrector.training import LINE, SHORTEST, CorrectorTask
from ocr.decoding.lstm.characters import Characters

TEXT = [" ".join(f"w{number}" for number in range(start, start + 40)) for start in range(0, 400, 40)]
CHARACTERS = Characters.of(TEXT, 1)
RIGHT = Confusions(CHARACTERS, np.eye(CHARACTERS.size))
WRONG = measure_confusions([("w12 w3", "w72 w8")] * 30 + [("w1w2 3", "w1 w2 3")] * 10, CHARACTERS)


def text_of(task, row):
    return task.tokens.decode(int(token) for token in row)


def batches(task, seed=0):
    return [task.batch(recipe, np.random.default_rng([seed, number]))
            for number, recipe in enumerate(task.plan(np.random.default_rng(seed)))]


@pytest.mark.parametrize("confusions", [RIGHT, WRONG])
def test_pieces_are_whole_words_behind_what_is_right_so_far(confusions):
    task = CorrectorTask(TEXT, [], confusions, batches=20, pieces=5)
    whole, differ = f" {' '.join(TEXT)} ", 0
    for batch in batches(task):
        for source, prefix, target in zip(batch["source"], batch["prefix"], batch["targets"]):
            text, ends = text_of(task, target), int(np.flatnonzero(target == END)[0])
            assert f" {text} " in whole and SHORTEST - 5 < len(text) <= LINE
            assert prefix[0] == END and prefix[1:ends + 1].tolist() == target[:ends].tolist()
            assert not prefix[ends + 1:].any() and not target[ends + 1:].any()
            differ += text_of(task, source) != text
    assert differ == 0 if confusions is RIGHT else differ > 50


def test_an_epoch_can_be_repeated_and_differs_from_the_next():
    task = CorrectorTask(TEXT, [], WRONG, batches=3, pieces=4)
    first, again, second = batches(task), batches(task), batches(task, 1)
    assert all(np.array_equal(one[name], other[name]) for one, other in zip(first, again) for name in one)
    assert not np.array_equal(first[0]["source"], second[0]["source"])


def test_a_text_shorter_than_a_line_gives_no_batch():
    assert not CorrectorTask(["w1 w2"], ["w1"], RIGHT).plan(np.random.default_rng(0))


def test_bits_are_those_of_a_network_that_knows_nothing():
    task = CorrectorTask(TEXT, ["w1 w2", "w3 " * 40], WRONG)
    assert len(task.validation) == 3
    scores = task.evaluate(lambda source, prefix: (np.zeros((*prefix.shape, 16), np.float32),))
    assert scores["bits_per_character"] == pytest.approx(4.0) and scores["wrong"] == 1.0


def test_the_loss_leaves_padding_out():
    pytest.importorskip("gluonnlp")
    from ocr.decoding.corrector.training import trace_corrector
    from ocr.engine.gluon import GluonLearner

    learner = GluonLearner(trace_corrector(8, seed=0, units=8, hidden=8, heads=2, layers=1))
    short = {"source": np.array([[2, 3, END]]), "prefix": np.array([[END, 2, 3]]), "targets": np.array([[2, 3, END]])}
    padded = {name: np.pad(array, ((0, 0), (0, 4)), constant_values=PADDING) for name, array in short.items()}
    (logits,), (longer,) = learner.outputs(short), learner.outputs(padded)
    np.testing.assert_allclose(longer[:, :3], logits, atol=1e-5)
    expected = -np.mean([row[target] - np.log(np.exp(row).sum()) for row, target in zip(logits[0], short["targets"][0])])
    assert learner.step(padded, 0.0, 0) == pytest.approx(expected, rel=1e-5)


def test_a_network_learns_to_mend_a_letter():
    pytest.importorskip("gluonnlp")
    from ocr.decoding.corrector.training import trace_corrector
    from ocr.engine.gluon import GluonLearner

    rng = np.random.default_rng(0)
    learner = GluonLearner(trace_corrector(7, seed=0, units=16, hidden=16, heads=2, layers=1))

    def batch():
        targets = np.concatenate([rng.integers(2, 5, (16, 3)), np.full((16, 1), END)], axis=1)
        return {"source": np.where(targets == 3, 5, targets), "targets": targets,                # 3 is always read as 5
                "prefix": np.concatenate([np.full((16, 1), END), targets[:, :-1]], axis=1)}

    first = learner.step(batch(), 5e-3, 0)
    for _ in range(150):
        last = learner.step(batch(), 5e-3, 0)
    assert first > 1.5 and last < 0.25
