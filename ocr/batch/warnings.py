"""What a command line says about a page that was processed: its warnings, and the options that read what was left out."""
from __future__ import annotations

from typing import Iterable, List


def warning_lines(label: str, warnings: Iterable[str]) -> List[str]:
    """Return the warnings of a page, one a line, each after the page's label."""
    return [f"{label}: {warning}{_options(warning)}" for warning in warnings]


def _options(warning: str) -> str:
    from ocr.paragraphs.stage import has_left_out

    return " To read what was left out, add --keep-doubtful." if has_left_out([warning]) else ""
