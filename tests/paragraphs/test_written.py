"""Pages written with fonts."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.errors import InputError
from ocr.paragraphs import written
from ocr.paragraphs.written import synthetic_pages
from ocr.synthesis.fonts import PRINT

TEXT = "Thank you for the seeds; I have put the beans along the wall. " * 20


def test_pages_are_written_and_their_ground_truth_covers_the_ink(monkeypatch, tmp_path):
    monkeypatch.setattr(written, "find_faces", lambda folder: (PRINT,))
    pages = synthetic_pages(tmp_path, [TEXT], 4, seed=1)
    again = synthetic_pages(tmp_path, [TEXT], 4, seed=1)
    for page, same in zip(pages, again):
        assert (page.pixels == same.pixels).all() and max(page.pixels.shape) == 960
        assert page.regions and page.text
        inside, outside = page.pixels[page.writing > 0], page.pixels[page.writing == 0]
        assert np.percentile(inside, 3) < np.percentile(outside, 3) - 20
    assert len({page.text for page in pages}) == 4


def test_no_text_and_no_fonts_are_errors(monkeypatch, tmp_path):
    with pytest.raises(InputError, match="font"):
        synthetic_pages(tmp_path, [TEXT], 1, seed=0)
    monkeypatch.setattr(written, "find_faces", lambda folder: (PRINT,))
    with pytest.raises(InputError, match="text"):
        synthetic_pages(tmp_path, ["\u0416\u0418"], 1, seed=0)
