"""Lines as tokens and back."""
from __future__ import annotations

import pytest

from ocr.decoding.corrector.tokens import END, PADDING, Tokens
from ocr.decoding.lstm.characters import Characters

TOKENS = Tokens(Characters(" abc"))


def test_lines_end_and_are_filled_up():
    assert TOKENS.size == 7 and TOKENS.unknown == 6
    assert TOKENS.encode(["ca b", "", "xa"]).tolist() == [[5, 3, 2, 4, END], [END] + [PADDING] * 4, [6, 3, END, 0, 0]]
    assert TOKENS.encode([]).shape == (0, 1)


@pytest.mark.parametrize("text", ["", " ", "a cab"])
def test_what_is_encoded_is_decoded(text):
    row = TOKENS.encode([text, "a longer line"])[0]
    assert TOKENS.decode(row) == text


def test_an_unknown_character_has_no_text():
    with pytest.raises(IndexError):
        TOKENS.decode([3, TOKENS.unknown, END])
