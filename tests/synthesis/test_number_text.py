"""Numbers, dates and names as text: by their seed alone, short, in NFC, and in the letters of the Latin alphabet."""
from __future__ import annotations

import unicodedata
from collections import Counter

import numpy as np
import pytest

from ocr.synthesis.number_text import _KINDS, number_text
from ocr.text.alphabet import load_alphabet

TEXTS = [number_text(np.random.default_rng(seed)) for seed in range(4000)]


def test_a_text_depends_on_its_seed_alone():
    assert TEXTS[:200] == [number_text(np.random.default_rng(seed)) for seed in range(200)]
    assert len(set(TEXTS)) > 3500


def test_texts_are_short_and_written_as_lines_are():
    assert max(map(len, TEXTS)) <= 60 and min(map(len, TEXTS)) >= 1
    for text in TEXTS:
        assert text == unicodedata.normalize("NFC", text) == " ".join(text.split())


def test_the_latin_alphabet_covers_all():
    assert load_alphabet("latin").unknown("".join(TEXTS)) == ""


@pytest.mark.parametrize("kind", sorted(set(_KINDS), key=lambda kind: kind.__name__), ids=lambda kind: kind.__name__)
def test_every_kind_alone_is_short_enough_and_covered(kind):
    for seed in range(500):
        text = kind(np.random.default_rng(seed))
        assert 0 < len(text) <= 60 and load_alphabet("latin").covers(text) and text == text.strip()


def test_every_digit_is_there_about_as_often_as_the_next():
    counts = Counter(character for text in TEXTS for character in text if character.isdecimal())
    share = {digit: count / sum(counts.values()) for digit, count in counts.items()}
    assert set(share) == set("0123456789") and min(share.values()) > 0.05 and max(share.values()) < 0.25


def test_most_texts_hold_several_expressions_and_some_a_single_one():
    lengths = np.array([len(text) for text in TEXTS])
    assert (lengths < 8).mean() > 0.05 and (lengths > 20).mean() > 0.3
