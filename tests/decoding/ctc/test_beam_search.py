"""Beam search against the sum over all paths, with and without a language model, and lines together against alone."""
from __future__ import annotations

import collections
import functools
import itertools
from dataclasses import replace

import numpy as np
import pytest

from ocr.decoding.ctc.beam_search import BeamSettings, search
from ocr.decoding.ctc.best_path import log_softmax

CHARACTERS = 3
BLANK = CHARACTERS
EVERYTHING = BeamSettings(beam=400, candidates=0, margin=np.inf)


class Trigrams:
    """A language model of random probabilities after the two last characters, which are its states."""

    def __init__(self, seed=0):
        self.table = log_softmax(np.random.default_rng(seed).normal(size=((CHARACTERS + 1) ** 2, CHARACTERS)) * 2)
        self.ready = False

    def begin(self):
        self.ready = True

    def log_probs(self, states, labels):
        assert self.ready
        return self.table[states, labels]

    def next_state(self, states, labels):
        return states % (CHARACTERS + 1) * (CHARACTERS + 1) + labels + 1

    def probability(self, text):
        before = (0, 0, *(label + 1 for label in text))
        return sum(self.table[before[at] * (CHARACTERS + 1) + before[at + 1], label] for at, label in enumerate(text))


def random_line(frames, seed, spread=1.5):
    return log_softmax(np.random.default_rng(seed).normal(size=(frames, CHARACTERS + 1)).astype(np.float32) * spread)


def collapse(path):
    return tuple(label for label, _ in itertools.groupby(path) if label != BLANK)


@functools.cache
def all_paths(frames):
    """All paths of some frames, (P, T), and what each spells."""
    paths = list(itertools.product(range(CHARACTERS + 1), repeat=frames))
    return np.array(paths), [collapse(path) for path in paths]


def all_readings(line, allowed=lambda path: True):
    """Log probability of every text, summed over the paths that spell it."""
    paths, texts = all_paths(len(line))
    probabilities = np.exp(line.astype(np.float64)[np.arange(len(line)), paths].sum(axis=1))
    sums = collections.Counter()
    for path, text, probability in zip(paths.tolist(), texts, probabilities):
        if allowed(path):
            sums[text] += probability
    return {text: np.log(probability) for text, probability in sums.items()}


def scores_of(hypotheses):
    found = {hypothesis.labels: hypothesis.score for hypothesis in hypotheses}
    assert len(found) == len(hypotheses), "a reading is there twice"
    assert [hypothesis.score for hypothesis in hypotheses] == sorted(found.values(), reverse=True)
    return found


