"""The graph of a network: a traced Gluon symbol, parsed without MXNet, for the other engines to run."""
from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import Dict, List, Mapping, Optional, Tuple

from ocr.errors import ModelMismatch, UnsupportedOperator

Value = Tuple[int, int]
"""One array of the graph: the index of its node, and of the output of that node."""

VARIABLE = "null"
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


@dataclass(frozen=True)
class Node:
    """One operation or variable. Attributes are MXNet's strings; the methods read them with MXNet's defaults."""

    name: str
    operator: str
    inputs: Tuple[Value, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_variable(self) -> bool:
        """Whether it is an input or a weight."""
        return self.operator == VARIABLE

    def has(self, key: str) -> bool:
        """Tell whether an attribute is given and is neither None nor empty."""
        return self.attributes.get(key, "None") not in ("None", "", "()", "[]")

    def string(self, key: str, default: str) -> str:
        """Read an attribute that is a string."""
        return self.attributes[key] if self.has(key) else default

    def flag(self, key: str, default: bool = False) -> bool:
        """Read a boolean attribute."""
        return self.attributes[key] in ("True", "1", "true") if self.has(key) else default

    def number(self, key: str, default: float) -> float:
        """Read an attribute that is a number."""
        return float(self.attributes[key]) if self.has(key) else default

    def integer(self, key: str, default: int) -> int:
        """Read an attribute that is an integer."""
        return int(self.attributes[key]) if self.has(key) else default

    def integers(self, key: str, default: Tuple[int, ...] = ()) -> Tuple[int, ...]:
        """Read an attribute that is a tuple of integers, or a single one."""
        return tuple(int(n) for n in _NUMBER.findall(self.attributes[key])) if self.has(key) else default

    def optional_integers(self, key: str, length: int) -> Tuple[Optional[int], ...]:
        """Read a tuple of integers or None, padded with None to a length."""
        words = re.findall(r"None|-?\d+", self.attributes.get(key, ""))
        items = [None if word == "None" else int(word) for word in words]
        return tuple(items + [None] * (length - len(items)))

    def unsupported(self, why: str) -> UnsupportedOperator:
        """Make the error that names this node and the reason why it cannot be run."""
        return UnsupportedOperator(f"operator {self.operator} (node {self.name!r}): {why}.\n"
                                   "Write the network without it, or run it with the gluon engine.")


@dataclass(frozen=True)
class Graph:
    """Nodes in topological order, and the output values."""

    nodes: Tuple[Node, ...]
    outputs: Tuple[Value, ...]

    @property
    def variables(self) -> Tuple[str, ...]:
        """Names of all inputs and weights."""
        return tuple(node.name for node in self.nodes if node.is_variable)

    @property
    def statistics(self) -> Tuple[str, ...]:
        """Names of the running means and variances: updated by batch normalisation, not by gradients."""
        names = (self.nodes[index].name for node in self.nodes if node.operator == "BatchNorm"
                 for index, _ in node.inputs[3:5])
        return tuple(dict.fromkeys(names))

    def inputs(self, weights: Mapping[str, object]) -> Tuple[str, ...]:
        """Names of the variables that are not weights."""
        return tuple(name for name in self.variables if name not in weights)

    def last_uses(self) -> Tuple[Tuple[int, ...], ...]:
        """Return, for each node, the nodes whose outputs are not needed after it."""
        last = {index: position for position, node in enumerate(self.nodes) for index, _ in node.inputs}
        last.update({index: -1 for index, _ in self.outputs})
        dead: List[List[int]] = [[] for _ in self.nodes]
        for index, position in last.items():
            if position >= 0:
                dead[position].append(index)
        return tuple(map(tuple, dead))


def read_graph(json_text: str) -> Graph:
    """Read the JSON of an MXNet symbol.

    Recurrent layers come out simplified: Gluon packs their weights into one flat array and feeds zero states;
    here an `RNN` node has its data first and then the weights as they are stored: for each layer and direction
    the input and recurrent matrices, then in the same order the biases.

    Parameters
    ----------
    json_text : result of `Symbol.tojson()`.

    Raises
    ------
    ModelMismatch : the text is not the JSON of a symbol.
    UnsupportedOperator : a recurrent layer has initial states or weights that are computed.
    """
    try:
        content = json.loads(json_text)
        nodes = [Node(entry["name"], entry["op"], tuple((i, o) for i, o, *_ in entry["inputs"]),
                      entry.get("attrs", {})) for entry in content["nodes"]]
        outputs = tuple((index, output) for index, output, *_ in content["heads"])
    except (ValueError, KeyError, TypeError) as error:
        raise ModelMismatch(f"This is not the graph of a network ({type(error).__name__}: {error}). "
                            "A JSON file written by this project or by MXNet's Symbol.save is needed.") from error
    nodes = [_unpacked(node, nodes) if node.operator == "RNN" else node for node in nodes]
    return _reachable(nodes, outputs)


def _unpacked(node: Node, nodes: List[Node]) -> Node:
    """Replace the flat parameter array of a recurrent node by its separate weights."""
    data, (packed, _), *states = node.inputs
    if nodes[packed].operator not in ("_rnn_param_concat", "Concat"):
        raise node.unsupported("its weights are one flat array; they must be separate ones, as in gluon.rnn.LSTM")
    weights = []
    for index, _ in nodes[packed].inputs:
        while nodes[index].operator == "Reshape":
            index = nodes[index].inputs[0][0]
        if not nodes[index].is_variable:
            raise node.unsupported(f"its weight {nodes[index].name!r} is computed")
        weights.append((index, 0))
    if any(nodes[index].operator != "_zeros" for index, _ in states):
        raise node.unsupported("its initial states are not zero")
    return replace(node, inputs=(data, *weights))


def _reachable(nodes: List[Node], outputs: Tuple[Value, ...]) -> Graph:
    """Drop nodes that no output needs, and renumber the rest."""
    needed = {index for index, _ in outputs}
    for index in range(len(nodes) - 1, -1, -1):
        if index in needed:
            needed.update(i for i, _ in nodes[index].inputs)
    place: Dict[int, int] = {old: new for new, old in enumerate(sorted(needed))}
    kept = tuple(replace(nodes[old], inputs=tuple((place[i], o) for i, o in nodes[old].inputs)) for old in place)
    return Graph(kept, tuple((place[i], o) for i, o in outputs))
