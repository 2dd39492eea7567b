"""Publish a trained network: copy its files, write its registry entry and its card."""
from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Mapping, Tuple

from ocr.errors import InputError
from ocr.models.card import render_card
from ocr.models.registry import REGISTRY, ModelCard, ModelFile, pairs, registry, write_registry
from ocr.models.tasks import TASKS
from ocr.models.download import digest, writing

RUN = "run.json"  # what a training run leaves beside its network
MOST_BYTES = 20_000_000  # of one model, all its files together


@dataclass(frozen=True)
class Release:
    """What a run folder cannot know about the model that came out of it; see `ModelCard` for the fields."""

    name: str
    version: str
    licence: str = ""
    languages: Tuple[str, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    measured_on: str = ""
    training_data: Tuple[str, ...] = ()
    notes: str = ""


def read_json(path: Path) -> Mapping[str, Any]:
    """Read a JSON object: a whole file, or the last line of what a score verb printed.

    Raises
    ------
    InputError
        The file is missing or holds no JSON object.
    """
    try:
        text = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).") from None
    for candidate in (text, text[text.rfind("\n") + 1:]):
        try:
            found = json.loads(candidate)
        except ValueError:
            continue
        if isinstance(found, dict):
            return found
    raise InputError(f"{path}: neither the file nor its last line is a JSON object.")


def without_folders(word: str) -> str:
    """Shorten a path, or the path in KIND:DIR, to its last name: a card is for others, whose folders lie elsewhere."""
    kind, colon, path = word.rpartition(":")
    return kind + colon + path.rstrip("/").rpartition("/")[2]


def make_card(run_folder: Path, release: Release) -> ModelCard:
    """Make the card of a trained network from its run folder.

    Raises
    ------
    InputError
        A file is missing, the model is too large, or run.json lacks a field.
    """
    run = read_json(run_folder / RUN)
    names = TASKS[run["task"]].architecture(run.get("architecture", "")).files if run.get("task") in TASKS else ()
    missing = [name for name in names if not (run_folder / name).is_file()]
    if missing:
        raise InputError(f"{run_folder}: lacks {', '.join(missing)}. Export the run first.")
    files = tuple(ModelFile(name, digest(run_folder / name), (run_folder / name).stat().st_size) for name in names)
    try:
        card = ModelCard(
            name=release.name, version=release.version, task=run["task"], files=files, inputs=pairs(run["input"]),
            alphabet=run["alphabet"], languages=release.languages,
            training_data=release.training_data or tuple(map(without_folders, run["data"])), licence=release.licence,
            figures=pairs(release.figures), measured_on=release.measured_on, command=tuple(run["command"][:1]) + tuple(map(without_folders, run["command"][1:])),
            hardware=run["hardware"], seconds=float(run["seconds"]), epochs=int(run["epochs"]),
            parameters=int(run["parameters"]), notes=release.notes,
            architecture=run.get("architecture", ""), settings=pairs(run.get("model_settings", {})))
    except KeyError as error:
        raise InputError(f"{run_folder / 'run.json'}: lacks the field {error}.") from None
    except ValueError as error:
        raise InputError(f"{run_folder}: {error}") from None
    if card.size >= MOST_BYTES:
        raise InputError(f"{run_folder}: the model has {card.size:,} bytes; less than {MOST_BYTES:,} are accepted.")
    return card


def publish(run_folder: Path, card: ModelCard, models: Path, path: Path = REGISTRY, default: bool = False) -> None:
    """Copy a model's files to models/<name>/, write its card there, and enter it in the registry.

    Parameters
    ----------
    models : the repository's models/ folder.
    path : registry.json. An entry of the same name is replaced where it stands.
    default : whether it becomes the default of its task.
    """
    folder = models / card.name
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for file in card.files:
            shutil.copyfile(run_folder / file.name, folder / f"{file.name}.new")
            os.replace(folder / f"{file.name}.new", folder / file.name)
        (folder / "README.md").write_text(render_card(card), encoding="utf-8")
        cards = list(registry(path))
        names = [known.name for known in cards]
        if card.name in names and not default:
            cards[names.index(card.name)] = card
        else:
            cards = [known for known in cards if known.name != card.name]
            cards.insert(0 if default else len(cards), card)
        write_registry(cards, path)
