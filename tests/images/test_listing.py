"""Folders and globs: the order of their files, and links that lead in circles."""
from __future__ import annotations

import pytest

from ocr.errors import ImageError
from ocr.images.listing import in_natural_order, list_matches, natural_key


def test_numbers_count_as_numbers_and_nothing_else_does():
    names = ["page10", "page9", "1\N{SUPERSCRIPT TWO}2", "page", "page\N{ARABIC-INDIC DIGIT THREE}", "10", "9a", "9"]
    assert sorted(names, key=natural_key) == ["1\N{SUPERSCRIPT TWO}2", "9", "9a", "10", "page",
                                              "page\N{ARABIC-INDIC DIGIT THREE}", "page9", "page10"]


@pytest.mark.parametrize("given, found", [
    (["p1", "p10", "p2"], ["p1", "p2", "p10"]), (["A10", "a2", "B1"], ["a2", "A10", "B1"]),
    (["p2", "p10", "p1"], ["p2", "p10", "p1"]), (["b", "a10", "a9"], ["b", "a10", "a9"])])
def test_only_what_a_shell_has_sorted_is_sorted_by_number(given, found):
    assert in_natural_order(given) == found


def test_a_folder_and_a_glob_list_page_9_before_page_10(tmp_path):
    for name in ("page10.png", "page9.png", ".page1.png"):
        (tmp_path / name).touch()
    for source in (tmp_path, tmp_path / "page*", tmp_path / "**", tmp_path / "**" / "*.png"):
        assert [path.name for path in list_matches(source)] == ["page9.png", "page10.png"]


def test_links_in_circles_are_followed_once(tmp_path):
    scans, other = tmp_path / "scans", tmp_path / "other"
    for folder in (scans / "deep", other):
        folder.mkdir(parents=True)
        (folder / "a.png").touch()
    (scans / ".hidden").mkdir()
    (scans / ".hidden" / "a.png").touch()
    for number in range(3):                                     # three links up: 3 ** 40 ways without end
        (scans / f"up{number}").symlink_to(scans)
    (scans / "elsewhere").symlink_to(other)
    found = [path.relative_to(scans).as_posix() for path in list_matches(scans / "**" / "*.png")]
    assert found == ["deep/a.png", "elsewhere/a.png"]
    assert [path.relative_to(tmp_path).as_posix() for path in list_matches(tmp_path / "s*" / "**" / "d*" / "*")] == [
        "scans/deep/a.png"]


def test_names_with_brackets_below_a_glob_are_no_patterns(tmp_path):
    (tmp_path / "[ab]").mkdir()
    (tmp_path / "[ab]" / "1.png").touch()
    assert [path.name for path in list_matches(tmp_path / "**" / "*.png")] == ["1.png"]


def test_what_is_neither_is_named(tmp_path):
    with pytest.raises(ImageError, match="no such file or folder"):
        list_matches(tmp_path / "nowhere")
