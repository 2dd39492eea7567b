"""Normalise text to the form that training, recognition and scoring share: NFC, white space collapsed."""
from __future__ import annotations

import unicodedata


def normalise(text: str) -> str:
    """Return the text in Unicode form NFC, each run of white space as one space, none at the ends.

    Line breaks, tabs and non-breaking spaces count as white space. Case, punctuation and dashes stay as they are.
    """
    return " ".join(unicodedata.normalize("NFC", text).split())
