"""Language codes, BCP 47: read what a person gives, and tell whether a model speaks it."""
from __future__ import annotations

from typing import Iterable, Optional

import langcodes

from ocr.errors import InputError

AUTO = "auto"
"""Given in place of a code: the language is told from the page."""


def parse_language(code: Optional[str]) -> Optional[str]:
    """Bring a language code to its canonical form.

    Parameters
    ----------
    code : such as "fr", "fr-CA" or "fra"; "auto" or None where it is not known.

    Returns
    -------
    The canonical code, such as "fr" for "FRA"; None where it is not known.

    Raises
    ------
    InputError : it is no such code, or one that no language has.
    """
    if code is None or code.strip().lower() == AUTO:
        return None
    try:
        found = langcodes.standardize_tag(code.strip())
        if langcodes.tag_is_valid(found):
            return found
        reason = "no language, script or country has it"
    except langcodes.LanguageTagError as error:
        reason = str(error)
    raise InputError(f"{code!r} is not a language code ({reason}). Give one such as en, fr or pt-BR (BCP 47), or auto.")


def speaks(card_languages: Iterable[str], code: str) -> bool:
    """Tell whether a model is for a language: its card has the same language, and no other script.

    Parameters
    ----------
    card_languages : BCP 47 codes on the model's card.
    code : as `parse_language` gives it; "fr-CA" is spoken by a model for "fr", and the other way round.
    """
    asked = langcodes.Language.get(code)
    for language in map(langcodes.Language.get, card_languages):
        scripts = {script for script in (language.script, asked.script) if script}
        if language.language == asked.language and len(scripts) < 2:
            return True
    return False


def sole_language(card_languages: Iterable[str]) -> Optional[str]:
    """Give the language of a model that is for one alone, else None."""
    found = tuple(card_languages)
    return found[0] if len(found) == 1 else None
