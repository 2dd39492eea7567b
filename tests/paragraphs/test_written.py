"""Pages written with fonts."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.errors import InputError
from ocr.paragraphs import written
from ocr.paragraphs.written import written_sheets
from ocr.synthesis.fonts import PRINT

TEXT = "Thank you for the seeds; I have put the beans along the wall. " * 20


def test_pages_are_written_and_their_truth_is_where_the_ink_is(monkeypatch, tmp_path):
    monkeypatch.setattr(written, "find_faces", lambda folder: (PRINT,))
    sheets = written_sheets(tmp_path, [TEXT], 4, seed=1)
    again = written_sheets(tmp_path, [TEXT], 4, seed=1)
    for sheet, same in zip(sheets, again):
        assert (sheet.pixels == same.pixels).all() and max(sheet.pixels.shape) == 960
        assert sheet.regions and sheet.text
        inside, outside = sheet.pixels[sheet.writing > 0], sheet.pixels[sheet.writing == 0]
        assert np.percentile(inside, 3) < np.percentile(outside, 3) - 20
    assert len({sheet.text for sheet in sheets}) == 4


def test_no_text_and_no_fonts_are_errors(monkeypatch, tmp_path):
    with pytest.raises(InputError, match="font"):
        written_sheets(tmp_path, [TEXT], 1, seed=0)
    monkeypatch.setattr(written, "find_faces", lambda folder: (PRINT,))
    with pytest.raises(InputError, match="text"):
        written_sheets(tmp_path, ["\u0416\u0418"], 1, seed=0)
