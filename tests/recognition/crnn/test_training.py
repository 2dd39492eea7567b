"""The recogniser's task and network: batches, scores, shapes, and that it can learn."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.recognition.samples import LineSample, covered
from ocr.recognition.crnn.training import RecognitionTask, at_most
from ocr.text.alphabet import Alphabet

ALPHABET = Alphabet("abc ")


def sample(text, width=None, page="p1", source="iam"):
    """Draw each letter as a bar at its own height."""
    line_image = np.full((48, width or 12 * len(text) + 12), 230, np.uint8)
    for number, character in enumerate(text):
        if character != " ":
            top = 6 + 12 * "abc".index(character)
            line_image[top:top + 8, 8 + 12 * number:14 + 12 * number] = 20
    return LineSample(line_image, text, page, source)


def perfect(alphabet):
    """A network that finds the bars again."""
    def network(images):
        columns = images[:, 0, :, ::4] > 0.5                                 # (N, H, T)
        logits = np.zeros((images.shape[0], columns.shape[2], alphabet.size), np.float32)
        logits[:, :, alphabet.blank] = 1
        for index in range(3):
            logits[:, :, index] = 9.0 * columns[:, 10 + 12 * index]
        return (logits,)
    return network


def test_batches_pad_labels_and_count_frames():
    task = RecognitionTask([sample("ab"), sample("abcab")], [], ALPHABET, columns=1000, strength=0.0)
    (recipe,) = task.plan(np.random.default_rng(0))
    batch = task.batch(recipe, np.random.default_rng(0))
    rows = {int(length): label.tolist() for length, label in zip(batch["lengths"], batch["labels"])}
    assert rows == {2: [0, 1, -1, -1, -1], 5: [0, 1, 2, 0, 1]}
    assert (batch["frames"] * 4 <= batch["images"].shape[3]).all() and batch["images"].dtype == np.float32


def test_a_batch_is_the_same_for_the_same_seed():
    task = RecognitionTask([sample("abc" * 4)], [], ALPHABET)
    first, second = (task.batch(task.train, np.random.default_rng([1, 2]))["images"] for _ in range(2))
    assert np.array_equal(first, second)


def test_lines_too_narrow_for_their_text_do_not_train_and_are_counted(capsys):
    task = RecognitionTask([sample("ab"), sample("aaaaaaaa", width=40)], [], ALPHABET)
    assert [line.text for line in task.train] == ["ab"]
    assert "1 of 2 lines are too narrow" in capsys.readouterr().err


def test_scores_are_zero_for_a_perfect_reader_and_name_each_source():
    lines = [sample("ab", page="1"), sample("cb", page="2"), sample("abc", page="3", source="alto")]
    scores = RecognitionTask([], lines, ALPHABET).evaluate(perfect(ALPHABET))
    assert scores == {"cer": 0.0, "wer": 0.0, "cer_alto": 0.0, "cer_iam": 0.0}
    wrong = [sample("ab", page="1"), LineSample(sample("cb").line_image, "ca", "2", "iam")]
    assert RecognitionTask([], wrong, ALPHABET).evaluate(perfect(ALPHABET))["cer"] == pytest.approx(0.25)


def test_lines_outside_the_alphabet_are_left_out_and_said(capsys):
    lines = [sample("ab"), LineSample(sample("a").line_image, "aß", "1", "iam")]
    assert [line.text for line in covered(lines, ALPHABET)] == ["ab"]
    assert "1 of 2" in capsys.readouterr().err


def test_the_network_gives_one_column_for_four_pixels_and_learns_a_batch():
    pytest.importorskip("mxnet")
    from ocr.engine.gluon import GluonLearner
    from ocr.recognition.crnn.training import trace_recogniser

    task = RecognitionTask([sample("ab cab"), sample("abc")], [], ALPHABET, strength=0.0)
    batch = task.batch(task.plan(np.random.default_rng(0))[0], np.random.default_rng(0))
    learner = GluonLearner(trace_recogniser(ALPHABET, 48, seed=0))
    (logits,) = learner.outputs(batch)
    assert logits.shape == (2, batch["images"].shape[3] // 4, ALPHABET.size)
    losses = [learner.step(batch, 2e-3, seed) for seed in range(6)]
    assert losses[-1] < 0.7 * losses[0]


def lines_of(**writers):
    """So many lines of each writer; those of data set b begin with b."""
    return [LineSample(np.zeros((2, 2), np.uint8), f"{writer}{number}", "p", writer[0], writer)
            for writer, count in writers.items() for number in range(count)]


def counts_of(lines, key):
    return {name: [getattr(line, key) for line in lines].count(name) for name in {getattr(line, key) for line in lines}}


def test_an_epoch_has_no_more_lines_of_a_writer_or_data_set_than_asked_for():
    lines = lines_of(a1=9, a2=2, b1=6, b2=6)
    rng = np.random.default_rng(0)
    assert counts_of(at_most(lines, 4, 0, rng), "writer") == {"a1": 4, "a2": 2, "b1": 4, "b2": 4}
    assert counts_of(at_most(lines, 0, 7, rng), "source") == {"a": 7, "b": 7}
    both = at_most(lines, 4, 5, rng)
    assert counts_of(both, "source") == {"a": 5, "b": 5} and max(counts_of(both, "writer").values()) <= 4
    everything = at_most(lines, 0, 0, rng)
    assert sorted(line.text for line in everything) == sorted(line.text for line in lines)


def test_the_same_writer_in_two_data_sets_is_two():
    lines = [LineSample(np.zeros((2, 2), np.uint8), "x", "p", source, "0") for source in "aab"]
    assert counts_of(at_most(lines, 1, 0, np.random.default_rng(0)), "source") == {"a": 1, "b": 1}


def test_lines_are_chosen_by_the_seed_alone_and_others_in_each_epoch():
    lines = lines_of(a1=40)
    chosen = [[line.text for line in at_most(lines, 5, 0, np.random.default_rng(seed))] for seed in (1, 1, 2)]
    assert chosen[0] == chosen[1] != chosen[2] and len(set(chosen[0])) == 5
    task = RecognitionTask([sample("ab", page=str(number)) for number in range(9)], [], ALPHABET, lines_per_source=4)
    assert sum(map(len, task.plan(np.random.default_rng(0)))) == 4
