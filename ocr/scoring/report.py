"""Format scores as a table, in plain text for the terminal or in Markdown."""
from __future__ import annotations

import unicodedata
from typing import List, Sequence, Tuple, Union

Cell = Union[str, int, float, None]


def percent(fraction: float, digits: int = 1) -> str:
    """Format a fraction as a percentage: 0.2034 becomes "20.3 %"."""
    return f"{100 * fraction:.{digits}f} %"


def interval(bounds: Tuple[float, float], digits: int = 1) -> str:
    """Format an interval of fractions as percentages: "18.0 to 22.7 %"."""
    return f"{100 * bounds[0]:.{digits}f} to {100 * bounds[1]:.{digits}f} %"


def plain_table(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """Return an aligned table; columns of numbers are right-aligned."""
    cells, right = _cells(header, rows)
    widths = [max(_width(row[column]) for row in cells) for column in range(len(header))]
    lines = ["  ".join(_pad(cell, width, side) for cell, width, side in zip(row, widths, right)).rstrip()
             for row in cells]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """Return a table in Markdown; columns of numbers are right-aligned."""
    cells, right = _cells(header, rows)
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells]
    rule = "|" + "|".join("---:" if side else "---" for side in right) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def _cells(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Tuple[List[List[str]], List[bool]]:
    """Return all rows as text, header first, and which columns are right-aligned."""
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"Row {list(row)} has {len(row)} cells, the table {len(header)} columns: {list(header)}.")
    text = [[_text(cell) for cell in row] for row in (list(header), *rows)]
    right = [bool(rows) and all(_is_number(row[column]) for row in text[1:]) for column in range(len(header))]
    return text, right


def _text(cell: Cell) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return f"{cell:.4g}"
    return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else " ".join(str(cell).split())


def _is_number(text: str) -> bool:
    return text == "-" or (text[:1].isdigit() or text[:1] in "+-." and text[1:2].isdigit()) \
        and not any(c.isalpha() for c in text.replace(" to ", ""))


def _width(text: str) -> int:
    """Return the width of a text in terminal columns; wide East Asian characters take two, combining marks none."""
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def _pad(text: str, width: int, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space
