"""Handwriting fonts: which are available, which characters they have, and how large their letters are."""
from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Optional, Sequence, Tuple, Union, cast

import cv2
import numpy as np
from PIL import ImageFont

from ocr.errors import InputError

_PROBE = 96                 # size in pixels at which a face is measured
_TALLEST = 1.75             # x-heights: fonts with higher capitals are scaled down


@dataclass(frozen=True)
class Face:
    """One font file.

    Parameters
    ----------
    path : TrueType or OpenType file; an empty path is the plain sans-serif that comes with Pillow.
    """

    path: str

    @property
    def name(self) -> str:
        """The file's name without its suffix."""
        return Path(self.path).stem or "print"

    def at(self, size: float) -> ImageFont.FreeTypeFont:
        """Open the face with an em of `size` pixels."""
        return _open(self.path, round(float(size), 1))

    def at_x_height(self, x_height: float) -> ImageFont.FreeTypeFont:
        """Open the face so that a small x is `x_height` pixels high, or less where its capitals are very tall."""
        return self.at(self._size(x_height))

    def letter_at_x_height(self, x_height: float) -> ImageFont.FreeTypeFont:
        """Open the face like `at_x_height` for drawing single letters: much faster, without kerning and ligatures."""
        return _open(self.path, round(self._size(x_height), 1), ImageFont.Layout.BASIC)

    def advance(self, text: str, x_height: float) -> float:
        """Return the advance width of a text whose small x is `x_height` pixels high, in pixels."""
        return _advance(self.path, round(self._size(x_height), 1), text)

    def _size(self, x_height: float) -> float:
        small, capital, _ = _measure(self.path)
        return float(x_height) * _PROBE / max(small, capital / _TALLEST, 1)

    def covers(self, text: str) -> bool:
        """Return whether every character of the text has a glyph, and lower case is not drawn as small capitals."""
        small, capital, _ = _measure(self.path)
        if capital < 1.2 * small and text != text.upper():
            return False
        return all(_has_glyph(self.path, character) for character in set(text) if not character.isspace())

    @property
    def joined(self) -> bool:
        """Whether small letters touch their neighbours, so that a word has to be drawn in one piece."""
        return _measure(self.path)[2]


PRINT = Face("")


def find_faces(folder: Union[str, Path]) -> Tuple[Face, ...]:
    """List the fonts of a folder, sorted by name.

    Raises
    ------
    InputError : the folder holds no .ttf or .otf file.
    """
    paths = sorted(path for path in Path(folder).glob("*") if path.suffix.lower() in (".ttf", ".otf"))
    if not paths:
        raise InputError(f"{folder}: holds no font. Give a folder of .ttf or .otf files, such as handwriting fonts "
                         "under the Open Font License.")
    return tuple(Face(str(path)) for path in paths)


def faces_for(text: str, faces: Sequence[Face]) -> Tuple[Face, ...]:
    """Keep the faces that can write a text.

    Raises
    ------
    InputError : none of them can.
    """
    capable = tuple(face for face in faces if face.covers(text))
    if not capable:
        raise InputError(f"None of the {len(faces)} fonts has glyphs for all of {''.join(sorted(set(text)))!r}. "
                         "Add a font that has, or leave the rare characters out.")
    return capable


@lru_cache(maxsize=1024)
def _open(path: str, size: float, layout: Optional[ImageFont.Layout] = None) -> ImageFont.FreeTypeFont:
    try:
        if path:
            return ImageFont.truetype(path, size, layout_engine=layout)
        return cast(ImageFont.FreeTypeFont, ImageFont.load_default(size))       # which it is where a size is given
    except OSError as error:
        raise InputError(f"{path}: is not a font that can be opened ({error}).") from error


@lru_cache(maxsize=65536)
def _advance(path: str, size: float, text: str) -> float:
    return _open(path, size).getlength(text)


@lru_cache(maxsize=8192)
def _has_glyph(path: str, character: str) -> bool:
    font = _open(path, 40.0)
    glyph, missing = font.getmask(character), font.getmask("\uffff")
    return glyph.size[0] * glyph.size[1] > 0 and (glyph.size != missing.size or bytes(glyph) != bytes(missing))


@lru_cache(maxsize=256)
def _measure(path: str) -> Tuple[float, float, bool]:
    """Return the heights of a small x and of a capital X at the probe size, and whether letters touch."""
    font = _open(path, float(_PROBE))
    small, capital = (float(box[3] - box[1]) for box in (font.getbbox(letter, anchor="ls") for letter in "xX"))
    mask = font.getmask("nunu", mode="L")
    ink = (np.array(mask, dtype=np.uint8).reshape(mask.size[::-1]) > 64).astype(np.uint8)
    return small, capital, cv2.connectedComponents(ink)[0] - 1 <= 2
