"""Lexicons by name, file and folder: each opens, is noted and corrects, and what cannot be opened is named."""
from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from ocr.decoding.opening import EVERY_DECODER, open_decoder
from ocr.decoding.lexicon.edit_costs import learn_costs
from ocr.decoding.lexicon.words import WordList
from ocr.decoding.lexicon.opening import default_costs, open_own, open_registered
from ocr.decoding.lexicon.file import SavedLexicon, load_lexicon, save_lexicon
from ocr.errors import InputError, ModelMismatch, ModelNotFound
from ocr.models.registry import registry
from ocr.models.store import folder_of
from ocr.text.alphabet import Alphabet, load_alphabet

pytest.importorskip("hnswlib")
ALPHABET = Alphabet(" abcdefghijklmnopqrstuvwxyzM")
pytestmark = pytest.mark.usefixtures("installed_models")


def line_in_doubt(alphabet=ALPHABET):
    """Logits of "the hovse" in which the v is hardly likelier than a u."""
    logits = np.zeros((27, alphabet.size), np.float32)
    for place, character in enumerate("the hovse"):
        logits[3 * place:3 * place + 2, alphabet.characters.index(character)] = 16
        logits[3 * place + 2, alphabet.blank] = 16
    logits[18:20, alphabet.characters.index("u")] = 15.3
    return logits


class Silent:
    """A corrector that proposes nothing."""

    noted = "silent"

    def __call__(self, read):
        return [[] for _ in read]


def open_one(name, *asked):
    return open_decoder(name, ALPHABET, *asked, Silent() if name == "corrector" else None)


@pytest.fixture
def listed(tmp_path):
    (tmp_path / "mine.txt").write_text("house\nthe\nMouse\nhouse\n")
    return tmp_path / "mine.txt"


@pytest.fixture
def built(tmp_path):
    folder = tmp_path / "built"
    folder.mkdir()
    save_lexicon(folder / "words.npz", SavedLexicon(WordList.from_counts({"house": 1.0, "the": 5.0}),
                                                    learn_costs([], ALPHABET.characters), ALPHABET.characters))
    (folder / "run.json").write_text(json.dumps({
        "task": "lexicon", "command": ["build"], "data": ["mine.txt"], "epochs": 1, "seconds": 1, "hardware": "cpu",
        "alphabet": None, "input": {"characters": 28}, "parameters": 2}))
    return folder


@pytest.mark.parametrize("name", EVERY_DECODER)
def test_the_users_words_correct_the_reading_of_every_decoder(name, listed, language_folder):
    decoder, settings = open_one(name, [str(language_folder)], [str(listed)])
    assert [decoded.text for decoded in decoder([line_in_doubt()])] == ["the house"]
    assert settings[0] == ("decoder", name) and dict(settings)["lexicons"].startswith("mine.txt ")
    assert ("language_models" in dict(settings)) == ("beam+lm" in name or name == "corrector")


def test_another_list_is_another_setting(listed):
    _, before = open_decoder("greedy", ALPHABET, None, [str(listed)])
    listed.write_text("horse\n")
    decoder, after = open_decoder("greedy", ALPHABET, None, [str(listed)])
    assert before != after and decoder([line_in_doubt()])[0].text == "the hovse"


def test_a_folder_is_opened_with_its_index_beside_it(built):
    for _ in range(2):
        decoder, settings = open_decoder("lexicon", ALPHABET, None, [str(built)])
        assert decoder([line_in_doubt()])[0].text == "the house" and dict(settings)["lexicons"].startswith("built ")
    assert (built / "index.hnsw").is_file()


def test_what_is_wrong_with_words_is_said_and_the_others_are_taken(listed, capsys):
    listed.write_bytes("house\nHÄUSER\n\nthe\nthe\n".encode() + b"\xff\n")
    assert open_own([str(listed)], ALPHABET).by_name[str(listed)].words.words.tolist() == ["house", "the"]
    said = capsys.readouterr().err
    assert said.startswith("warning: ") and "mine.txt" in said
    assert all(part in said for part in ("1 lines without", "1 words that are there again", "1 words with char",
                                         "1 lines that are not"))


