"""Build an ONNX graph node by node. Needs onnx, but not MXNet."""
from __future__ import annotations

from types import ModuleType
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence

import numpy as np

from ocr.engine.graph import Node
from ocr.errors import EngineUnavailable


class OnnxWriter:
    """Collects ONNX nodes and initialisers, and tracks the rank of each value.

    Parameters
    ----------
    weights : arrays by name; float16 ones are stored as they are, with a cast to float32 behind them.
    """

    def __init__(self, weights: Mapping[str, np.ndarray]):
        self.nodes: List[Any] = []
        self.initialisers: List[Any] = []
        self.ranks: Dict[str, int] = {}
        self._weights = weights
        self._stored: Dict[str, str] = {}

    def add(self, operator: str, *inputs: str, rank: Optional[int] = None, outputs: int = 1, **attributes: Any) -> str:
        """Append a node; its outputs have the rank of its first input where none is given."""
        onnx = import_onnx()
        names = [f"v{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(onnx.helper.make_node(operator, list(inputs), names, **attributes))
        for name in names:
            self.ranks[name] = self.ranks.get(inputs[0], 0) if rank is None else rank
        return names[0]

    def last_outputs(self) -> List[str]:
        """Names of all outputs of the node that was added last."""
        return list(self.nodes[-1].output)

    def store(self, name: str, array: np.ndarray) -> str:
        """Write an initialiser once; a half-precision one is cast where it is used."""
        if name not in self._stored:
            self.initialisers.append(import_onnx().numpy_helper.from_array(np.ascontiguousarray(array), name))
            self.ranks[name] = array.ndim
            self._stored[name] = self.cast(name) if array.dtype == np.float16 else name
        return self._stored[name]

    def sizes(self, value: str, axis: int) -> str:
        """Add the size of one axis, as a tensor of shape (1,)."""
        return self.add("Gather", self.add("Shape", value, rank=1), self.integers((axis,)), rank=1)

    def cast(self, value: str, kind: str = "FLOAT") -> str:
        """Cast a value to another type."""
        return self.add("Cast", value, to=getattr(import_onnx().TensorProto, kind))

    def integers(self, numbers: Sequence[int]) -> str:
        """Write a constant of integers."""
        return self.store("i_" + "_".join(map(str, numbers)), np.array(numbers, np.int64))

    def scalar(self, number: float) -> str:
        """Write a scalar constant."""
        return self.store(f"s_{number!r}", np.array(number, np.float32))

    def array(self, name: str, node: Node) -> np.ndarray:
        """Return the array of a weight whose values the export of a node needs."""
        if name not in self._weights:
            raise node.unsupported(f"{name!r} must be a weight for the ONNX export")
        return self._weights[name]

    def value(self, name: str) -> str:
        """Return the ONNX value of an operand; weights are stored on first use."""
        return self.store(name, self._weights[name]) if name in self._weights else name


Emit = Callable[[Node, OnnxWriter, List[str]], Any]          # the name of its output, or a list of names


def import_onnx() -> ModuleType:
    """Import onnx, which only the export needs.

    Raises
    ------
    EngineUnavailable : it is not installed.
    """
    try:
        import onnx
    except ImportError as error:
        raise EngineUnavailable("Writing a network as ONNX needs the package onnx.\nType: pip install onnx") from error
    return onnx
