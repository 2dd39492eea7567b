"""Language model files: what is written comes back, and what is damaged is refused by name."""
from __future__ import annotations

import shutil

import numpy as np
import pytest

from ocr.decoding.ngrams.kneser_ney import estimate
from ocr.decoding.ngrams.file import CharacterNgrams, load_ngrams, save_ngrams
from ocr.errors import ModelMismatch

CHARACTERS = " abdehnorstuwé—𝔤"
TEXT = "the hare and the hound went down to the shore and sat there " * 3 + "a bear ate bread—and then the beans été 𝔤 "


def toy_model(order=4, min_counts=(), characters=CHARACTERS):
    tokens = [characters.find(character) % (len(characters) + 1) for character in TEXT]
    return CharacterNgrams(characters, estimate(np.array(tokens), len(characters) + 1, order, min_counts))


def rewritten(source, target, **changes):
    """Copy a file with some of its arrays changed, or left out where they are None."""
    with np.load(source) as archive:
        arrays = {**archive, **changes}
    np.savez_compressed(target, **{name: array for name, array in arrays.items() if array is not None})
    return target


def assert_same(found, expected):
    """Keys are equal, logarithms are rounded to sixteenths and cut off at -255 / 16."""
    assert found.characters == expected.characters and found.ngrams.size == expected.ngrams.size
    assert found.ngrams.weight == expected.ngrams.weight
    assert len(found.ngrams.grams) == len(expected.ngrams.grams)
    for mine, theirs in zip(found.ngrams.grams, expected.ngrams.grams):
        assert mine.keys.dtype == np.uint64 and np.array_equal(mine.keys, theirs.keys)
        for kept, exact in ((mine.log_probs, theirs.log_probs), (mine.weights, theirs.weights)):
            assert kept == pytest.approx(np.maximum(exact, -255 / 16), abs=1 / 32 + 1e-6)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    path = tmp_path_factory.mktemp("written") / "toy.ngrams"
    save_ngrams(path, toy_model())
    return path


@pytest.mark.parametrize("order, min_counts", [(1, ()), (2, ()), (5, ()), (4, (1, 2, 2, 3))])
def test_round_trip(tmp_path, order, min_counts):
    model = toy_model(order, min_counts)
    save_ngrams(tmp_path / "toy.ngrams", model)
    assert_same(load_ngrams(tmp_path / "toy.ngrams"), model)
    assert [path.name for path in tmp_path.iterdir()] == ["toy.ngrams"]


def test_round_trip_of_more_characters_than_a_byte_counts(tmp_path):
    characters = "".join(chr(0x4e00 + number) for number in range(400))
    rng = np.random.default_rng(0)
    model = CharacterNgrams(characters, estimate(np.minimum(rng.geometric(0.01, 900) - 1, 400), 401, 3))
    assert model.ngrams.grams[0].keys.max() > 255
    save_ngrams(tmp_path / "wide.ngrams", model)
    assert_same(load_ngrams(tmp_path / "wide.ngrams"), model)


def test_a_model_that_was_read_is_written_as_it_was(written, tmp_path):
    once = load_ngrams(written)
    save_ngrams(tmp_path / "again.ngrams", once)
    again = load_ngrams(tmp_path / "again.ngrams")
    for mine, theirs in zip(again.ngrams.grams, once.ngrams.grams):
        assert np.array_equal(mine.log_probs, theirs.log_probs) and np.array_equal(mine.weights, theirs.weights)


def test_a_model_whose_longest_ngrams_were_all_left_out(tmp_path):
    model = toy_model(4, (1, 1, 99, 99))
    save_ngrams(tmp_path / "short.ngrams", model)
    assert_same(load_ngrams(tmp_path / "short.ngrams"), model)


def test_another_format_is_refused(written, tmp_path):
    path = rewritten(written, tmp_path / "later.npz", format=np.array(7))
    with pytest.raises(ModelMismatch, match="format 7") as caught:
        load_ngrams(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("changes", [
    {"format": None}, {"characters": None}, {"weight": None}, {"chances2": None}, {"children3": None},
    {"tokens1": None}, {"characters": np.arange(97, 103, dtype=np.uint32)}, {"chances2": np.zeros(3, np.uint8)},
    {"children2": np.ones(2, np.uint32)}, {"characters": np.array([0xffffffff], np.uint32)}])
def test_arrays_that_are_missing_or_do_not_fit_are_refused(written, tmp_path, changes):
    path = rewritten(written, tmp_path / "changed.npz", **changes)
    with pytest.raises(ModelMismatch) as caught:
        load_ngrams(path)
    assert str(path) in str(caught.value)


def test_children_that_do_not_add_up_are_refused(written, tmp_path):
    with np.load(written) as archive:
        children = archive["children2"]
    children[0] += 1
    with pytest.raises(ModelMismatch, match="length 2 do not fit"):
        load_ngrams(rewritten(written, tmp_path / "changed.npz", children2=children))


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.99])
def test_half_a_file_is_refused(written, tmp_path, share):
    path = tmp_path / "half.ngrams"
    path.write_bytes(written.read_bytes()[:int(len(written.read_bytes()) * share)])
    with pytest.raises(ModelMismatch) as caught:
        load_ngrams(path)
    assert str(path) in str(caught.value)


def test_flipped_bytes_are_refused_or_change_nothing(written, tmp_path):
    content, expected = written.read_bytes(), toy_model()
    path, refused = tmp_path / "flipped.ngrams", 0
    directory = content.index(b"PK\1\2")
    for place in (*range(0, directory, 90), directory + 6, directory + 8, directory + 10, directory + 16, directory + 20):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0xff]) + content[place + 1:])
        try:
            assert_same(load_ngrams(path), expected)
        except ModelMismatch as error:
            assert str(path) in str(error)
            refused += 1
    assert refused > 10


def test_what_is_no_archive_or_is_not_there_is_refused(tmp_path):
    (tmp_path / "text").write_text("the quick brown fox")
    np.save(tmp_path / "array.npy", np.arange(4))
    np.savez(tmp_path / "objects.npz", format=np.array([{"a": 1}], dtype=object))
    (tmp_path / "folder").mkdir()
    for name in ("text", "array.npy", "objects.npz", "folder", "nowhere"):
        with pytest.raises(ModelMismatch) as caught:
            load_ngrams(tmp_path / name)
        assert str(tmp_path / name) in str(caught.value)


def test_a_file_without_its_directory_is_refused(written, tmp_path):
    shutil.copy(written, tmp_path / "copy.ngrams")
    content = bytearray((tmp_path / "copy.ngrams").read_bytes())
    content[-22:] = bytes(22)
    (tmp_path / "copy.ngrams").write_bytes(bytes(content))
    with pytest.raises(ModelMismatch):
        load_ngrams(tmp_path / "copy.ngrams")
