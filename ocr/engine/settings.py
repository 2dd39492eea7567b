"""The engine settings that every network is opened with."""
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EngineSettings:
    """The engine, device and threads that networks run with.

    Parameters
    ----------
    engine : "onnx", "gluon" or "torch"; the results are the same.
    device : "cpu" or "gpu:N".
    threads : number of CPU threads; 0 takes all.
    """

    engine: str = "onnx"
    device: str = "cpu"
    threads: int = 0
