"""Language codes (BCP 47): parse them, and find out whether a model supports a language."""
from __future__ import annotations

from typing import Iterable, Optional

import langcodes

from ocr.errors import InputError

AUTO = "auto"
"""Given in place of a code: the language is detected from the page."""


def parse_language(code: Optional[str]) -> Optional[str]:
    """Return the canonical form of a language code.

    Parameters
    ----------
    code : such as "fr", "fr-CA" or "fra"; "auto" or None where the language is not known.

    Returns
    -------
    The canonical code, such as "fr" for "FRA"; None where the language is not known.

    Raises
    ------
    InputError : it is not a well-formed code, or no language has it.
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


def supports_language(card_languages: Iterable[str], code: str) -> bool:
    """Return whether a model supports a language: its card lists the same language, and not in another script.

    Parameters
    ----------
    card_languages : BCP 47 codes on the model's card.
    code : as `parse_language` returns it; a model for "fr" supports "fr-CA", and the other way round.
    """
    requested = langcodes.Language.get(code)
    for language in map(langcodes.Language.get, card_languages):
        scripts = {script for script in (language.script, requested.script) if script}
        if language.language == requested.language and len(scripts) < 2:
            return True
    return False


def sole_language(card_languages: Iterable[str]) -> Optional[str]:
    """Return the language of a model that supports a single one, else None."""
    found = tuple(card_languages)
    return found[0] if len(found) == 1 else None
