"""The onnx engine: ONNX Runtime, the default for reading pages."""
from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType
from typing import List, Tuple

import numpy as np

from ocr.errors import EngineUnavailable, ModelMismatch


class OnnxNetwork:
    """A network in ONNX Runtime; see `ocr.engine.network.Network`.

    Memory stays level over any number of widths: the runtime's allocation plans, of which it makes one for every
    new shape and gives up none, are switched off.

    Parameters
    ----------
    file : the ONNX file.
    device : "cpu" or "gpu:N".
    threads : CPU threads; 0 takes all.
    """

    def __init__(self, file: Path, device: str = "cpu", threads: int = 0):
        runtime = _import_runtime()
        providers = _providers(runtime, device)
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.enable_mem_pattern = False
        options.log_severity_level = 3
        try:
            self._session = runtime.InferenceSession(str(file), options, providers=providers)
        except Exception as error:                       # the exceptions of the runtime have no common base class
            raise ModelMismatch(f"{file}: ONNX Runtime cannot load it ({error}).\n"
                                "Fetch the model again: python -m ocr models fetch") from error
        self._inputs = [value.name for value in self._session.get_inputs()]

    def __call__(self, *inputs: np.ndarray) -> Tuple[np.ndarray, ...]:
        """Run the network; see `ocr.engine.network.Network`."""
        return tuple(self._session.run(None, {name: np.ascontiguousarray(array, np.float32)
                                              for name, array in zip(self._inputs, inputs)}))


def _import_runtime() -> ModuleType:
    """Import ONNX Runtime with its telemetry and device logging turned off."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    try:
        import onnxruntime
    except ImportError as error:
        raise EngineUnavailable(f"The onnx engine needs ONNX Runtime, which cannot be imported ({error}).\n"
                                "Type: pip install .") from error
    return onnxruntime


def _providers(runtime: ModuleType, device: str) -> List[object]:
    """Return the execution providers for a device."""
    kind, _, number = device.partition(":")
    if kind == "cpu":
        return ["CPUExecutionProvider"]
    if "CUDAExecutionProvider" not in runtime.get_available_providers():
        raise EngineUnavailable(f"This ONNX Runtime cannot use a GPU, and {device} was requested.\n"
                                "Use --device cpu, or type: pip install onnxruntime-gpu")
    return [("CUDAExecutionProvider", {"device_id": int(number or 0)}), "CPUExecutionProvider"]
