"""Between a card's settings, which are dotted names, and the frozen dataclasses that a program keeps them in."""
from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, Dict, List, Sequence, Tuple, TypeVar

from ocr.errors import ModelMismatch
from ocr.models.registry import ModelCard, Pairs, Value

Settings = TypeVar("Settings")


def read_settings(card: ModelCard, defaults: Settings) -> Settings:
    """Take a model's numbers from its card.

    Parameters
    ----------
    card : its inputs and settings are looked through.
    defaults : frozen dataclass of numbers, tuples of numbers and such dataclasses; holds where the card does not say.

    Returns
    -------
    The dataclass as the card has it; a field `b` of its field `a` is called "a.b" there.

    Raises
    ------
    ModelMismatch : the card has a setting that the dataclass lacks, or one of another type.
    """
    known = dict(as_pairs(defaults))
    unknown = sorted(set(dict(card.settings)) - set(known))
    if unknown:
        raise ModelMismatch(f"{card.name}: this program does not know its settings {', '.join(unknown)}. "
                            f"Known are {', '.join(known)}. Install a newer version, or correct the card.")
    return _filled(card, defaults, "")


def as_pairs(settings: Any, prefix: str = "", without: Sequence[str] = ()) -> Pairs:
    """Give the settings of a card, the opposite of `read_settings`.

    Parameters
    ----------
    settings : a frozen dataclass; its fields' names follow the prefix, those of inner dataclasses are dotted.
    without : names of fields that the card has among its inputs.
    """
    found: List[Tuple[str, Value]] = []
    for field in fields(settings):
        if field.name in without:
            continue
        value, name = getattr(settings, field.name), prefix + field.name
        found += as_pairs(value, f"{name}.") if is_dataclass(value) else [(name, value)]
    return tuple(found)


def _filled(card: ModelCard, defaults: Settings, prefix: str) -> Settings:
    values: Dict[str, Any] = {}
    for field in fields(defaults):
        default, name = getattr(defaults, field.name), prefix + field.name
        if is_dataclass(default):
            values[field.name] = _filled(card, default, f"{name}.")
        else:
            given = card.setting(name, dict(card.inputs).get(name, default))
            if not _fits(given, default):
                raise ModelMismatch(f"{card.name}: its setting {name} is {given!r}; something like {default!r} is needed.")
            values[field.name] = float(given) if isinstance(default, float) else given
    return replace(defaults, **values)


def _fits(value: Any, default: Any) -> bool:
    """Whether a value is of its default's kind: a number, a whole number, or a tuple, of any length, of such."""
    if isinstance(default, tuple):
        return isinstance(value, tuple) and len(value) > 0 and all(_fits(item, default[0]) for item in value)
    kinds = (int, float) if isinstance(default, float) else (int,)
    return isinstance(value, kinds) and not isinstance(value, bool)
