"""Pages of print: the same by seed, of every kind, and with any fonts."""
from __future__ import annotations

import numpy as np

from ocr.synthesis.printer import Printer


def draw(printer, seeds, size=(500, 400)):
    return [printer.draw(np.random.default_rng(seed), size) for seed in seeds]


def test_printed_pages_repeat_by_seed_and_differ_by_seed():
    pages = draw(Printer(["some words to print on a page, and a few more of them"]), (1, 1, 2))
    assert (pages[0] == pages[1]).all() and (pages[0] != pages[2]).any()
    assert all(page.shape == (500, 400) and page.dtype == np.uint8 for page in pages)


def test_printing_works_on_a_machine_without_fonts():
    printer = Printer(["words"])
    printer._fonts = []
    assert any(page.min() < 100 for page in draw(printer, range(8)))


def test_some_pages_are_blank_some_rough_copies_and_most_hold_print():
    pages = draw(Printer(["some words to print"]), range(60))
    ink = np.array([(page < 128).mean() for page in pages])
    copies = [set(np.unique(page)) == {0, 255} for page in pages]
    assert (ink == 0).sum() >= 2 and (ink > 0.005).sum() > 40 and ink.max() < 0.5 and 5 < sum(copies) < 40
