"""Names in the order in which people expect them."""
from pathlib import Path

from ocr.text.natural_order import natural_key


def test_numbers_count_as_numbers_and_everything_else_as_text():
    names = ["p10.png", "p9.png", "p2a.png", "p2.png", "10", "9", "p", "1²2.jpg", "٣.png", "p09.png"]
    assert sorted(names, key=natural_key) == [
        "1²2.jpg", "9", "10", "p", "p2.png", "p2a.png", "p09.png", "p9.png", "p10.png", "٣.png"]


def test_folders_are_sorted_by_number_too():
    paths = [Path("v10/p1"), Path("v9/p2"), Path("v9/p11")]
    assert sorted(paths, key=natural_key) == [paths[1], paths[2], paths[0]]
