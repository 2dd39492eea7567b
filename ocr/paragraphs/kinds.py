"""The kinds of text that are told apart on a page, in the order of the network's maps and of the masks it learns from."""
from __future__ import annotations

from typing import Literal, Mapping, Tuple

HANDWRITING, TYPEWRITING, PRINT = 0, 1, 2
KINDS = ("handwriting", "typewriting", "print")
"""Their names."""

PRODUCTIONS = ("handwritten", "typewritten", "printed")
"""How text of each kind was produced, as in `ocr.page.model.Region.production`."""

Text = Literal["handwriting", "print", "all"]
"""Which text of a page is read."""

WANTED: Mapping[Text, Tuple[int, ...]] = {
    "handwriting": (HANDWRITING, TYPEWRITING), "print": (TYPEWRITING, PRINT), "all": (HANDWRITING, TYPEWRITING, PRINT)}
"""The kinds of each choice: the pages of an archive mix handwriting and typewriting, a form's labels are print."""
