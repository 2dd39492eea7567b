"""The torch learner computes what MXNet's does: losses, gradients, statistics, updates; and it resumes."""
from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ocr.engine import torch_graph
from ocr.engine.torch_graph import TorchLearner
from ocr.errors import EngineUnavailable, TrainingError
from ocr.engine.learner import AdamW, TracedTraining


def without_dropout(traced: TracedTraining) -> TracedTraining:
    """Dropout draws differ between engines, so comparisons go without."""
    return replace(traced, loss_graph=traced.loss_graph.replace('"p": "0.2"', '"p": "0.0"'))


def test_ten_steps_are_mxnets(case):
    """Losses, gradients, outputs, weights and running statistics, at sizes that change from step to step.

    A large epsilon keeps the update from blowing up gradients that are all rounding.
    """
    from ocr.engine.gluon import GluonLearner
    rng, traced, settings = np.random.default_rng(1), without_dropout(case.traced), AdamW(epsilon=1e-2)
    reference, learner = GluonLearner(traced, settings), TorchLearner(traced, settings)
    for step in range(10):
        batch = case.batch(rng, 48 + 16 * (step % 3))
        if step in (0, 9):
            expected, found = reference.gradients(batch, step), learner.gradients(batch, step)
            assert set(expected) <= set(found)
            for name, gradient in expected.items():
                np.testing.assert_allclose(found[name], gradient, rtol=1e-4, atol=2e-5, err_msg=name)
        assert learner.step(batch, 1e-3, step) == pytest.approx(reference.step(batch, 1e-3, step), rel=2e-6)
    weights = learner.weights()
    for name, expected in reference.weights().items():
        np.testing.assert_allclose(weights[name], expected, rtol=1e-4, atol=5e-5, err_msg=name)
    for found, expected in zip(learner.outputs(batch), reference.outputs(batch)):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=5e-5)


def test_a_resumed_run_equals_an_uninterrupted_one(case):
    batches = [case.batch(np.random.default_rng(i)) for i in range(6)]
    unbroken = TorchLearner(case.traced)
    losses = [unbroken.step(batch, 1e-3, i) for i, batch in enumerate(batches)]
    first, second = TorchLearner(case.traced), TorchLearner(case.traced)
    assert [first.step(batch, 1e-3, i) for i, batch in enumerate(batches[:3])] == losses[:3]
    second.restore(first.state())
    assert [second.step(batch, 1e-3, i) for i, batch in enumerate(batches[3:], 3)] == losses[3:]
    for name, array in unbroken.state().items():
        np.testing.assert_array_equal(second.state()[name], array, err_msg=name)


def test_dropout_depends_on_the_seed(lines):
    batch, learner = lines.batch(np.random.default_rng(0)), TorchLearner(lines.traced)
    one, same, other = (learner.gradients(batch, seed)["lines_dense0_weight"] for seed in (1, 1, 2))
    assert np.array_equal(one, same) and not np.array_equal(one, other)


@pytest.fixture(params=[torch.bfloat16, torch.float16], ids=["bfloat16", "float16"])
def half_dtype(request, monkeypatch):
    """Either kind of half precision, as on a GPU that has it or is too old for it."""
    monkeypatch.setattr(torch_graph, "half_dtype", lambda device: request.param)
    return request.param


def test_half_precision_learns_nearly_the_same(case, half_dtype):
    batch = case.batch(np.random.default_rng(0))
    single, half = (TorchLearner(without_dropout(case.traced), half=half) for half in (False, True))
    if half_dtype == torch.float16:
        half.restore({**half.state(), "scale": np.array([256.0, 0])})        # as found after a few skipped steps
    assert half.step(batch, 1e-3, 0) == pytest.approx(single.step(batch, 1e-3, 0), rel=2e-2)
    assert all(array.dtype == np.float32 for array in half.weights().values())
    length = [np.sqrt(sum((g.astype(np.float64) ** 2).sum() for g in learner.gradients(batch, 1).values()))
              for learner in (half, single)]
    assert length[0] == pytest.approx(length[1], rel=0.1)
    found, exact = (learner.outputs(batch) for learner in (half, single))
    for values, expected in zip(found, exact):
        assert values.dtype == np.float32 and 0 < np.abs(values - expected).max() < 0.05 * np.abs(expected).max()


