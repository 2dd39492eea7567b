"""The index against exact neighbours, and what it makes of files that are not its own."""
from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from ocr.decoding.lexicon.edit_costs import EditCosts
from ocr.decoding.lexicon.index import INDEX, NOTE, WordIndex, _keep
from ocr.decoding.lexicon.vectors import WordVectors
from ocr.errors import OutputError
from ocr.models import store

pytest.importorskip("hnswlib")
LETTERS = "abcdefghij"
VECTORS = WordVectors(EditCosts.plain(LETTERS))


def synthetic(count, seed=0):
    generator = np.random.default_rng(seed)
    return sorted({"".join(generator.choice(list(LETTERS), generator.integers(2, 10))) for _ in range(count)})


WORDS = synthetic(3000)


def exact(words, asked, count):
    every, wanted = VECTORS(words), VECTORS(asked)
    return np.argsort(((wanted[:, None] - every[None]) ** 2).sum(axis=2), axis=1)[:, :count]


def test_nearly_all_exact_neighbours_are_found_the_nearest_first():
    asked = synthetic(100, seed=1)
    found, expected = WordIndex(VECTORS, WORDS).nearest(asked, 10), exact(WORDS, asked, 10)
    assert np.mean([len(set(some) & set(others)) / 10 for some, others in zip(found.tolist(), expected.tolist())]) > 0.97
    assert (found[:, 0] == expected[:, 0]).mean() > 0.97


def test_a_word_that_is_there_is_its_own_neighbour():
    assert WordIndex(VECTORS, WORDS).nearest(WORDS[::100], 1)[:, 0].tolist() == list(range(0, len(WORDS), 100))


def test_fewer_words_than_asked_for_and_none():
    assert sorted(WordIndex(VECTORS, ["ab", "cd"]).nearest(["ab"], 10)[0]) == [0, 1]
    assert WordIndex(VECTORS, []).nearest(["ab"], 10).shape == (1, 0)
    assert WordIndex(VECTORS, WORDS).nearest([], 10).shape == (0, 10)


def test_an_index_is_kept_and_not_built_again(tmp_path, monkeypatch):
    first = WordIndex(VECTORS, WORDS, tmp_path)
    monkeypatch.setattr("ocr.decoding.lexicon.index._build", lambda *_: pytest.fail("built again"))
    assert np.array_equal(WordIndex(VECTORS, WORDS, tmp_path).nearest(WORDS[:50], 5), first.nearest(WORDS[:50], 5))
    assert sorted(path.name for path in tmp_path.iterdir()) == [INDEX, NOTE]


def truncated(folder):
    (folder / INDEX).write_bytes((folder / INDEX).read_bytes()[:1000])


def no_note(folder):
    (folder / NOTE).unlink()


def changed_byte(folder):
    content = bytearray((folder / INDEX).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / INDEX).write_bytes(bytes(content))


def other_note(folder):
    (folder / NOTE).write_text(json.dumps([1]))


@pytest.mark.parametrize("damage", [truncated, no_note, changed_byte, other_note])
def test_a_damaged_index_is_built_anew(damage, tmp_path):
    whole = WordIndex(VECTORS, WORDS, tmp_path).nearest(WORDS[:20], 3)
    damage(tmp_path)
    assert np.array_equal(WordIndex(VECTORS, WORDS, tmp_path).nearest(WORDS[:20], 3), whole)
    note = json.loads((tmp_path / NOTE).read_text())
    assert set(note) == {"made_of", "sha256"}


def test_an_index_of_other_words_or_costs_is_not_taken(tmp_path):
    WordIndex(VECTORS, WORDS, tmp_path)
    fewer = WORDS[:500]
    assert WordIndex(VECTORS, fewer, tmp_path).nearest(WORDS[:5], 1)[:, 0].tolist() == [0, 1, 2, 3, 4]
    costs = EditCosts.plain(LETTERS)
    costs.substitution[0, 1] = 0.1
    other = WordVectors(costs)
    assert WordIndex(other, fewer, tmp_path).nearest(WORDS[:5], 1)[:, 0].tolist() == [0, 1, 2, 3, 4]


def test_an_index_that_cannot_be_saved_leaves_the_one_before_it(tmp_path):
    class Broken:
        def save_index(self, path):
            Path(path).write_bytes(b"the first half")
            raise RuntimeError("Cannot open file")

    WordIndex(VECTORS, WORDS, tmp_path)
    before = (tmp_path / INDEX).read_bytes()
    with pytest.raises(OutputError, match="the index cannot be written .Cannot open file"):
        _keep(Broken(), tmp_path, "")
    assert (tmp_path / INDEX).read_bytes() == before and len(list(tmp_path.iterdir())) == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_where_nothing_may_be_written_the_index_is_held_in_memory(tmp_path):
    tmp_path.chmod(0o500)
    assert WordIndex(VECTORS, WORDS, tmp_path).nearest(WORDS[:2], 1)[:, 0].tolist() == [0, 1]


def test_a_folder_that_is_not_there_holds_nothing_up(tmp_path):
    assert WordIndex(VECTORS, WORDS, tmp_path / "nowhere").nearest(WORDS[:2], 1)[:, 0].tolist() == [0, 1]


def test_without_hnswlib_all_words_are_compared(monkeypatch):
    monkeypatch.setitem(sys.modules, "hnswlib", None)
    asked = [WORDS[7], WORDS[3] + "a", "zz"]
    found = WordIndex(VECTORS, WORDS).nearest(asked, 6)
    apart = np.linalg.norm(VECTORS(asked)[:, None] - VECTORS(WORDS)[None], axis=2)
    assert np.take_along_axis(apart, found, axis=1) == pytest.approx(np.sort(apart, axis=1)[:, :6], abs=1e-4)
    assert WordIndex(VECTORS, WORDS[:2]).nearest(asked, 6).shape == (3, 2)
    assert WordIndex(VECTORS, []).nearest(["a"], 6).shape == (1, 0)


def test_an_index_of_the_installed_package_is_kept_in_the_cache(monkeypatch, tmp_path):
    monkeypatch.setattr(store, "PACKAGED", tmp_path / "package")
    monkeypatch.setenv("OCR_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "package" / "words"
    folder.mkdir(parents=True)
    for _ in range(2):
        WordIndex(VECTORS, WORDS, folder)
    assert list(folder.iterdir()) == []
    assert {path.name for path in (tmp_path / "cache" / "made" / "words").iterdir()} == {INDEX, NOTE}
