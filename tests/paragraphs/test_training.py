"""What the page network learns from: batches that repeat, a loss that is what it says, scores that mean something."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.paragraphs.training import ParagraphTask, Recipe, trace_page_network
from ocr.paragraphs.ground_truth import LabelledPage, draw_writing, outlines
from ocr.page.geometry import Box, Polygon


def labelled_page(seed):
    """A page with one block of black, which stands for writing."""
    rng = np.random.default_rng(seed)
    left, top = rng.integers(60, 150, 2)
    box = Box(left, top, left + int(rng.integers(200, 400)), top + int(rng.integers(150, 600)))
    writing = draw_writing([Polygon.from_box(box)], (960, 700))
    return LabelledPage(f"page {seed}", 255 - writing, writing, outlines(writing), "some words of the page")


def dark_is_writing(images):
    """A stand-in network that is right about writing and always votes for upright."""
    count, _, height, width = images.shape
    cells = images.reshape(count, 1, height // 8, 8, width // 8, 8).mean(axis=(3, 5))
    turns = np.zeros((count, 4, height // 16, width // 16), np.float32)
    turns[:, 0] = 5.0
    return (20 * (cells - 0.5)).astype(np.float32), turns


def nothing_is_writing(images):
    """A stand-in network that sees nothing."""
    writing, turns = dark_is_writing(images)
    return np.full_like(writing, -9), turns


@pytest.fixture(scope="module")
def task():
    return ParagraphTask([labelled_page(seed) for seed in range(5)], [labelled_page(seed) for seed in range(10, 14)], batch_size=6,
                         synthetic=0.8)


def test_an_epoch_shows_every_page_once(task):
    plan = task.plan(np.random.default_rng(0))
    shown = [index for recipe in plan for index in recipe.pages]
    assert sorted(index for index in shown if index >= 0) == [0, 1, 2, 3, 4] and shown.count(-1) == 4
    assert all(1 <= len(recipe.pages) <= 3 for recipe in plan)


def test_batches_fit_the_network_and_repeat_by_seed(task):
    recipe = Recipe((512, 384), (0, -1, 2))
    batch, again = (task.batch(recipe, np.random.default_rng(7)) for _ in range(2))
    assert {name: array.shape for name, array in batch.items()} == {
        "images": (6, 1, 512, 384), "area": (6, 3, 64, 48), "known": (6, 3, 64, 48), "ways": (6, 4, 32, 24)}
    assert all(array.dtype == np.float32 and array.min() >= 0 and array.max() <= 1 for array in batch.values())
    assert all((batch[name] == again[name]).all() for name in batch)


def test_orientation_is_asked_for_only_where_there_is_writing(task):
    for seed in range(6):
        batch = task.batch(Recipe((448, 448), (seed % 5, -1)), np.random.default_rng(seed))
        on_progress = batch["ways"].sum(axis=1)                                        # (N, h/2, w/2)
        area = batch["area"].reshape(4, 3, 28, 2, 28, 2).mean(axis=(3, 5)).max(axis=1)
        assert np.allclose(on_progress, area, atol=0.01)
        assert ((batch["ways"] > 0).any(axis=(2, 3)).sum(axis=1) <= 1).all()


def test_every_view_is_there_upside_down_too(task):
    batch = task.batch(Recipe((512, 384), (0, 1, -1)), np.random.default_rng(3))
    for array in (batch["images"], batch["area"]):
        assert (array[:3] == array[3:, :, ::-1, ::-1]).all()
    assert (batch["ways"][:3] == batch["ways"][3:, [2, 3, 0, 1], ::-1, ::-1]).all()


def test_some_pages_are_worn_and_their_writing_stays_where_it_was(task):
    drawn = [task._page(0, np.random.default_rng(seed)) for seed in range(40)]
    assert all((one.writing == task.train[0].writing).all() for one in drawn)
    assert 4 < sum((one.pixels != task.train[0].pixels).any() for one in drawn) < 25


def test_scores_tell_a_good_network_from_a_blind_one(task):
    good, blind = task.evaluate(dark_is_writing), task.evaluate(nothing_is_writing)
    assert good["iou"] > 0.9 and good["f1"] == 1.0
    assert good["orientation"] == 0.25
    assert blind["iou"] == blind["recall"] == 0.0
    assert good[task.key] > blind[task.key]


def test_picture_shows_the_validation_pages(task):
    drawing = task.drawing(dark_is_writing)
    assert drawing.dtype == np.uint8 and drawing.ndim == 3 and drawing.shape[2] == 3
    green = (drawing[..., 1] > drawing[..., 0].astype(int) + 20) & (drawing[..., 1] > drawing[..., 2].astype(int) + 20)
    assert green.mean() > 0.02


def test_loss_is_the_formula_and_gets_smaller(task):
    pytest.importorskip("mxnet")
    from ocr.engine.gluon import GluonLearner

    traced = trace_page_network(seed=0)
    assert sum(weight.size for weight in traced.weights.values()) < 1_500_000
    learner = GluonLearner(traced)
    rng = np.random.default_rng(0)
    area = np.zeros((2, 3, 8, 8), np.float32)
    area[:, 0, 2:6, 1:5] = 1.0
    ways = np.zeros((2, 4, 4, 4), np.float32)
    ways[0, 1, 1:3, 0:2] = ways[1, 2, 1:3, 0:2] = 1.0
    images = 0.3 * rng.random((2, 1, 64, 64), dtype=np.float32) + area[:, :1].repeat(8, 2).repeat(8, 3) * 0.6
    batch = {"images": images, "area": area, "known": np.ones_like(area), "ways": ways}
    writing, turns = learner.outputs(batch)
    assert writing.shape == (2, 3, 8, 8) and turns.shape == (2, 4, 4, 4)
    losses = [learner.step(batch, 2e-3, seed) for seed in range(12)]
    assert losses[-1] < 0.7 * losses[0]


def test_loss_of_known_outputs():
    mx = pytest.importorskip("mxnet")
    from ocr.paragraphs.training import page_loss

    rng = np.random.default_rng(1)
    writing, turns = rng.normal(0, 2, (2, 3, 4, 6)), rng.normal(0, 2, (2, 4, 2, 3))
    known, area = rng.random((2, 3, 4, 6)), rng.random((2, 3, 4, 6))
    ways = np.eye(4)[rng.integers(4, size=(2, 2, 3))].transpose(0, 3, 1, 2)
    probability = 1 / (1 + np.exp(-writing))
    entropy = -((area * np.log(probability) + (1 - area) * np.log(1 - probability)) * known).mean()
    probability = probability * known
    dice = np.mean([(2 * (p * a).sum() + 100) / (p.sum() + a.sum() + 100)
                    for p, a in zip(probability.swapaxes(0, 1), area.swapaxes(0, 1))])
    shares = np.exp(turns) / np.exp(turns).sum(axis=1, keepdims=True)
    votes = -(np.log(shares) * ways).sum() / (ways.sum() + 1)
    found = page_loss(turn_weight=0.4)(*(mx.nd.array(array) for array in (writing, turns, area, known, ways)))
    assert float(found.asscalar()) == pytest.approx(3 * (entropy + 0.5 * (1 - dice)) + 0.4 * votes, rel=1e-5)


def test_print_is_unknown_on_pages_that_people_outlined_except_where_they_wrote(task):
    batch = task.batch(Recipe((448, 448), (0, -1)), np.random.default_rng(3))
    real, composed = batch["known"][0], batch["known"][1]
    assert (real[0] == 1).all() and (real[1:] == batch["area"][0, 0]).all() and (composed == 1).all()
    assert batch["area"][0, 1:].max() == 0