def test_a_step_that_overflows_float16_is_skipped_with_a_smaller_scale_and_resumed(monkeypatch):
    monkeypatch.setattr(torch_graph, "half_dtype", lambda device: torch.float16)
    learner = TorchLearner(linear(np.ones((1, 3), np.float32)), half=True)
    batch = {"images": np.full((4, 3), 30, np.float32), "truth": np.zeros((4, 1), np.float32)}
    before = learner.state()
    assert learner.step(batch, 1e-3, 0) == 8100                    # its gradient of 5400 times 65536 is no float16
    after = learner.state()
    np.testing.assert_array_equal(after["weights/w"], before["weights/w"])
    assert after["scale"][0] == before["scale"][0] / 2 and after["steps"] == 0
    other = TorchLearner(linear(np.ones((1, 3), np.float32)), half=True)
    other.restore(after)
    for turn in range(20):
        assert learner.step(batch, 1e-3, turn) == other.step(batch, 1e-3, turn)
    assert learner.state()["steps"] > 0 and learner.state()["weights/w"][0, 0] < 1


def test_a_loss_that_is_not_finite_changes_nothing(case):
    learner, batch = TorchLearner(case.traced), case.batch(np.random.default_rng(0))
    before = learner.state()
    with pytest.raises(TrainingError, match="finite"):
        learner.step({**batch, "images": np.full_like(batch["images"], np.nan)}, 1e-3, 0)
    for name, array in learner.state().items():
        np.testing.assert_array_equal(array, before[name], err_msg=name)


def test_the_state_of_another_network_is_refused(lines, boxes):
    with pytest.raises(TrainingError, match="another network"):
        TorchLearner(lines.traced).restore(TorchLearner(boxes.traced).state())


def test_a_gpu_that_is_not_there_is_named():
    with pytest.raises(EngineUnavailable, match="gpu:99"):
        TorchLearner(linear(np.zeros((1, 3), np.float32)), device="gpu:99")


def linear(weight: np.ndarray) -> TracedTraining:
    """Write by hand the graph of a linear map with a mean square loss."""
    nodes = [{"op": "null", "name": name, "inputs": []} for name in ("images", "w", "b", "truth")]
    nodes += [{"op": "FullyConnected", "name": "y", "attrs": {"num_hidden": "1"}, "inputs": [[0, 0], [1, 0], [2, 0]]},
              {"op": "elemwise_sub", "name": "d", "inputs": [[4, 0], [3, 0]]},
              {"op": "square", "name": "s", "inputs": [[5, 0]]}, {"op": "mean", "name": "l", "inputs": [[6, 0]]}]
    graphs = (json.dumps({"nodes": nodes[:size], "heads": [[size - 1, 0, 0]]}) for size in (8, 5))
    return TracedTraining(*graphs, {"w": weight, "b": np.zeros(1, np.float32)}, ("images",), ("truth",))


def test_the_update_is_adamw_as_published():
    """Against the formulas in NumPy: decay of the matrix alone, clipping, bias correction."""
    rng, settings = np.random.default_rng(0), AdamW(weight_decay=0.1, clip_norm=0.5)
    weight = rng.normal(size=(1, 3))
    learner = TorchLearner(linear(weight.astype(np.float32)), settings)
    values = {"w": weight, "b": np.zeros(1)}
    first, second = ({name: np.zeros_like(value) for name, value in values.items()} for _ in range(2))
    for step in range(1, 6):
        x, ground_truth = rng.normal(size=(4, 3)), rng.normal(size=(4, 1))
        error = x @ values["w"].T + values["b"] - ground_truth
        gradients = {"w": 2 * error.T @ x / 4, "b": 2 * error.mean(0)}
        scale = min(1, 0.5 / np.sqrt(sum((g ** 2).sum() for g in gradients.values())))
        assert learner.step({"images": x, "truth": ground_truth}, 0.01, 0) == pytest.approx((error ** 2).mean(), rel=1e-5)
        for name, gradient in gradients.items():
            first[name] += 0.1 * (gradient * scale - first[name])
            second[name] += 0.001 * ((gradient * scale) ** 2 - second[name])
            move = first[name] / (1 - 0.9 ** step) / (np.sqrt(second[name] / (1 - 0.999 ** step)) + 1e-8)
            values[name] = values[name] * (1 - 0.01 * 0.1 * (name == "w")) - 0.01 * move
            np.testing.assert_allclose(learner.weights()[name], values[name], rtol=1e-4, atol=1e-6)