@pytest.mark.parametrize("frames", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("bonus", [0.0, 0.7])
def test_without_a_model_all_readings_have_the_sum_of_their_paths(frames, bonus):
    for seed in range(2):
        line = random_line(frames, seed)
        expected = {text: score + bonus * len(text) for text, score in all_readings(line).items()}
        found = scores_of(search([line], None, replace(EVERYTHING, weight=5.0, bonus=bonus))[0])
        assert found == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("frames", [1, 3, 5])
@pytest.mark.parametrize("weight, bonus", [(1.0, 0.0), (0.4, 0.9)])
def test_a_language_model_and_a_bonus_weigh_every_character(frames, weight, bonus):
    line, model = random_line(frames, frames), Trigrams()
    found = scores_of(search([line], model, replace(EVERYTHING, weight=weight, bonus=bonus))[0])
    assert found == pytest.approx({text: score + weight * model.probability(text) + bonus * len(text)
                                   for text, score in all_readings(line).items()}, abs=1e-5)


@pytest.mark.parametrize("candidates", [1, 2])
def test_only_the_likeliest_characters_of_a_frame_are_added(candidates):
    for seed in range(3):
        line = random_line(5, 20 + seed)
        likely = np.argsort(-line[:, :BLANK], axis=1)[:, :candidates]

        def allowed(path, likely=likely):
            return all(label in (BLANK, before) or label in likely[time]
                       for time, (before, label) in enumerate(zip((BLANK, *path), path)))

        found = scores_of(search([line], None, replace(EVERYTHING, candidates=candidates))[0])
        assert found == pytest.approx(all_readings(line, allowed), abs=1e-5)


def test_as_many_candidates_as_characters_are_all():
    line = random_line(4, 7)
    expected = scores_of(search([line], None, EVERYTHING)[0])
    for candidates in (3, 20):
        assert scores_of(search([line], None, replace(EVERYTHING, candidates=candidates))[0]) == pytest.approx(expected)


@pytest.mark.parametrize("margin", [0.5, 1.5, 4.0])
def test_no_prefix_gets_in_that_scores_less_than_the_best_by_more_than_the_margin(margin):
    model = Trigrams()
    for seed in range(4):
        line = random_line(1, 60 + seed)
        scores = {text: score + 0.4 * model.probability(text) + 0.9 * len(text) for text, score in all_readings(line).items()}
        found = scores_of(search([line], model, replace(EVERYTHING, weight=0.4, bonus=0.9, margin=margin))[0])
        assert found == pytest.approx({text: score for text, score in scores.items()
                                       if not text or score > max(scores.values()) - margin}, abs=1e-5)


def test_a_wide_margin_changes_no_likely_reading():
    for seed in range(4):
        line = random_line(5, 70 + seed, spread=3)
        whole, found = (scores_of(search([line], None, replace(EVERYTHING, margin=margin))[0]) for margin in (np.inf, 9.0))
        likely = {text: score for text, score in whole.items() if score > max(whole.values()) - 3}
        assert 1 < len(found) < len(whole) and {text: found[text] for text in likely} == pytest.approx(likely, abs=1e-2)


@pytest.mark.parametrize("beam", [1, 2, 5])
def test_a_narrow_beam_never_counts_more_than_there_is(beam):
    settings, model = BeamSettings(beam, 0, weight=0.5, bonus=0.3), Trigrams()
    for seed in range(6):
        line = random_line(5, 40 + seed)
        exact = all_readings(line)
        found = scores_of(search([line], model, settings)[0])
        assert 1 <= len(found) <= beam
        for text, score in found.items():
            assert score <= exact[text] + 0.5 * model.probability(text) + 0.3 * len(text) + 1e-5


def test_summing_paths_reads_what_no_single_best_path_does():
    line = np.log(np.array([[0.4, 0.0, 0.0, 0.6]] * 2, np.float32) + np.float32(1e-9))
    best, second = search([line], None, BeamSettings(beam=2))[0]
    assert (best.labels, second.labels) == ((0,), ())
    assert np.exp([best.score, second.score]) == pytest.approx([0.64, 0.36], abs=1e-5)


def test_the_language_model_overrules_a_slight_preference():
    line = np.log(np.array([[0.97, 0.01, 0.01, 0.01], [0.01, 0.01, 0.01, 0.97], [0.01, 0.5, 0.45, 0.04]], np.float32))
    model = Trigrams()
    model.table[:] = np.log([0.1, 0.1, 0.8])
    assert search([line], model, BeamSettings(beam=8, weight=0.0))[0][0].labels == (0, 1)
    assert search([line], model, BeamSettings(beam=8, weight=1.0))[0][0].labels == (0, 2)


@pytest.mark.parametrize("model", [None, Trigrams(3)])
@pytest.mark.parametrize("settings", [BeamSettings(60, 0, 0.2, 0.1), BeamSettings(5, 0, 0.6, 0.5), BeamSettings(3, 2)])
def test_lines_of_different_lengths_are_read_as_each_alone(model, settings):
    lines = [random_line(frames, index) for index, frames in enumerate((7, 0, 12, 1, 9, 9))]
    together = search(lines, model, settings)
    assert len(together) == len(lines)
    for found, line in zip(together, lines):
        assert scores_of(found) == pytest.approx(scores_of(search([line], model, settings)[0]), abs=1e-9)


def test_long_lines_that_follow_more_than_a_thousand_prefixes_are_read_as_each_alone():
    lines = [random_line(frames, frames, spread=0.2) for frames in (40, 48, 45, 50)]
    settings, model = BeamSettings(24, 0, 0.1, 0.9), Trigrams(1)
    for found, line in zip(search(lines, model, settings), lines):
        assert scores_of(found) == pytest.approx(scores_of(search([line], model, settings)[0]), abs=1e-9)
        assert len(found) == 24


def test_no_lines_and_lines_without_frames():
    empty = np.zeros((0, CHARACTERS + 1), np.float32)
    assert search([]) == []
    for model in (None, Trigrams()):
        for found in (*search([empty]), *search([empty, empty], model), search([empty, random_line(3, 0)], model)[0]):
            assert [(hypothesis.labels, hypothesis.score) for hypothesis in found] == [((), 0.0)]


def sure_line(path, rest=2e-6):
    line = np.full((len(path), CHARACTERS + 1), np.log(rest / CHARACTERS), np.float32)
    line[np.arange(len(path)), list(path)] = np.log1p(-rest)
    return line


def test_runs_of_sure_blanks_keep_repeated_letters_apart():
    for run in (1, 2, 3, 30):
        path = [BLANK] * run + [1, 1] + [BLANK] * run + [1] + [BLANK] * run + [2] + [BLANK] * run
        assert search([sure_line(path)])[0][0].labels == (1, 1, 2)
    assert search([sure_line([1, 1, 1])])[0][0].labels == (1,)
    assert search([sure_line([BLANK] * 50)])[0][0].labels == ()


def test_frames_that_are_surely_blank_cost_what_they_cost():
    line = np.concatenate([sure_line([BLANK] * 30, rest=4e-4), sure_line([1]), sure_line([BLANK] * 20, rest=4e-4)])
    best = search([line])[0][0]
    assert best.labels == (1,) and best.score == pytest.approx(50 * np.log1p(-4e-4), abs=1e-5)


def test_runs_of_sure_blanks_change_hardly_any_score():
    sure, unsure = sure_line([BLANK] * 2), random_line(1, 5)
    for line in (np.concatenate([unsure, sure, random_line(2, 6)]), np.concatenate([sure, unsure, sure]),
                 np.concatenate([sure_line([1]), sure, sure_line([1]), unsure])):
        found = scores_of(search([line], None, EVERYTHING)[0])
        for text, score in all_readings(line).items():
            if score > -6:
                assert found[text] == pytest.approx(score, abs=1e-3)


def test_blanks_that_are_not_sure_are_all_counted():
    line = np.concatenate([random_line(1, 8), sure_line([BLANK] * 3, rest=0.02), random_line(1, 9)])
    assert scores_of(search([line], None, EVERYTHING)[0]) == pytest.approx(all_readings(line), abs=1e-5)
