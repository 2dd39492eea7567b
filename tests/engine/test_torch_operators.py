"""Every operator in PyTorch gives MXNet's values and MXNet's gradients."""
from __future__ import annotations

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ocr.engine.graph import Node, read_graph
from ocr.engine.torch_graph import TorchGraph
from ocr.engine.torch_layers import Mode
from ocr.engine.torch_operators import OPERATORS, new_shape
from ocr.errors import UnsupportedOperator


def test_values_and_gradients_are_mxnets(expression):
    graph = TorchGraph(read_graph(expression.graph))
    fed = {name: torch.from_numpy(array).requires_grad_() for name, array in expression.fed.items()}
    (output,) = graph(fed)
    np.testing.assert_allclose(output.detach().numpy(), expression.output, rtol=1e-5, atol=2e-6)
    assert output.shape == expression.output.shape
    if output.requires_grad:
        (output * torch.from_numpy(expression.pull)).sum().backward()
    for name, gradient in zip("xy", expression.gradients):
        found = fed[name].grad
        np.testing.assert_allclose(np.zeros_like(gradient) if found is None else found.numpy(), gradient,
                                   rtol=1e-4, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("codes, sizes", [((0, -1), [2, -1]), ((0, 0, -3), [2, 3, 20]), ((-2,), [2, 3, 4, 5]),
                                           ((-3, -2), [6, 4, 5]), ((0, -4, 3, 1, -2), [2, 3, 1, 4, 5]),
                                           ((0, -4, -1, 3, 0, 0), [2, 1, 3, 4, 5])])
def test_reshape_codes(codes, sizes):
    assert new_shape((2, 3, 4, 5), codes) == sizes


def test_an_unknown_operator_is_named_with_its_node():
    nodes = [{"op": "null", "name": "x", "inputs": []}, {"op": "Fourier", "name": "wave", "inputs": [[0, 0, 0]]}]
    with pytest.raises(UnsupportedOperator, match="Fourier.*'wave'"):
        TorchGraph(read_graph(json.dumps({"nodes": nodes, "heads": [[1, 0, 0]]})))


def test_dropout_drops_its_share_and_keeps_the_mean():
    nodes = [{"op": "null", "name": "x", "inputs": []},
             {"op": "Dropout", "name": "d", "attrs": {"p": "0.25", "axes": "(1,)"}, "inputs": [[0, 0, 0]]}]
    graph = TorchGraph(read_graph(json.dumps({"nodes": nodes, "heads": [[1, 0, 0]]})))
    x = torch.ones(20000, 3)
    assert torch.equal(graph({"x": x})[0], x)
    graph.mode.training = True
    (y,) = graph({"x": x})
    assert abs((y == 0).float().mean().item() - 0.25) < 0.01 and abs(y.mean().item() - 1) < 0.02
    assert torch.equal(y[:, 0], y[:, 2]), "one draw serves the whole axis"


def test_a_text_too_long_for_its_frames_has_no_loss_and_no_gradient():
    node = Node("ctc", "CTCLoss", (), {"use_data_lengths": "True", "use_label_lengths": "True", "blank_label": "last"})
    scores = torch.randn(6, 2, 5, requires_grad=True)                                   # (T, N, C)
    losses = OPERATORS["CTCLoss"](node, Mode())(scores, torch.tensor([[1., 1, 1], [0, 1, 2]]), torch.tensor([4., 4]),
                                                torch.tensor([3., 3]))
    losses.sum().backward()
    assert losses[0] == 0 and losses[1] > 0
    assert not scores.grad[:, 0].any() and scores.grad[:4, 1].any() and not scores.grad[4:, 1].any()
