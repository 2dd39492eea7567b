"""Synthetic pages in handwriting fonts: more writers, rulings and columns than the real pages have."""
from __future__ import annotations

from pathlib import Path
from typing import List, Sequence

import numpy as np

from ocr.errors import InputError
from ocr.paragraphs.ground_truth import LabelledPage, make_labelled_page
from ocr.synthesis.fonts import PRINT, Face, find_faces
from ocr.synthesis.pages import PageStyle, compose_page
from ocr.synthesis.paper import PAPER_RULINGS
from ocr.synthesis.printer import machine_fonts

_SIZE = (1180, 834)         # of the paper, in pixels
_PITCH = (24.0, 52.0)       # from line to line, in pixels


def synthetic_pages(fonts: Path, texts: Sequence[str], count: int, seed: int) -> List[LabelledPage]:
    """Render pages with the handwriting fonts of a folder.

    Parameters
    ----------
    fonts : folder of handwriting fonts.
    texts : running text to render; only its ASCII characters are used, which most fonts have.
    count : number of pages.
    seed : of every random choice.

    Raises
    ------
    InputError : the folder holds no font, or there is no text.
    """
    words = [word for text in texts for word in text.encode("ascii", "ignore").decode().split()]
    if not words:
        raise InputError("There is no text to render. Train on a data set with transcripts, or without --fonts.")
    faces, print_faces = find_faces(fonts), [PRINT, *(Face(str(path)) for path in machine_fonts())]
    return [_render(faces, print_faces, words, index, np.random.default_rng([seed, index])) for index in range(count)]


def _render(faces: Sequence[Face], print_faces: Sequence[Face], words: Sequence[str], index: int,
           rng: np.random.Generator) -> LabelledPage:
    def excerpt(min_words: int, max_words: int) -> str:
        start = int(rng.integers(max(len(words) - max_words, 1)))
        return " ".join(words[start:start + int(rng.integers(min_words, max_words))])

    columns = int(rng.choice((1, 1, 2)))
    paragraphs = [excerpt(6, 60 // columns) for _ in range(int(rng.integers(1, 5)))]
    breaks = ["\f" if columns == 2 and number == (len(paragraphs) + 1) // 2 else "\n\n" if number else ""
              for number in range(len(paragraphs))]
    style = PageStyle(_SIZE, columns, heading=excerpt(1, 4) if rng.random() < 0.6 else "",
                      notice=excerpt(5, 40) if rng.random() < 0.4 else "", footer=excerpt(2, 8) if rng.random() < 0.4 else "",
                      ruling=PAPER_RULINGS[int(rng.integers(len(PAPER_RULINGS)))], pitch=float(rng.uniform(*_PITCH)), view="flat")
    page = compose_page(int(rng.integers(2 ** 31)), "".join(a + b for a, b in zip(breaks, paragraphs)), faces, style,
                        print_faces=print_faces)
    return make_labelled_page(f"written {index}", page.pixels, page.page)
