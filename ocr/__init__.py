"""Read handwriting: from a photo of a page to its text, in three stages."""
from __future__ import annotations

from typing import Any

__version__ = "0.2.0"
__all__ = ["read_page", "__version__"]


def __getattr__(name: str) -> Any:
    if name == "read_page":
        from ocr.pipeline import read_page

        return read_page
    raise AttributeError(f"module 'ocr' has no attribute {name!r}")
