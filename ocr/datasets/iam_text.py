"""Join IAM's tokens to the text that was written; the only place that does so, for training and for scoring.

IAM gives a line as tokens with separate punctuation: Griffiths , M P for Manchester Exchange .
The text here has them as written on paper:      Griffiths, MP for Manchester Exchange.

Rules
-----
- , . ; : ! ? ) and ... are joined to the token on their left; ( to the one on its right.
- 's 'm 'd 'll 're 've and n't are joined to the left.
- Quotation marks open or close as their grammatical tag in words.txt says. Without one, they open and close alternately
  along the whole form, each kind separately; a mark that would open at the end of a line, or close at the start of
  one, is reversed, as a mark must have been missed before.
- Separate capital letters are one abbreviation: M Ps, B B C's, T V become MPs, BBC's, TV.
- Everything else stays. "#" is a word that the writer struck out. Codes of the corpus behind IAM, such as the digit
  in 2pianna or 0MPs and ro*?5le, stay too: they were printed on the forms, and the writers copied them.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import FrozenSet, List, Mapping, Sequence, Tuple

from ocr.text.normalise import normalise

QUOTES = ('"', "'")
OPENING_TAG, CLOSING_TAG = "*'", "**'"
_TO_THE_LEFT = frozenset(", . ; : ! ? ) ... 's 'm 'd 'll 're 've n't".split())
_TO_THE_RIGHT = frozenset("(")
_SPACED = re.compile(r"(?<=[A-Z]) (?=[A-Z])")


@dataclass(frozen=True)
class QuoteState:
    """Which quotation marks are open at a position in a form."""

    open_marks: FrozenSet[str] = frozenset()

    def after(self, mark: str, opened: bool) -> QuoteState:
        """Return the state after a mark that opens or closes."""
        return QuoteState(self.open_marks | {mark} if opened else self.open_marks - {mark})


@dataclass(frozen=True)
class NaturalLine:
    """A line's words as written, split at white space, and the state of the quotation marks after it.

    Parameters
    ----------
    words : the words' texts.
    tokens : for each word, the indices of its tokens, in order.
    state : to be passed to the form's next line.
    """

    words: Tuple[str, ...]
    tokens: Tuple[Tuple[int, ...], ...]
    state: QuoteState

    @property
    def text(self) -> str:
        """The words joined by single spaces."""
        return " ".join(self.words)


def natural_line(tokens: Sequence[str], state: QuoteState = QuoteState(),
                 tags: Mapping[int, str] = MappingProxyType({})) -> NaturalLine:
    """Join one line of tokens to words.

    Parameters
    ----------
    tokens : IAM's tokens of the line, in order; a token may hold spaces ("M Ps").
    state : the quotation marks that are open where the line starts.
    tags : grammatical tags of tokens, by their index, as far as they are known.
    """
    words: List[str] = []
    members: List[List[int]] = []
    glue = True
    for index, token in enumerate(tokens):
        written = _SPACED.sub("", normalise(token))
        if not written:
            continue
        left, right = written in _TO_THE_LEFT, written in _TO_THE_RIGHT
        if written in QUOTES:
            left = _closes(written, state, tags.get(index, ""), first=not words, last=index == len(tokens) - 1)
            right = not left
            state = state.after(written, opened=right)
        if words and (left or glue):
            words[-1] += written
            members[-1].append(index)
        else:
            words.append(written)
            members.append([index])
        glue = right
    return NaturalLine(tuple(words), tuple(tuple(m) for m in members), state)


def _closes(mark: str, state: QuoteState, tag: str, first: bool, last: bool) -> bool:
    if tag in (OPENING_TAG, CLOSING_TAG):
        return tag == CLOSING_TAG
    return (mark in state.open_marks or last) and not first