def test_the_registered_lexicons_are_for_the_registered_recogniser():
    cards = [card for card in registry() if card.task == "lexicon"]
    alphabet = Alphabet(next(card.alphabet for card in registry() if card.task == "recognition"))
    opened = open_registered(alphabet)
    assert list(opened.by_name) == [card.name for card in cards] and len(cards) == 2
    assert opened.noted == tuple(f"{card.name} {card.sha256[:12]}" for card in cards)
    chances = {name: lexicon.chances(["the", "which", "les", "était", "hovse"]) for name, lexicon in opened.by_name.items()}
    assert (chances["english-lexicon"][:2] > chances["french-lexicon"][:2]).all()
    assert (chances["english-lexicon"][2:4] < chances["french-lexicon"][2:4]).all()
    assert all(chance[4] == -np.inf for chance in chances.values())
    for lexicon in opened.by_name.values():
        assert 90_000 < len(lexicon.words.words) <= 100_000 and all(map(alphabet.covers, lexicon.words.words.tolist()))
        assert lexicon.costs.distances(["tbe", "tqe"], ["the", "the"]).tolist() == sorted(
            lexicon.costs.distances(["tbe", "tqe"], ["the", "the"]).tolist())
    assert default_costs(alphabet).characters == next(iter(opened.by_name.values())).costs.characters


def test_lexicons_for_another_alphabet_are_refused(built):
    assert open_registered(ALPHABET).by_name == {}
    with pytest.raises(ModelMismatch, match="alphabet.*--lexicon"):
        open_decoder("lexicon", ALPHABET)
    other = Alphabet(ALPHABET.characters[:-1] + "ж")
    with pytest.raises(ModelMismatch, match=r"words.npz: a lexicon for another alphabet: .*'M' U\+004D, 'ж' U\+0436"):
        open_decoder("lexicon", other, None, [str(built)])


@pytest.mark.parametrize("damage", [lambda content: b"", lambda content: content[:len(content) // 2]])
def test_damaged_folders_are_refused_by_their_path(built, damage):
    path = built / "words.npz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ModelMismatch) as caught:
        open_decoder("lexicon", ALPHABET, None, [str(built)])
    assert str(path) in str(caught.value)


def test_sources_that_are_not_there_or_no_lexicon_are_named(tmp_path, language_folder):
    with pytest.raises(InputError, match="nowhere.txt cannot be read"):
        open_decoder("lexicon", ALPHABET, None, [str(tmp_path / "nowhere.txt")])
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelNotFound, match="empty"):
        open_decoder("lexicon", ALPHABET, None, [str(tmp_path / "empty")])
    with pytest.raises(ModelMismatch, match="for language, not for lexicon"):
        open_decoder("lexicon", ALPHABET, None, [str(language_folder)])


def test_lexicons_that_are_not_installed_are_named(tmp_path, monkeypatch, listed):
    monkeypatch.setenv("OCR_CACHE", str(tmp_path))
    for lexicons in ([], [str(listed)]):
        with pytest.raises(ModelNotFound, match="fetch english-lexicon"):
            open_decoder("lexicon", load_alphabet("latin"), None, lexicons)
    assert open_decoder("greedy", load_alphabet("latin"))


@pytest.mark.parametrize("name", EVERY_DECODER)
def test_without_hnswlib_every_decoder_reads_the_same(monkeypatch, listed, language_folder, name):
    with_it, _ = open_one(name, [str(language_folder)], [str(listed)])
    expected = with_it([line_in_doubt()])
    monkeypatch.setitem(sys.modules, "hnswlib", None)
    without, _ = open_one(name, [str(language_folder)], [str(listed)])
    assert without([line_in_doubt()]) == expected and expected[0].text == "the house"


def test_no_word_of_the_registered_lexicons_is_above_its_place():
    for card in registry():
        if card.task == "lexicon":
            words = load_lexicon(folder_of(card) / "words.npz").words
            assert -1.0 > words.chances.max() > -4.0 and words.chances.min() > -20.0
            assert abs(np.exp(words.chances.astype(float)).sum() - 1) < 0.05
