"""Initial weights of a run: those of a model where they fit, and a clear error where they do not."""
from __future__ import annotations

import argparse
import json

import numpy as np
import pytest

from ocr.engine.learner import TracedTraining
from ocr.errors import ModelMismatch
from ocr.training.options import add_options
from ocr.training.start import initialise_from, traced_training


def training(**weights) -> TracedTraining:
    return TracedTraining("{}", "{}", {name: np.zeros(shape, np.float32) for name, shape in weights.items()},
                          ("images",), ())


def saved(folder, **weights):
    np.savez(folder / "weights.npz", **{name: np.ones(shape, np.float16) for name, shape in weights.items()})
    return folder


def test_the_weights_of_a_model_replace_the_new_ones_and_the_loss_keeps_its_own(tmp_path):
    traced = initialise_from(training(kernel=(2, 3), shortcut=(4,)), saved(tmp_path, kernel=(2, 3)))
    assert traced.weights["kernel"].dtype == np.float32
    assert traced.weights["kernel"].sum() == 6 and traced.weights["shortcut"].sum() == 0


@pytest.mark.parametrize("weights", [{"kernel": (3, 2)}, {"other": (2, 3)}])
def test_another_network_is_refused(tmp_path, weights):
    with pytest.raises(ModelMismatch, match=f"{tmp_path.name} shares no weights"):
        initialise_from(training(kernel=(2, 3)), saved(tmp_path, **weights))


def test_rows_of_characters_move_to_their_places_in_another_alphabet(tmp_path):
    old, new = "abc ", " bxa"
    weight = np.arange(15, dtype=np.float32).reshape(5, 3)                     # a, b, c, space, blank
    np.savez(tmp_path / "weights.npz", dense_weight=weight, dense_bias=weight[:, 0], kernel=np.ones((2, 2)))
    fresh = training(dense_weight=(5, 3), dense_bias=(5,), kernel=(2, 2))
    moved = initialise_from(fresh, tmp_path, old, new).weights
    assert moved["dense_weight"].tolist() == [*weight[[3, 1]].tolist(), [0, 0, 0], *weight[[0, 4]].tolist()]
    assert moved["dense_bias"].tolist() == [9, 3, 0, 0, 12] and moved["kernel"].sum() == 4


def test_a_wider_alphabet_keeps_what_was_learned_and_the_blank_stays_last(tmp_path, capsys):
    weight = np.arange(6, dtype=np.float32).reshape(3, 2)
    np.savez(tmp_path / "weights.npz", dense_weight=weight, kernel=np.ones((2, 2)))
    fresh = training(dense_weight=(5, 2), kernel=(2, 2), other=(3,))
    moved = initialise_from(fresh, tmp_path, "ab", "aébő").weights["dense_weight"]
    assert moved.tolist() == [[0, 1], [0, 0], [2, 3], [0, 0], [4, 5]]
    assert "2 weight arrays" in (message := capsys.readouterr().err) and "1 are new, such as other" in message
    without = initialise_from(fresh, tmp_path).weights["dense_weight"]
    assert not without.any()                                                    # of no alphabet, the shapes must be alike


def made_in_this_process(seed: int) -> TracedTraining:
    import os

    return training(**{"pid": (1,), f"process_{os.getpid()}": (1,), f"seed_{seed}": (1,)})


@pytest.mark.parametrize("engine, here", [("gluon", True), ("torch", False)])
def test_the_torch_engine_keeps_mxnet_out_of_its_process(tmp_path, engine, here):
    import os

    parser = argparse.ArgumentParser()
    add_options(parser, 1, 1e-3)
    arguments = parser.parse_args(["--data", "iam:x", "--out", str(tmp_path), "--engine", engine, "--seed", "7"])
    traced = traced_training(arguments, made_in_this_process, "recognition")
    assert (f"process_{os.getpid()}" in traced.weights) == here
    assert "seed_7" in traced.weights
    assert TracedTraining.load(tmp_path / "graph").weights.keys() == traced.weights.keys()


def test_a_checkpoint_is_its_weights_and_what_they_are_of(tmp_path):
    training(kernel=(3, 2)).save(tmp_path / "graph")
    run = tmp_path / "run"
    run.mkdir()
    saved(run, kernel=(3, 2))
    (run / "run.json").write_text(json.dumps({"task": "recognition", "alphabet": "ab"}))
    parser = argparse.ArgumentParser()
    add_options(parser, 1, 1e-3)
    options = parser.parse_args(["--data", "iam:x", "--out", str(tmp_path / "out"), "--graph", str(tmp_path / "graph"),
                                 "--start-from", str(run)])
    assert traced_training(options, None, "recognition", "ab").weights["kernel"].sum() == 6
    with pytest.raises(ModelMismatch, match="is a model for recognition, not for lines"):
        traced_training(options, None, "lines", "ab")
    with pytest.raises(ModelMismatch, match="writes no text"):
        traced_training(options, None, "recognition", None)
