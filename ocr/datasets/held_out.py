"""Keep the texts of held-out lines out of synthetic training data."""
from __future__ import annotations

import re
from typing import Iterable, Iterator, Tuple

_WORD = re.compile(r"\w+")
_RUN = 4                    # consecutive words by which a text is recognised


class HeldOut:
    """Texts that must not be trained on.

    Parameters
    ----------
    texts : running texts, such as whole pages.
    """

    def __init__(self, texts: Iterable[str] = ()):
        self._runs = {run for text in texts for run in _runs(text)}

    def shares_words(self, text: str) -> bool:
        """Return whether a text has four consecutive words of a held-out text, whatever the case and punctuation."""
        return not self._runs.isdisjoint(_runs(text))


def _runs(text: str) -> Iterator[Tuple[str, ...]]:
    words = _WORD.findall(text.casefold())
    return zip(*(words[start:] for start in range(_RUN)))
