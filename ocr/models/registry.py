"""The model registry: cards read from registry.json; the first of a task is its default."""
from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, Iterable, List, Mapping, Optional, Tuple, Union

from ocr.errors import ModelNotFound
from ocr.models.tasks import TASKS, Architecture
from ocr.output import write_atomically

REGISTRY = Path(__file__).with_name("registry.json")
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")

Value = Union[str, int, float, bool, None, Tuple[Any, ...]]
Pairs = Tuple[Tuple[str, Value], ...]


@dataclass(frozen=True)
class ModelFile:
    """One published file: its name, full sha256 in hexadecimal, and size in bytes."""

    name: str
    sha256: str
    size: int

    def __post_init__(self) -> None:
        if not SAFE_NAME.fullmatch(self.name):
            raise ValueError(f"A model's file cannot be named {self.name!r}: letters, digits and . _ + - only.")
        if not re.fullmatch(r"[0-9a-f]{64}", self.sha256) or self.size < 0:
            raise ValueError(f"{self.name}: not a sha256 and size: {self.sha256!r}, {self.size!r}.")


@dataclass(frozen=True)
class ModelCard:
    """All that is published about a model.

    Parameters
    ----------
    name, version : name the folder that it is installed in; letters, digits and . _ + - only.
    task : a name in `ocr.models.tasks.TASKS`.
    files : the files that a user downloads; at least those of its architecture.
    inputs : (name, value) pairs that the stage needs to prepare its images, such as ("height", 48).
    alphabet : characters in the order of the network's outputs, without the blank; None where the task has none.
    languages : BCP 47 codes of the languages that it was trained on.
    training_data : one line for each data set, with its terms.
    licence : terms of the weights.
    figures : (name, value) pairs measured on validation data; rates are fractions.
    measured_on : the data and the normalisation of the figures.
    command : the command line of its training, split into arguments.
    hardware, seconds, epochs : of its training.
    parameters : number of trained weights.
    notes : known limitations.
    architecture : a name among those of its task; empty takes the task's first.
    settings : (name, value) pairs for inference, such as thresholds, nested names dotted.
    """

    name: str
    version: str
    task: str
    files: Tuple[ModelFile, ...]
    inputs: Pairs
    alphabet: Optional[str]
    languages: Tuple[str, ...]
    training_data: Tuple[str, ...]
    licence: str
    figures: Pairs
    measured_on: str
    command: Tuple[str, ...]
    hardware: str
    seconds: float
    epochs: int
    parameters: int
    notes: str = ""
    architecture: str = ""
    settings: Pairs = ()

    def __post_init__(self) -> None:
        for value in (self.name, self.version):
            if not SAFE_NAME.fullmatch(value):
                raise ValueError(f"A model's name or version cannot be {value!r}: letters, digits and . _ + - only.")
        if self.task not in TASKS or self.name in TASKS:
            raise ValueError(f"{self.name}: task {self.task!r} is not one of {', '.join(TASKS)}, or the name is one.")
        lacking = set(self.kind.files if self.is_known else ()) - {file.name for file in self.files}
        if lacking or not self.files:
            raise ValueError(f"{self.name}: its files lack {', '.join(sorted(lacking)) or 'at least one'}.")

    @property
    def is_known(self) -> bool:
        """Whether this program knows its architecture; where it does not, only `kind` raises."""
        return TASKS[self.task].knows(self.architecture)

    @property
    def kind(self) -> Architecture:
        """Its architecture: the files of the model, and the function that opens it.

        Raises
        ------
        ModelMismatch : this program does not know its architecture.
        """
        return TASKS[self.task].architecture(self.architecture)

    def setting(self, name: str, default: Any) -> Any:
        """Return one of its settings, or a default where the card does not have it."""
        return dict(self.settings).get(name, default)

    @property
    def sha256(self) -> str:
        """The digest of its first file, in hexadecimal."""
        first = self.kind.files[0] if self.is_known else self.files[0].name
        return next(file.sha256 for file in self.files if file.name == first)

    @property
    def size(self) -> int:
        """Total size of its files, in bytes."""
        return sum(file.size for file in self.files)

    def as_dict(self) -> Dict[str, Any]:
        """Return the entry of registry.json."""
        return {**asdict(self), **{name: dict(getattr(self, name)) for name in _MAPPINGS}}

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any]) -> ModelCard:
        """Read an entry of registry.json; the inverse of `as_dict`."""
        entry = {"inputs" if name == "input" else name: value for name, value in entry.items()}      # the name in old entries
        unknown = set(entry) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"{entry.get('name')}: unknown fields in the registry: {', '.join(sorted(unknown))}.")
        values: Dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}
        return cls(**{**values, "files": tuple(ModelFile(**file) for file in entry["files"]),
                      **{name: pairs(entry.get(name, {})) for name in _MAPPINGS}})


_MAPPINGS = ("inputs", "figures", "settings")


def pairs(mapping: Mapping[str, Any], prefix: str = "") -> Pairs:
    """Freeze a JSON object: (name, value) pairs, lists as tuples, nested objects as dotted names."""
    found: List[Tuple[str, Value]] = []
    for name, value in mapping.items():
        if isinstance(value, Mapping):
            found.extend(pairs(value, f"{prefix}{name}."))
        else:
            found.append((prefix + name, _frozen(value)))
    return tuple(found)


def registry(path: Optional[Path] = None) -> Tuple[ModelCard, ...]:
    """List the registered models; the first of each task whose architecture is known is its default."""
    path = path or REGISTRY
    return _read(path, path.stat().st_mtime_ns)


def find(name_or_task: str, cards: Optional[Iterable[ModelCard]] = None) -> ModelCard:
    """Look a model up by name, or the default model of a task.

    Raises
    ------
    ModelNotFound
        No model has this name, and no task of this name has a model.
    """
    cards = registry() if cards is None else tuple(cards)
    named = [card for card in cards if name_or_task in (card.name, card.task)]
    if named:
        return next((card for card in named if card.is_known), named[0])
    known = ", ".join(card.name for card in cards) or "none so far"
    raise ModelNotFound(f"No model is called {name_or_task!r}. Registered: {known}; "
                        f"a task ({', '.join(TASKS)}) stands for its first one. See `python -m ocr models list`.")


def languages_of(*tasks: str, cards: Optional[Iterable[ModelCard]] = None) -> Tuple[str, ...]:
    """List the languages (BCP 47) that the registered models for some tasks were trained on, sorted, without repeats."""
    cards = registry() if cards is None else tuple(cards)
    return tuple(sorted({language for card in cards if card.task in tasks for language in card.languages}))


def write_registry(cards: Iterable[ModelCard], path: Path = REGISTRY) -> None:
    """Replace registry.json atomically."""
    text = json.dumps({"models": [card.as_dict() for card in cards]}, ensure_ascii=False, indent=1)
    write_atomically(path, (text + "\n").encode())


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> Tuple[ModelCard, ...]:
    entries = json.loads(path.read_text(encoding="utf-8"))["models"]
    cards = tuple(ModelCard.from_dict(entry) for entry in entries)
    names = [card.name for card in cards]
    if len(set(names)) < len(names):
        raise ValueError(f"{path}: two models have the same name: {', '.join(names)}.")
    return cards


def _frozen(value: Any) -> Value:
    return tuple(_frozen(item) for item in value) if isinstance(value, (list, tuple)) else value
