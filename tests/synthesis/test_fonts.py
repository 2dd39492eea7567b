"""Faces know what they can write and how large."""
from __future__ import annotations

import pytest

from ocr.errors import InputError
from ocr.synthesis.fonts import PRINT, Face, faces_for, find_faces


def test_coverage():
    assert PRINT.covers("Plain text, 123 & more!") and not PRINT.covers("вода") and PRINT.covers(" \n")
    assert faces_for("abc", [PRINT]) == (PRINT,)


def test_x_height_is_as_requested():
    for wanted in (10, 25, 60):
        left, top, right, bottom = PRINT.at_x_height(wanted).getbbox("x", anchor="ls")
        assert bottom - top == pytest.approx(wanted, abs=1.5)


def test_print_is_not_joined():
    assert not PRINT.joined and PRINT.name == "print"


def test_folder_without_fonts_and_broken_fonts_are_named(tmp_path):
    with pytest.raises(InputError, match="holds no font"):
        find_faces(tmp_path)
    (tmp_path / "b.ttf").write_bytes(b"no font")
    (tmp_path / "a.OTF").write_bytes(b"")
    faces = find_faces(tmp_path)
    assert [face.name for face in faces] == ["a", "b"]
    with pytest.raises(InputError, match="b.ttf: is not a font"):
        Face(str(tmp_path / "b.ttf")).at(20)
