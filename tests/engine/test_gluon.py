"""Tracing keeps Gluon's names, and the reference learner resumes exactly."""
from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest

import ocr
from ocr.engine.gluon import import_mxnet
from ocr.engine.graph import read_graph
from ocr.engine.numpy_names import removed_numpy_names
from ocr.errors import EngineUnavailable, TrainingError


def test_a_missing_mxnet_says_what_to_type(monkeypatch):
    monkeypatch.setitem(sys.modules, "mxnet", None)
    with pytest.raises(EngineUnavailable, match=re.escape("pip install .[gluon]")):
        import_mxnet()


def test_numpy_is_patched_in_one_place():
    sources = Path(ocr.__file__).parent.rglob("*.py")
    assert [path.name for path in sources if "setattr(np" in path.read_text(encoding="utf-8")] == ["numpy_names.py"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_removed_names_are_restored_only_for_a_while():
    before = set(vars(np)) | {"bool"}
    with removed_numpy_names():
        assert np.alltrue([True, True]) and not np.sometrue([False]) and np.product([2, 3]) == 6 and np.trapz([1, 1]) == 1
        assert np.round_(1.4) == 1 and np.msort([[2], [1]]).tolist() == [[1], [2]]
        assert np.in1d([1], [1]).all() and np.bool is np.bool_ and np.PINF == np.inf
        assert callable(np.npv)
    assert set(vars(np)) == before
    with pytest.raises(ValueError), removed_numpy_names():
        raise ValueError
    assert set(vars(np)) == before


def test_tracing_keeps_names_and_knows_statistics(lines):
    traced, graph = lines.traced, read_graph(lines.traced.loss_graph)
    assert traced.inputs == ("images",) and traced.targets == ("labels", "frames", "lengths")
    assert set(graph.inputs(traced.weights)) == {*traced.inputs, *traced.targets}
    assert set(graph.statistics) == {f"lines_batchnorm{i}_running_{kind}" for i in (0, 1) for kind in ("mean", "var")}
    assert "lines_lstm1_r1_h2h_weight" in traced.weights


def test_a_resumed_run_equals_an_uninterrupted_one(case):
    from ocr.engine.gluon import GluonLearner
    batches = [case.batch(np.random.default_rng(i)) for i in range(6)]
    unbroken = GluonLearner(case.traced)
    losses = [unbroken.step(batch, 1e-3, i) for i, batch in enumerate(batches)]
    first, second = GluonLearner(case.traced), GluonLearner(case.traced)
    assert [first.step(batch, 1e-3, i) for i, batch in enumerate(batches[:3])] == losses[:3]
    second.restore(first.state())
    assert [second.step(batch, 1e-3, i) for i, batch in enumerate(batches[3:], 3)] == losses[3:]
    for name, array in unbroken.state().items():
        np.testing.assert_array_equal(second.state()[name], array, err_msg=name)


def test_a_loss_that_is_not_finite_changes_nothing(lines):
    from ocr.engine.gluon import GluonLearner
    learner, batch = GluonLearner(lines.traced), lines.batch(np.random.default_rng(0))
    before = learner.state()
    with pytest.raises(TrainingError, match="finite"):
        learner.step({**batch, "images": np.full_like(batch["images"], np.nan)}, 1e-3, 0)
    for name, array in learner.state().items():
        np.testing.assert_array_equal(array, before[name], err_msg=name)


def test_the_state_of_another_network_is_refused(lines, boxes):
    from ocr.engine.gluon import GluonLearner
    with pytest.raises(TrainingError, match="another network"):
        GluonLearner(lines.traced).restore(GluonLearner(boxes.traced).state())
