"""Splits: list files in several places, leftovers, and lists that name what is not there."""
import pytest

from ocr.datasets.splits import Splits
from ocr.errors import DatasetError

KNOWN = ["a01-000u", "a01-003", "b02-010", "c03-001"]


def names(folder, split):
    problems = []
    return Splits(folder, KNOWN).names(split, problems), problems


@pytest.mark.parametrize("place", ["splits/validation.txt", "validation_pages.txt", "validation.txt"])
def test_validation_is_held_back_from_train(tmp_path, place):
    (tmp_path / "splits").mkdir()
    (tmp_path / place).write_text("# writers 1 and 2\n\nb02-010\r\nA01-003.PNG\nb02-010\n")
    assert names(tmp_path, "validation") == (["b02-010", "a01-003"], [])
    assert names(tmp_path, "train") == (["a01-000u", "c03-001"], [])
    assert names(tmp_path, "all") == (KNOWN, [])


def test_train_list_wins_over_the_leftovers(tmp_path):
    (tmp_path / "train.txt").write_text("c03-001")
    assert names(tmp_path, "train")[0] == ["c03-001"]


def test_any_list_file_with_line_names_and_unknown_ones(tmp_path):
    path = tmp_path / "testset.lst"
    path.write_text("\ufeffa01-003-00\na01-003-01\nimages/b02-010.jpg\nz99-999\n", encoding="utf-8")
    found, problems = names(tmp_path, str(path))
    assert found == ["a01-003", "b02-010"]
    assert len(problems) == 1 and "z99-999" in problems[0] and "testset.lst" in problems[0]


def test_unknown_split_names_what_there_is(tmp_path):
    (tmp_path / "validation.txt").write_text("b02-010")
    with pytest.raises(DatasetError, match="no split 'test'.*validation.txt"):
        names(tmp_path, "test")


def test_list_of_another_data_set(tmp_path):
    (tmp_path / "test.txt").write_text("x\ny\n")
    with pytest.raises(DatasetError, match="names no page"):
        names(tmp_path, "test")


def test_a_list_that_is_no_text_is_named(tmp_path):
    (tmp_path / "test.txt").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(DatasetError, match="test.txt.*UTF-8"):
        names(tmp_path, "test")


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_pages_in_two_splits_are_named(tmp_path, split):
    (tmp_path / "train.txt").write_text("a01-003\nc03-001\n")
    (tmp_path / "validation.txt").write_text("c03-001\nb02-010\n")
    (tmp_path / "test.txt").write_text("a01-000u\n")
    messages = [f"{tmp_path}: 1 pages are in both train and validation, such as c03-001"]
    assert names(tmp_path, split)[1] == (messages if split != "test" else [])


def test_lists_in_another_unicode_form(tmp_path):
    (tmp_path / "validation.txt").write_text("cafe\u0301.jpg\n", encoding="utf-8")
    problems = []
    assert Splits(tmp_path, ["caf\u00e9", "x"]).names("validation", problems) == ["caf\u00e9"] and problems == []
    assert Splits(tmp_path, ["caf\u00e9", "x"]).names("train", problems) == ["x"]


def test_what_makes_scores_too_good_comes_before_everything_else(tmp_path):
    (tmp_path / "train.txt").write_text("c03-001\n")
    (tmp_path / "validation.txt").write_text("x1\nx2\nc03-001\n")
    problems = names(tmp_path, "validation")[1]
    assert len(problems) == 3 and "both train and validation, such as c03-001" in problems[0]
