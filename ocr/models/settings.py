"""Convert the settings of a model card, which have dotted names, to frozen dataclasses and back."""
from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, Dict, List, Sequence, Tuple, TypeVar

from ocr.errors import ModelMismatch
from ocr.models.registry import ModelCard, Pairs, Value

Settings = TypeVar("Settings")


def read_settings(card: ModelCard, defaults: Settings) -> Settings:
    """Read the settings of a model from its card.

    Parameters
    ----------
    card : its inputs and settings are read.
    defaults : frozen dataclass of numbers, tuples of numbers and such dataclasses, for settings that the card does not have.

    Returns
    -------
    The dataclass with the values of the card; a field `b` of its field `a` is called "a.b" there.

    Raises
    ------
    ModelMismatch : the card has a setting that the dataclass lacks, or one of another type.
    """
    known = dict(as_pairs(defaults))
    unknown = sorted(set(dict(card.settings)) - set(known))
    if unknown:
        raise ModelMismatch(f"{card.name}: this program does not know its settings {', '.join(unknown)}. "
                            f"Known are {', '.join(known)}. Install a newer version, or correct the card.")
    return _read(card, defaults, "")


def as_pairs(settings: Any, prefix: str = "", without: Sequence[str] = ()) -> Pairs:
    """Return the settings as (name, value) pairs for a card, the inverse of `read_settings`.

    Parameters
    ----------
    settings : a frozen dataclass; its fields' names follow the prefix, those of nested dataclasses are dotted.
    without : names of fields to leave out, because the card has them among its inputs.
    """
    found: List[Tuple[str, Value]] = []
    for field in fields(settings):
        if field.name in without:
            continue
        value, name = getattr(settings, field.name), prefix + field.name
        found += as_pairs(value, f"{name}.") if is_dataclass(value) else [(name, value)]
    return tuple(found)


def _read(card: ModelCard, defaults: Any, prefix: str) -> Any:
    values: Dict[str, Any] = {}
    for field in fields(defaults):
        default, name = getattr(defaults, field.name), prefix + field.name
        if is_dataclass(default):
            values[field.name] = _read(card, default, f"{name}.")
        else:
            given = card.setting(name, dict(card.inputs).get(name, default))
            if not _has_type_of(given, default):
                raise ModelMismatch(f"{card.name}: its setting {name} is {given!r}; something like {default!r} is needed.")
            values[field.name] = float(given) if isinstance(default, float) else given
    return replace(defaults, **values)


def _has_type_of(value: Any, default: Any) -> bool:
    """Tell whether a value has the type of its default: a number, an integer, or a tuple of these of any length."""
    if isinstance(default, tuple):
        return isinstance(value, tuple) and len(value) > 0 and all(_has_type_of(item, default[0]) for item in value)
    kinds = (int, float) if isinstance(default, float) else (int,)
    return isinstance(value, kinds) and not isinstance(value, bool)
