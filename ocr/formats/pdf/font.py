"""The fonts of a PDF's invisible text: glyphs without ink, all of one width, as high as the words set in them."""
from __future__ import annotations

import struct
import unicodedata
from typing import Dict, List, Tuple

import pikepdf
from pikepdf import Array, Dictionary, Name

NAME = Name("/InvisibleText")
WIDTH = 500
"""Of every glyph, in thousandths of the font's size."""

_STEP, _HIGHEST, _DEEPEST = 150, 1800, 1000             # of the faces, in thousandths of the font's size
_MAX_CODE = 0xFFFF                                     # codes have two bytes, and 0 is reserved
_CMAP_BLOCK = 100                                       # maximum number of entries in a block of a CMap


class InvisibleFont:
    """Assigns codes to characters, and maps them back to Unicode for search and copying.

    A letter and the combining marks after it share a code, so that no viewer separates them. Faces are fonts with the same
    codes that differ in ascent and descent: viewers highlight words by these, and treat words of one size on one baseline as
    one line.
    """

    def __init__(self) -> None:
        self._codes: Dict[str, int] = {}
        self._faces: Dict[str, Tuple[int, int]] = {}

    def encode(self, text: str) -> bytes:
        """Return the codes of a text, two bytes each; past 65,534 different characters, that of U+FFFD."""
        return b"".join(struct.pack(">H", self._code(character)) for character in _characters(text))

    def _code(self, character: str) -> int:
        if character not in self._codes and len(self._codes) >= _MAX_CODE - 1:
            character = "\ufffd"
        return self._codes.setdefault(character, len(self._codes) + 1)

    def face(self, above: float, below: float) -> str:
        """Return the resource name of the face with the closest ascent and descent, given in font sizes."""
        ascent, descent = (min(round(reach * 1000 / _STEP) * _STEP, limit)
                           for reach, limit in ((above, _HIGHEST), (below, _DEEPEST)))
        ascent, descent = max(ascent, _STEP), max(descent, 1)
        name = f"/A{ascent}D{descent}"
        self._faces[name] = ascent, -descent
        return name

    def dictionary(self, document: pikepdf.Pdf) -> Dictionary:
        """Return the faces by name, each Type 0 over a TrueType font without ink (PDF 32000-1, 9.7)."""
        to_unicode = document.make_stream(self._to_unicode())
        one_glyph = document.make_stream(b"\0\1" * (len(self._codes) + 1))
        system = document.make_indirect(Dictionary(Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"),
                                                   Supplement=0))
        faces = Dictionary()
        for name, (ascent, descent) in self._faces.items():
            descriptor = Dictionary(
                Type=Name.FontDescriptor, FontName=NAME, Flags=5, FontBBox=Array([0, descent, WIDTH, ascent]), ItalicAngle=0,
                Ascent=ascent, Descent=descent, CapHeight=ascent, StemV=80,
                FontFile2=document.make_stream(_true_type(ascent, descent)))
            glyphs = Dictionary(Type=Name.Font, Subtype=Name.CIDFontType2, BaseFont=NAME, DW=WIDTH, CIDToGIDMap=one_glyph,
                                CIDSystemInfo=system, FontDescriptor=document.make_indirect(descriptor))
            faces[name] = document.make_indirect(Dictionary(
                Type=Name.Font, Subtype=Name.Type0, BaseFont=NAME, Encoding=Name("/Identity-H"), ToUnicode=to_unicode,
                DescendantFonts=Array([document.make_indirect(glyphs)])))
        return faces

    def _to_unicode(self) -> bytes:
        """Return the CMap from codes to UTF-16."""
        entries = [f"<{code:04X}> <{text.encode('utf-16-be').hex().upper()}>" for text, code in self._codes.items()]
        blocks = [entries[start:start + _CMAP_BLOCK] for start in range(0, len(entries), _CMAP_BLOCK)]
        lines = ["/CIDInit /ProcSet findresource begin", "12 dict begin", "begincmap",
                 "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
                 "/CMapName /Adobe-Identity-UCS def", "/CMapType 2 def",
                 "1 begincodespacerange", "<0000> <FFFF>", "endcodespacerange"]
        for block in blocks:
            lines += [f"{len(block)} beginbfchar", *block, "endbfchar"]
        lines += ["endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]
        return "\n".join(lines).encode("ascii")


def _characters(text: str) -> List[str]:
    """Split a text into letters with their combining marks."""
    parts: List[str] = []
    for character in text:
        if parts and unicodedata.category(character).startswith("M"):
            parts[-1] += character
        else:
            parts.append(character)
    return parts


def _true_type(ascent: int, descent: int) -> bytes:
    """Return a TrueType font of the tables that PDF asks for (ISO 14496-22).

    Its only glyph is a line there and back, which has the size of a letter, for viewers that need one, and leaves no ink.
    """
    bounds = (0, descent, WIDTH, ascent)
    there_and_back = struct.pack(">BB4h", 1, 1, 0, WIDTH, descent, ascent - descent)        # flags, steps in x, steps in y
    glyph = struct.pack(">5hHH", 1, *bounds, 1, 0) + there_and_back
    tables = {
        b"glyf": glyph,
        b"head": struct.pack(">IIIIHHqqhhhhHHhhh", 0x10000, 0x10000, 0, 0x5F0F3CF5, 3, 1000, 0, 0, *bounds, 0, 8, 2, 0, 0),
        b"hhea": struct.pack(">IhhhHhhhhhhhhhhhH", 0x10000, ascent, descent, 0, WIDTH, 0, 0, WIDTH, 1, *[0] * 7, 1),
        b"hmtx": struct.pack(">HhH", WIDTH, 0, 0),
        b"loca": struct.pack(">HHH", 0, 0, len(glyph) // 2),
        b"maxp": struct.pack(">IHHHHHHHHHHHHHH", 0x10000, 2, *[0] * 4, 1, *[0] * 8),
    }
    start = struct.pack(">IHHHH", 0x10000, len(tables), 64, 2, len(tables) * 16 - 64)
    offset = len(start) + 16 * len(tables)
    directory, body = b"", b""
    for tag, content in tables.items():
        padded = content + b"\0" * (-len(content) % 4)
        checksum = sum(struct.unpack(f">{len(padded) // 4}I", padded)) & 0xFFFFFFFF
        directory += tag + struct.pack(">III", checksum, offset + len(body), len(content))
        body += padded
    whole = start + directory + body
    total = sum(struct.unpack(f">{len(whole) // 4}I", whole)) & 0xFFFFFFFF
    adjust = whole.index(struct.pack(">I", 0x5F0F3CF5)) - 4
    return whole[:adjust] + struct.pack(">I", (0xB1B0AFBA - total) & 0xFFFFFFFF) + whole[adjust + 4:]
