"""The order in which people sort names: page2 before page10."""
from __future__ import annotations

import re
from typing import List, Tuple, Union

_NUMBER = re.compile(r"([0-9]+)")


def natural_key(name: object) -> Tuple[List[Union[str, int]], str]:
    """Return a sort key by which numbers in names count as numbers.

    Parameters
    ----------
    name : a string, or what becomes one by `str`, such as a path.
    """
    text = str(name)
    return [int(part) if index % 2 else part for index, part in enumerate(_NUMBER.split(text))], text
