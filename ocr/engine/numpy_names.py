"""Names that NumPy has removed and MXNet 1.9.1 and gluonnlp 0.10 still use, restored while they are imported.

They are used while the modules are loaded (`alltrue = numpy.alltrue`), so afterwards they are removed again, and
other packages see NumPy as it is. `bool` is used later, too, and stays; NumPy 2 has it anyway.
"""
from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator

import numpy as np

FINANCIAL = ("mirr", "npv", "pmt", "ppmt", "pv", "rate")


@contextmanager
def removed_numpy_names() -> Iterator[None]:
    """Restore, within the context, the names that this NumPy lacks."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")                         # NumPy 1.26 warns about some that it still has
        lacking = {name: value for name, value in _replacements().items() if not hasattr(np, name)}
    for name, value in lacking.items():
        setattr(np, name, value)
    try:
        yield
    finally:
        for name in set(lacking) - {"bool"}:
            delattr(np, name)


def _replacements() -> Dict[str, Any]:
    """Return a replacement for each removed name."""
    numbers = {"Inf": np.inf, "NINF": -np.inf, "PINF": np.inf, "NAN": np.nan, "NaN": np.nan, "PZERO": 0.0, "NZERO": -0.0}
    renamed = {"alltrue": "all", "in1d": "isin", "product": "prod", "round_": "round", "sometrue": "any", "trapz": "trapezoid"}
    functions = {name: _wrapper(current) for name, current in renamed.items()}
    return {"bool": np.bool_, **numbers, **functions, "msort": _sort_first_axis, **{name: _removed(name) for name in FINANCIAL}}


def _wrapper(current: str) -> Callable[..., Any]:
    """Wrap a current NumPy function in a new one: MXNet keeps a table by function."""
    def call(*arguments: Any, **options: Any) -> Any:
        return getattr(np, current)(*arguments, **options)
    return call


def _sort_first_axis(array: Any) -> np.ndarray:
    return np.sort(array, axis=0)


def _removed(name: str) -> Callable[..., Any]:
    """Make a placeholder for a removed financial function; nothing here calls it."""
    def refuse(*arguments: Any, **options: Any) -> Any:
        raise NotImplementedError(f"NumPy has no function {name} any more; the package numpy-financial has it.")
    return refuse
