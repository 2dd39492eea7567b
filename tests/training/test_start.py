"""What a run starts from: the weights of a model where they fit, and a clear refusal where they do not."""
from __future__ import annotations

import argparse

import numpy as np
import pytest

from ocr.engine.learner import TracedTraining
from ocr.errors import ModelMismatch
from ocr.training.options import add_options
from ocr.training.start import started, traced_training


def training(**weights) -> TracedTraining:
    return TracedTraining("{}", "{}", {name: np.zeros(shape, np.float32) for name, shape in weights.items()},
                          ("images",), ())


def saved(folder, **weights):
    np.savez(folder / "weights.npz", **{name: np.ones(shape, np.float16) for name, shape in weights.items()})
    return folder


def test_the_weights_of_a_model_replace_the_new_ones_and_the_loss_keeps_its_own(tmp_path):
    traced = started(training(kernel=(2, 3), shortcut=(4,)), saved(tmp_path, kernel=(2, 3)))
    assert traced.weights["kernel"].dtype == np.float32
    assert traced.weights["kernel"].sum() == 6 and traced.weights["shortcut"].sum() == 0


@pytest.mark.parametrize("weights", [{"kernel": (3, 2)}, {"other": (2, 3)}])
def test_another_network_is_refused(tmp_path, weights):
    with pytest.raises(ModelMismatch, match="shares no weights"):
        started(training(kernel=(2, 3)), saved(tmp_path, **weights))


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
