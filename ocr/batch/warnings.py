"""What a command line says about a page that was processed: the warnings of its steps, and the option that reads more."""
from __future__ import annotations

from typing import List, Sequence

from ocr.page.model import ProcessingStep


def warning_lines(label: str, steps: Sequence[ProcessingStep]) -> List[str]:
    """Return the warnings of a page's steps, one a line.

    Parameters
    ----------
    label : of the page, with which each line begins.
    """
    lines = []
    for step in steps:
        lines += [f"{label}: {warning}{_option(step)}" for warning in step.warnings]
    return lines


def _option(step: ProcessingStep) -> str:
    from ocr.paragraphs.stage import has_left_out

    return " To read what was left out, add --text all --keep-doubtful." if has_left_out([step]) else ""
