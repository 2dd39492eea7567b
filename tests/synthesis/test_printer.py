"""Pages of print: the same by seed, of every kind, and with any fonts."""
from __future__ import annotations

import numpy as np

import pytest

from ocr.synthesis.printer import Printer, blank, machine_fonts


def draw(printer, seeds, size=(500, 400)):
    return [printer.draw(np.random.default_rng(seed), size).pixels for seed in seeds]


def test_printed_pages_repeat_by_seed_and_differ_by_seed():
    pages = draw(Printer(["some words to print on a page, and a few more of them"]), (3, 3, 4))
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


def test_the_masks_lie_on_the_text_and_nowhere_else():
    printer = Printer(["some words to print on a page"], [])
    printer._fonts = printer._typewriters = []
    for seed in range(30):
        page = printer.draw(np.random.default_rng(seed), (500, 400))
        assert page.printed.shape == page.typed.shape == (500, 400) and not page.typed.any()
        if page.printed.any():
            inside, outside = page.pixels[page.printed > 200], page.pixels[page.printed == 0]
            assert (inside < 128).mean() > 2 * (outside < 128).mean() and 0 < (page.printed > 0).mean() < 0.7


@pytest.mark.skipif(not machine_fonts(), reason="no print fonts on this machine")
def test_fonts_named_after_typewriters_are_typewriting(tmp_path):
    font = tmp_path / "courier-like.ttf"
    font.write_bytes(machine_fonts()[0].read_bytes())
    pages = [Printer(["some words to type"], [font]).draw(np.random.default_rng(seed), (500, 400)) for seed in range(12)]
    assert any(page.typed.any() for page in pages) and not any(page.printed.any() for page in pages)


def test_a_blank_page_has_no_text():
    page = blank((30, 20))
    assert page.pixels.min() == 255 and not page.typed.any() and not page.printed.any() and page.pixels.shape == (30, 20)


def test_pages_with_little_print_have_some_all_the_same():
    printer = Printer(["some words to print on a page, and a few more of them"])
    for seed in range(30):
        page = printer.draw(np.random.default_rng(seed), (500, 400), few=True)
        text = (page.typed > 0) | (page.printed > 0)
        assert 0 < text.mean() < 0.4 and (page.pixels[text] < 128).any()
