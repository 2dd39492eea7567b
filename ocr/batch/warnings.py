"""What a command line says about a page that was processed: its warnings, and the options that read what was left out."""
from __future__ import annotations

from typing import Iterable, List


def warning_lines(label: str, warnings: Iterable[str]) -> List[str]:
    """Return the warnings of a page, one a line, each after the page's label."""
    from ocr.paragraphs.stage import DOUBTFUL, OTHER_TEXT

    options = {DOUBTFUL: "--keep-doubtful", OTHER_TEXT: "--text all"}
    lines = []
    for warning in warnings:
        hint = "".join(f" To read what was left out, add {option}." for said, option in options.items() if said in warning)
        lines.append(f"{label}: {warning}{hint}")
    return lines
