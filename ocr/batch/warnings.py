"""What a command line says about a page that was processed: its warnings, and the option that reads what was left out."""
from __future__ import annotations

from typing import Iterable, List


def warning_lines(label: str, warnings: Iterable[str]) -> List[str]:
    """Return the warnings of a page, one a line, each after the page's label."""
    return [f"{label}: {warning}{_option(warning)}" for warning in warnings]


def _option(warning: str) -> str:
    from ocr.paragraphs.stage import left_out_doubtful

    return " To read what was left out, add --keep-doubtful." if left_out_doubtful([warning]) else ""
