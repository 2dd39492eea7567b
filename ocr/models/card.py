"""The model card: Markdown for people, rendered from the registry entry and never edited by hand."""
from __future__ import annotations

import shlex
from typing import Iterable, List, Sequence

from ocr.models.registry import ModelCard, Value
from ocr.models.tasks import TASKS

def render_card(card: ModelCard) -> str:
    """Render a model's card.

    Returns
    -------
    str
        Markdown, ending in a line feed.
    """
    parts: List[str] = [f"# {card.name} {card.version}", TASKS[card.task].purpose]
    if card.notes:
        parts.append(card.notes.strip())
    parts.append(_table(("", ""), (
        ("Task", f"`{card.task}`"),
        ("Architecture", f"`{card.kind.name}`"),
        ("Languages", ", ".join(card.languages)),
        ("Input", ", ".join(f"{name} {_format(value)}" for name, value in card.inputs)),
        ("Parameters", f"{card.parameters:,}"),
        ("Licence", card.licence.strip()))))
    if card.settings:
        parts += ["## Settings", _table(("setting", "value"), ((name, _format(value)) for name, value in card.settings))]
    parts += ["## Validation figures", card.measured_on.strip(), _table(
        ("figure", "value"), ((name, _format(value)) for name, value in card.figures))]
    parts += ["## Training", "\n".join(f"- {line}" for line in card.training_data),
              f"{card.epochs} {'epoch' if card.epochs == 1 else 'epochs'} in {_duration(card.seconds)} on {card.hardware}:",
              f"```sh\n{shlex.join(card.command)}\n```"]
    if card.alphabet is not None:
        parts += [f"## Alphabet\n\n{len(card.alphabet)} characters, in the order of the network's outputs; the blank comes last.",
                  f"    {card.alphabet}"]
    parts += ["## Files", _table(("file", "bytes", "sha256"), (
        (f"`{file.name}`", f"{file.size:,}", f"`{file.sha256}`") for file in card.files))]
    return "\n\n".join(parts) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _format(value: Value) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(_format, value))})"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _duration(seconds: float) -> str:
    minutes, hours = round(seconds / 60), round(seconds / 3600, 1)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 90 else f"{hours} h"
