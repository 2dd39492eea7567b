"""Publish a trained network: copy its files, write its registry entry and its card."""
from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, Mapping, Optional, Tuple

from ocr.errors import InputError
from ocr.models.card import render_card
from ocr.models.registry import REGISTRY, ModelCard, ModelFile, Pairs, pairs, registry, write_registry
from ocr.models.tasks import TASKS
from ocr.models.download import CHUNK, clear_write_errors, digest
from ocr.output import write_atomically

RUN = "run.json"  # the record that a training run writes beside its network
MAX_BYTES = 20_000_000  # exclusive limit of a model in the repository, all its files together
_PUBLISH_AGAIN = "Free some space or choose another folder, then register the model again."


@dataclass(frozen=True)
class Release:
    """What a run folder does not record about its model; see `ModelCard` for the fields.

    Parameters
    ----------
    architecture : empty takes that of run.json.
    settings : override those of run.json; None removes a setting.
    """

    name: str
    version: str
    licence: str = ""
    languages: Tuple[str, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    measured_on: str = ""
    training_data: Tuple[str, ...] = ()
    notes: str = ""
    architecture: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)


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


def without_folders(argument: str) -> str:
    """Shorten a path, or the path in KIND:DIR, to its last component: the folders on this machine mean nothing to others."""
    kind, colon, path = argument.rpartition(":")
    return kind + colon + path.rstrip("/").rpartition("/")[2]


def make_card(run_folder: Path, release: Release, previous: Optional[ModelCard] = None) -> ModelCard:
    """Make the card of a trained network from its run folder.

    Parameters
    ----------
    previous : the card of the previous version, whose settings hold where neither the run nor the release overrides them.

    Raises
    ------
    InputError
        A file is missing, or run.json lacks a field.
    ModelMismatch
        This program does not know the architecture.
    """
    run = read_json(run_folder / RUN)
    try:
        return _card(run_folder, run, release, previous)
    except KeyError as error:
        raise InputError(f"{run_folder / RUN}: lacks the field {error}.") from None
    except (ValueError, TypeError) as error:
        raise InputError(f"{run_folder}: {error}") from None


def _card(run_folder: Path, run: Mapping[str, Any], release: Release, previous: Optional[ModelCard]) -> ModelCard:
    named = release.architecture or run.get("architecture", "")
    command = tuple(run["command"][:1]) + tuple(map(without_folders, run["command"][1:]))
    return ModelCard(
        name=release.name, version=release.version, task=run["task"], files=_files(run_folder, run["task"], named),
        inputs=pairs(run["input"]), alphabet=run["alphabet"], languages=release.languages,
        training_data=release.training_data or tuple(map(without_folders, run["data"])), licence=release.licence,
        figures=pairs(release.figures), measured_on=release.measured_on, command=command, hardware=run["hardware"],
        seconds=float(run["seconds"]), epochs=int(run["epochs"]), parameters=int(run["parameters"]), notes=release.notes,
        architecture=named, settings=_settings(run, release, previous, named))


def _files(run_folder: Path, task: str, architecture: str) -> Tuple[ModelFile, ...]:
    """Return size and digest of the files of a model of an architecture; none where there is no such task."""
    names = TASKS[task].architecture(architecture).files if task in TASKS else ("",)
    missing = [name for name in names if name and not (run_folder / name).is_file()]
    if missing:
        raise InputError(f"{run_folder}: lacks {', '.join(missing)}. Export the run first.")
    return tuple(ModelFile(name, digest(run_folder / name), (run_folder / name).stat().st_size) for name in names if name)


def _settings(run: Mapping[str, Any], release: Release, previous: Optional[ModelCard], architecture: str) -> Pairs:
    """Merge settings: those of a previous card of the same kind, then the run's, then the release's; later ones override."""
    kept: Dict[str, Any] = {}
    if (previous is not None and previous.task == run["task"] and previous.is_known
            and previous.kind == TASKS[previous.task].architecture(architecture)):
        kept = dict(previous.settings)
    kept.update(pairs(run.get("model_settings", {})))
    kept.update(pairs(release.settings))
    return tuple((name, value) for name, value in kept.items() if value is not None)


def publish(run_folder: Path, card: ModelCard, models: Path, path: Path = REGISTRY, default: bool = False) -> None:
    """Copy a model's files to models/<name>/, write its card there, and enter it in the registry.

    Parameters
    ----------
    models : the repository's models/ folder.
    path : registry.json. An entry of the same name is replaced in place.
    default : whether it becomes the default of its task.

    Raises
    ------
    InputError
        The model is too large for the repository; nothing is written.
    OutputError
        The disk is full or a folder cannot be written.
    """
    if card.size >= MAX_BYTES:
        raise InputError(f"{run_folder}: the model has {card.size:,} bytes; less than {MAX_BYTES:,} are accepted in the "
                         "repository. Its run folder can be read with as it is, and put on a mirror.")
    folder = models / card.name
    with clear_write_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for file in card.files:
        with open(run_folder / file.name, "rb") as source:
            write_atomically(folder / file.name, lambda target: shutil.copyfileobj(source, target, CHUNK), _PUBLISH_AGAIN)
    write_atomically(folder / "README.md", render_card(card).encode(), _PUBLISH_AGAIN)
    cards = list(registry(path))
    names = [known.name for known in cards]
    if card.name in names and not default:
        cards[names.index(card.name)] = card
    else:
        cards = [known for known in cards if known.name != card.name]
        cards.insert(0 if default else len(cards), card)
    write_registry(cards, path)
