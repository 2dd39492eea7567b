"""A symbol's JSON is parsed into nodes with their inputs and attributes."""
from __future__ import annotations

import json

import pytest

from ocr.engine.graph import Node, read_graph
from ocr.errors import ModelMismatch, UnsupportedOperator


def symbol(*nodes, heads=None) -> str:
    """Write a symbol's JSON from (operator, name, inputs, attributes)."""
    entries = [{"op": op, "name": name, "inputs": [[i, 0, 0] for i in inputs], "attrs": attributes}
               for op, name, inputs, attributes in nodes]
    return json.dumps({"nodes": entries, "heads": [[i, 0, 0] for i in heads or [len(nodes) - 1]]})


def recurrent(*changes, states="_zeros") -> str:
    """Write one forward LSTM as Gluon traces it."""
    names = ("i2h_weight", "h2h_weight", "i2h_bias", "h2h_bias")
    nodes = [("null", "x", [], {})]
    for name in names:
        nodes += [("null", name, [], {}), ("Reshape", f"flat_{name}", [len(nodes)], {"shape": "-1"})]
    nodes += [("_rnn_param_concat", "packed", [2, 4, 6, 8], {"dim": "0"}), (states, "h", [], {}), (states, "c", [], {}),
              ("RNN", "lstm", [0, 9, 10, 11], {"mode": "lstm"}), *changes]
    return symbol(*nodes)


def test_a_recurrent_node_gets_separate_weights():
    graph = read_graph(recurrent())
    lstm = graph.nodes[-1]
    assert [graph.nodes[i].name for i, _ in lstm.inputs] == ["x", "i2h_weight", "h2h_weight", "i2h_bias", "h2h_bias"]
    assert len(graph.nodes) == 6, "packing and states are removed"
    assert graph.inputs({name: 0 for name in graph.variables if name != "x"}) == ("x",)


def test_states_that_are_not_zero_are_refused():
    with pytest.raises(UnsupportedOperator, match="RNN.*'lstm'.*initial states"):
        read_graph(recurrent(states="null"))


def test_what_no_output_needs_is_left_out():
    graph = read_graph(symbol(("null", "x", [], {}), ("exp", "unused", [0], {}), ("sqrt", "used", [0], {})))
    assert [node.name for node in graph.nodes] == ["x", "used"]
    assert graph.outputs == ((1, 0),)


def test_a_value_is_freed_after_its_last_use_and_outputs_never():
    graph = read_graph(symbol(("null", "x", [], {}), ("exp", "a", [0], {}), ("exp", "b", [1], {}),
                              ("add_n", "c", [1, 2], {}), heads=[3, 2]))
    assert graph.last_uses() == ((), (0,), (), (1,))


def test_running_statistics_are_known():
    names = ["x", "gamma", "beta", "mean", "variance"]
    graph = read_graph(symbol(*(("null", name, [], {}) for name in names), ("BatchNorm", "norm", range(5), {})))
    assert graph.statistics == ("mean", "variance")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"nodes": [1], "heads": []}'])
def test_what_is_no_symbol_is_refused(text):
    with pytest.raises(ModelMismatch, match="not the graph of a network"):
        read_graph(text)


def test_attributes_are_read_with_defaults():
    node = Node("n", "op", (), {"kernel": "(3, -5)", "axis": "1", "none": "None", "empty": "()", "eps": "1e-05",
                                "yes": "True", "no": "False", "end": "(None, 3)"})
    assert node.integers("kernel") == (3, -5) and node.integers("axis") == (1,)
    assert node.integers("none", (7,)) == (7,) and node.integers("empty") == ()
    assert node.integers("absent", (1, 1)) == (1, 1)
    assert node.number("eps", 0.0) == 1e-5 and node.number("absent", 0.5) == 0.5
    assert node.flag("yes") and not node.flag("no", True) and node.flag("absent", True)
    assert node.optional_integers("end", 3) == (None, 3, None)
    assert node.string("absent", "max") == "max" and node.integer("axis", 0) == 1
