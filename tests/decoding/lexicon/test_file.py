"""Lexicon files: what is written comes back, and what is damaged is refused by name."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.decoding.lexicon.edit_costs import learn_costs
from ocr.decoding.lexicon.words import WordList
from ocr.decoding.lexicon.file import SavedLexicon, load_lexicon, save_lexicon
from ocr.errors import ModelMismatch
from ocr.text.alphabet import Alphabet

CHARACTERS = " abcdefghijklmnoprstuwyéLPé"[:-1]


def toy():
    words = WordList.from_counts({"the": 60.0, "été": 20.0, "Lisa": 4.0, "lisa": 1.0, "Paul": 15.0})
    return SavedLexicon(words, learn_costs([("tbe", "the")] * 5, CHARACTERS), CHARACTERS)


@pytest.fixture
def path(tmp_path):
    save_lexicon(tmp_path / "words.npz", toy())
    return tmp_path / "words.npz"


def test_what_is_written_comes_back(path):
    before, after = toy(), load_lexicon(path)
    assert after.words.words.tolist() == before.words.words.tolist() == ["Lisa", "lisa", "Paul", "the", "été"]
    assert after.words.log_probs == pytest.approx(before.words.log_probs, abs=1 / 16)
    assert after.characters == CHARACTERS and after.costs.characters == before.costs.characters
    for name in ("substitution", "insertion", "deletion"):
        assert getattr(after.costs, name) == pytest.approx(getattr(before.costs, name), rel=1e-3)


def test_what_a_recogniser_cannot_write_of_it_is_told(path):
    saved = load_lexicon(path)
    words = saved.words.words.tolist()
    for alphabet in (CHARACTERS, CHARACTERS[::-1], CHARACTERS + "ж"):
        assert saved.lacking(Alphabet(alphabet)) == "" and saved.writable(Alphabet(alphabet)) == 1.0
    letter = words[0][0]
    less = Alphabet(CHARACTERS.replace(letter, ""))
    assert saved.lacking(less) == letter
    assert saved.writable(less) == pytest.approx(sum(letter not in word for word in words) / len(words))
    assert saved.writable(Alphabet("жэ")) == 0.0


def rewritten(path, **changes):
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    np.savez_compressed(path, **{name: array for name, array in {**arrays, **changes}.items() if array is not None})


@pytest.mark.parametrize("changes", [
    {"words": None}, {"costs": None, "insertion": np.zeros(3)}, {"chances": np.zeros(3, np.uint8)},
    {"words": np.frombuffer(b"b\na\nc\nd\ne", np.uint8)}, {"words": np.frombuffer(b"a\n\nc\nd\ne", np.uint8)},
    {"words": np.frombuffer(b"a\xff\nb\nc\nd\ne", np.uint8)}, {"words": np.array([{}], object)}, {"words": np.zeros(5)},
    {"words": np.frombuffer(b"a\nb\nc\nd\n" + b"e" * 41, np.uint8)}, {"substitution": np.full((2, 2), np.nan)}],
    ids=lambda changes: next(iter(changes)))
def test_files_whose_parts_do_not_fit_are_refused(path, changes):
    rewritten(path, **changes)
    with pytest.raises(ModelMismatch, match="words.npz: not a whole lexicon"):
        load_lexicon(path)


@pytest.mark.parametrize("damage", [lambda content: b"", lambda content: content[:len(content) // 2],
                                    lambda content: b"once upon a time",
                                    lambda content: content.replace(b"PK\x03\x04", b"PK\x03\x05"),
                                    lambda content: content[:-200] + content[-100:]])
def test_damaged_files_are_refused(path, damage):
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ModelMismatch, match="words.npz"):
        load_lexicon(path)


def test_another_format_is_told_from_damage(path):
    rewritten(path, format=np.array(99))
    with pytest.raises(ModelMismatch, match="of format 99; 1 is read"):
        load_lexicon(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ModelMismatch, match="nowhere.npz"):
        load_lexicon(tmp_path / "nowhere.npz")
