"""How a network's output becomes text: the settings that every recogniser is opened with."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple


@dataclass(frozen=True)
class DecodingSettings:
    """Settings of a decoder.

    Parameters
    ----------
    decoder : a name in `ocr.decoding.opening.DECODERS`, or the folder of a model that is itself a decoder, such as a
        corrector; None takes the default.
    language : BCP 47 code of the pages' language, such as "fr"; it selects the language models and lexicons whose
        cards have it. None considers all installed ones.
    language_models : names of registered language models, or folders of such, in place of those that `language` selects.
    lexicons : the user's own words: files with one word a line, or folders that `scripts/build_lexicon.py` wrote.
    """

    decoder: Optional[str] = None
    language: Optional[str] = None
    language_models: Optional[Tuple[str, ...]] = None
    lexicons: Tuple[str, ...] = ()
