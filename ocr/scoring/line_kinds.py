"""Kinds of lines that are hard for a language model, recognised by their transcripts."""
from __future__ import annotations

import re
from typing import Callable, Dict


def holds_numbers(text: str) -> bool:
    """Tell whether a text has a number of two digits or more, or at least a tenth of its characters are digits."""
    return bool(re.search(r"\d\d", text)) or 0 < len(text) <= 10 * len(re.findall(r"\d", text))


def holds_names(text: str) -> bool:
    """Tell whether a word has a capital, then small letters, though neither the line nor a sentence begins with it.

    The character before the word may be a letter, a digit, a comma, a semicolon, or an elision ("d'Orléans"). After a full stop, a
    quotation mark, a bracket or a dash a sentence may begin.
    """
    words = re.split(r"\s+|(?<=\w)['’](?=\w)", text.strip())
    return any(word[:1].isupper() and word[1:2].islower() and (before[-1:].isalnum() or before[-1:] in tuple(",;"))
               for before, word in zip(words, words[1:]))


LINE_KINDS: Dict[str, Callable[[str], bool]] = {"all": lambda text: True, "numbers": holds_numbers, "names": holds_names}
"""For each kind, the function that tells from a transcript whether a line is of it."""
