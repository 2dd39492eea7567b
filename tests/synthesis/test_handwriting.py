"""Written words: the pen's start, the advance, and that no two look alike."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.synthesis.fonts import PRINT
from ocr.synthesis.handwriting import WriterStyle, random_writer, write_word


def test_word_stands_on_its_baseline():
    writer = WriterStyle(PRINT, 20.0, wobble=0.0, pressure=0.0)
    word = write_word(writer, "xnx", np.random.default_rng(0))
    assert word.ink.shape[0] == pytest.approx(20, abs=2) and word.ink.max() > 0.9
    assert word.origin[1] == pytest.approx(word.ink.shape[0], abs=1.5)          # nothing hangs below
    assert word.advance == pytest.approx(word.ink.shape[1], rel=0.15)
    low = write_word(writer, "p", np.random.default_rng(0))
    assert low.ink.shape[0] - low.origin[1] > 4                                 # a descender does


def test_slant_leans_to_the_right():
    upright, slanted = (write_word(WriterStyle(PRINT, 20.0, slant=slant, wobble=0.0, pressure=0.0), "l", np.random.default_rng(0)).ink
                        for slant in (0.0, 0.5))
    assert slanted.shape[1] > upright.shape[1] + 8
    top, bottom = (np.flatnonzero(row > 0.5).mean() for row in (slanted[3], slanted[-4]))
    assert top > bottom + 8


def test_weight_and_stretch():
    thin, bold = (write_word(WriterStyle(PRINT, 20.0, weight=weight, wobble=0, pressure=0), "moon", np.random.default_rng(0)).ink.sum()
                  for weight in (-1, 1))
    assert bold > 1.2 * thin
    narrow, wide = (write_word(WriterStyle(PRINT, 20.0, stretch=stretch, wobble=0), "moon", np.random.default_rng(0))
                    for stretch in (0.8, 1.3))
    assert wide.advance / narrow.advance == pytest.approx(1.3 / 0.8, rel=0.02)
    assert wide.ink.shape[1] > 1.4 * narrow.ink.shape[1]


def test_same_word_differs_each_time():
    rng = np.random.default_rng(0)
    writer = random_writer([PRINT], rng, 18.0)
    first, second = write_word(writer, "again", rng), write_word(writer, "again", rng)
    assert first.ink.shape != second.ink.shape or not np.array_equal(first.ink, second.ink)
    assert first.ink.dtype == np.float32 and 0 <= first.ink.min() and first.ink.max() <= 1
