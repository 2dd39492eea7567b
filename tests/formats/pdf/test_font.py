"""The font of invisible text: a code for each character, a file that FreeType takes, faces by reach."""
from __future__ import annotations

from io import BytesIO

import pikepdf
import pytest
from PIL import ImageFont

from ocr.formats.pdf import font as pdf_font
from ocr.formats.pdf.font import InvisibleFont


def test_letters_share_a_code_with_their_marks_and_nothing_else():
    font = InvisibleFont()
    assert font.encode("am\u0303\u0323ma") == b"\0\1\0\2\0\3\0\1"
    assert font.encode("\u0303x\U0001f600") == b"\0\4\0\5\0\6"
    font.face(0.8, 0.2)
    with pikepdf.new() as document:
        mapping = font.dictionary(document)["/A750D150"].ToUnicode.read_bytes().decode()
    assert "6 beginbfchar" in mapping and "<0002> <006D03030323>" in mapping and "<0006> <D83DDE00>" in mapping


def test_a_cmap_holds_at_most_100_entries_a_block():
    font = InvisibleFont()
    font.encode("".join(chr(0x4E00 + number) for number in range(205)))
    font.face(1, 0)
    with pikepdf.new() as document:
        mapping = font.dictionary(document)["/A1050D1"].ToUnicode.read_bytes().decode()
    assert [line.split()[0] for line in mapping.splitlines() if "beginbfchar" in line] == ["100", "100", "5"]


def test_more_characters_than_codes_become_the_sign_for_unknown_ones(monkeypatch):
    monkeypatch.setattr(pdf_font, "_MAX_CODE", 5)
    assert InvisibleFont().encode("abcdefg") == b"\0\1\0\2\0\3\0\4\0\5\0\5\0\5"


@pytest.mark.parametrize("reach, name", [((0.8, 0.2), "/A750D150"), ((0.0, -0.5), "/A150D1"), ((9, 9), "/A1800D1000")])
def test_faces_reach_about_as_far_as_requested(reach, name):
    font = InvisibleFont()
    assert font.face(*reach) == name == font.face(*reach)
    with pikepdf.new() as document:
        faces = font.dictionary(document)
        assert list(faces.keys()) == [name]
        file = faces[name].DescendantFonts[0].FontDescriptor.FontFile2.read_bytes()
    assert ImageFont.truetype(BytesIO(file), 1000).getmetrics()[0] == int(name[2:].split("D")[0])
