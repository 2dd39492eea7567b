"""Traced trainings survive a round trip through a folder, and states of other networks are refused."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.errors import ModelMismatch, ModelNotFound, TrainingError
from ocr.engine.learner import AdamW, TracedTraining, check_finite, check_state

TRACED = TracedTraining("{\"loss\": 1}", "{}", {"w": np.eye(3, dtype=np.float32), "b": np.ones(2, np.float32)},
                        ("images",), ("labels", "frames"))


def test_a_folder_gives_back_what_was_saved(tmp_path):
    TRACED.save(tmp_path / "deep" / "run")
    read = TracedTraining.load(tmp_path / "deep" / "run")
    assert (read.loss_graph, read.graph, read.inputs, read.targets) == \
        (TRACED.loss_graph, TRACED.graph, TRACED.inputs, TRACED.targets)
    assert list(read.weights) == ["w", "b"]
    for name, array in read.weights.items():
        np.testing.assert_array_equal(array, TRACED.weights[name])


def test_missing_files_are_named(tmp_path):
    TRACED.save(tmp_path)
    (tmp_path / "loss.json").unlink()
    with pytest.raises(ModelNotFound, match="loss.json"):
        TracedTraining.load(tmp_path)


GRAPH_OF = '{"nodes": [{"op": "null", "name": "%s", "inputs": []}], "heads": [[0, 0, 0]]}'


@pytest.mark.parametrize("name, damage", [
    ("inputs.json", lambda old: b'{"inputs": ["im'), ("inputs.json", lambda old: b'{"inputs": ["images"]}'),
    ("inputs.json", lambda old: b"[]"), ("loss.json", lambda old: b'{"nodes": [{"op"'),
    ("network.json", lambda old: b"\xff"), ("network.json", lambda old: b"[1]"), ("initial_weights.npz", lambda old: b""),
    ("initial_weights.npz", lambda old: old[:len(old) // 2]),
    ("initial_weights.npz", lambda old: old.replace(b"\x80?", b"\x80@")),
    ("loss.json", lambda old: (GRAPH_OF % "of_another").encode())])
def test_damaged_files_are_named(tmp_path, name, damage):
    TRACED.save(tmp_path)
    (tmp_path / name).write_bytes(damage((tmp_path / name).read_bytes()))
    with pytest.raises(ModelMismatch, match=f"{name}: is damaged"):
        TracedTraining.load(tmp_path)


@pytest.mark.parametrize("state, words", [({"w": np.zeros((3, 2))}, "another network"), ({}, "nothing"),
                                          ({"w": np.zeros((2, 2)), "v": np.zeros(1)}, "'v'")])
def test_states_of_another_network_are_refused(state, words):
    with pytest.raises(TrainingError, match=words):
        check_state(state, {"w": np.zeros((2, 2))})


@pytest.mark.parametrize("loss, norm", [(np.nan, 1.0), (1.0, np.inf)])
def test_values_that_are_not_finite_stop_training(loss, norm):
    with pytest.raises(TrainingError, match="finite"):
        check_finite(loss, norm)


def test_matrices_decay_and_vectors_do_not():
    assert AdamW.decays(np.zeros((2, 2))) and not AdamW.decays(np.zeros(2))
