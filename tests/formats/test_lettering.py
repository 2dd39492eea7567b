"""Letters that a font lacks are replaced by plainer ones that it has."""
from __future__ import annotations

from ocr.formats import lettering


def test_letters_that_a_font_lacks_become_plainer(monkeypatch):
    monkeypatch.setattr(lettering, "_system_font", lambda: None)
    letters = lettering.Lettering()
    legible = letters.legible("été ñ — œuvre “Жук” ế ъ 漢\u2028")
    assert all(lettering._has(letter, None) for letter in legible.replace(" ", ""))
    assert letters.legible("Жук") in ("Жук", "Zhuk") and letters.legible("漢") in ("漢", "?")
