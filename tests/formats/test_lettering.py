"""Letters that a font lacks are replaced by plainer ones that it has."""
from __future__ import annotations

from ocr.formats import lettering


def test_letters_that_a_font_lacks_become_plainer(monkeypatch):
    monkeypatch.setattr(lettering, "_system_font", lambda: None)
    letters = lettering.Lettering()
    legible = letters.legible("été ñ — œuvre “Жук” ế ъ 漢\u2028")
    assert all(lettering._has(letter, None) for letter in legible.replace(" ", ""))
    assert letters.legible("Жук") in ("Жук", "Zhuk") and letters.legible("漢") in ("漢", "?")


def test_a_letter_without_a_plainer_form_is_a_question_mark_and_one_with_an_accent_its_base(monkeypatch):
    monkeypatch.setattr(lettering, "_system_font", lambda: None)
    monkeypatch.setattr(lettering, "_has", lambda character, path: character in "abcdefghijklmnopqrstuvwxyzAE? ")
    lettering._plainer.cache_clear()
    try:
        letters = lettering.Lettering()
        assert letters.legible("ế") == "e" and letters.legible("漢") == "?" and letters.legible("Æ") == "AE"
        assert letters.legible("ж") == "zh" and letters.legible("a\tb") == "a b" and letters.legible("Q̈") == "??"
    finally:
        lettering._plainer.cache_clear()
