"""Fonts for text in images: a font of the system, and substitutes for characters that it lacks."""
from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Optional

from PIL import ImageFont

_FONTS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "FreeSans.ttf", "Arial.ttf", "arial.ttf",
          "segoeui.ttf", "Helvetica.ttc")
_PLAIN = dict(zip("’‘‚“”„«»–—…•·œŒæÆøØłŁđĐßıȷ€£ъЪьЬ", [
    "'", "'", ",", '"', '"', '"', '"', '"', "-", "-", "...", "*", ".", "oe", "OE", "ae", "AE", "o", "O", "l", "L", "d", "D",
    "ss", "i", "j", "EUR", "GBP", '"', '"', "'", "'"]))
_PLAIN.update(zip("абвгдежзийклмнопрстуфхцчшщыэюяё",
                  "a b v g d e zh z i j k l m n o p r s t u f kh ts ch sh shch y e yu ya yo".split()))
_PLAIN.update({letter.upper(): plain.capitalize() for letter, plain in tuple(_PLAIN.items())[-31:]})


class Lettering:
    """A font in any size, with substitutes for the characters that it lacks.

    Parameters
    ----------
    path : a font file; None for a sans-serif font of the system or, without one, Pillow's own.
    """

    def __init__(self, path: Optional[str] = None):
        self.path = path or _system_font()

    def font(self, size: float) -> ImageFont.FreeTypeFont:
        """Return the font at a size in pixels."""
        return _load(self.path, round(size))

    def length(self, text: str, size: float) -> float:
        """Return the width of text in pixels."""
        return float(self.font(size).getlength(text))

    def legible(self, text: str) -> str:
        """Return text with characters that the font lacks replaced: without accent, by Latin letters, or by "?"."""
        return "".join(_plainer(character, self.path) for character in unicodedata.normalize("NFC", text))


@lru_cache(maxsize=1)
def _system_font() -> Optional[str]:
    """Return the first well-known sans-serif font that the system has, or None for Pillow's own."""
    for name in _FONTS:
        try:
            return str(ImageFont.truetype(name, 20).path)
        except OSError:
            continue
    return None


@lru_cache(maxsize=64)
def _load(path: Optional[str], size: int) -> ImageFont.FreeTypeFont:
    if path:
        return ImageFont.truetype(path, size)
    return ImageFont.load_default(size)         # type: ignore[return-value] # with a size it is this kind


@lru_cache(maxsize=4096)
def _plainer(character: str, path: Optional[str]) -> str:
    if character.isspace() or _has(character, path):
        return " " if character.isspace() else character
    base = unicodedata.normalize("NFD", character)[0]
    plain = next((_PLAIN[letter] for letter in (character, base) if letter in _PLAIN), base if base != character else "?")
    return "".join(letter if _has(letter, path) else "?" for letter in plain)


def _has(character: str, path: Optional[str]) -> bool:
    """Return whether a font has a glyph for a character."""
    font = _load(path, 20)
    glyph, missing = font.getmask(character), font.getmask("\uffff")
    return glyph.size != missing.size or bytes(glyph) != bytes(missing)
