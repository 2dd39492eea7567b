"""Names that NumPy has given up and MXNet 1.9.1 and gluonnlp 0.10 still ask for, lent to them while they are imported.

They are asked for while the modules are loaded (`alltrue = numpy.alltrue`), so afterwards they are taken away again, and
other packages see NumPy as it is. `bool` is asked for later, too, and stays; NumPy 2 has it anyway.
"""
from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator

import numpy as np

FINANCIAL = ("mirr", "npv", "pmt", "ppmt", "pv", "rate")


@contextmanager
def names_of_old() -> Iterator[None]:
    """Lend the names that this NumPy lacks."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")                         # NumPy 1.26 warns of some that it still has
        lacking = {name: value for name, value in _old_names().items() if not hasattr(np, name)}
    for name, value in lacking.items():
        setattr(np, name, value)
    try:
        yield
    finally:
        for name in set(lacking) - {"bool"}:
            delattr(np, name)


def _old_names() -> Dict[str, Any]:
    """Give each name what it stood for."""
    numbers = {"Inf": np.inf, "NINF": -np.inf, "PINF": np.inf, "NAN": np.nan, "NaN": np.nan, "PZERO": 0.0, "NZERO": -0.0}
    renamed = {"alltrue": "all", "in1d": "isin", "product": "prod", "round_": "round", "sometrue": "any", "trapz": "trapezoid"}
    functions = {name: _stand_in(today) for name, today in renamed.items()}
    return {"bool": np.bool_, **numbers, **functions, "msort": _sort_first_axis, **{name: _left_numpy(name) for name in FINANCIAL}}


def _stand_in(today: str) -> Callable[..., Any]:
    """Make a function that does what one of today does, and is another: MXNet keeps a table by function."""
    def call(*arguments: Any, **options: Any) -> Any:
        return getattr(np, today)(*arguments, **options)
    return call


def _sort_first_axis(array: Any) -> np.ndarray:
    return np.sort(array, axis=0)


def _left_numpy(name: str) -> Callable[..., Any]:
    """Make the function that stands where NumPy had a financial one; nothing here calls it."""
    def refuse(*arguments: Any, **options: Any) -> Any:
        raise NotImplementedError(f"NumPy has no function {name} any more; the package numpy-financial has it.")
    return refuse
