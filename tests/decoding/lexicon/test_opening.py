"""Lexicons by name, file and folder: each opens, is noted and corrects, and what cannot be opened is named."""
from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from ocr.decoding.ctc.best_path import Frames
from ocr.decoding.lexicon.edit_costs import learn_costs
from ocr.decoding.lexicon.file import SavedLexicon, load_lexicon, save_lexicon
from ocr.decoding.lexicon.opening import default_costs, open_own, open_registered
from ocr.decoding.lexicon.words import WordList, WordWeights
from ocr.decoding.opening import DECODERS, open_decoder
from ocr.decoding.settings import DecodingSettings
from ocr.errors import InputError, ModelMismatch, ModelNotFound
from ocr.models.registry import registry
from ocr.models.store import folder_of
from ocr.text.alphabet import Alphabet, load_alphabet

pytest.importorskip("hnswlib")
ALPHABET = Alphabet(" abcdefghijklmnopqrstuvwxyzM")
pytestmark = pytest.mark.usefixtures("installed_models")


def line_in_doubt(alphabet=ALPHABET):
    """Frames of "the hovse" in which the v is hardly likelier than a u."""
    logits = np.zeros((27, alphabet.size), np.float32)
    for place, character in enumerate("the hovse"):
        logits[3 * place:3 * place + 2, alphabet.characters.index(character)] = 16
        logits[3 * place + 2, alphabet.blank] = 16
    logits[18:20, alphabet.characters.index("u")] = 15.3
    return Frames.of(logits, alphabet)


def open_one(name, lexicons=(), models=None, alphabet=ALPHABET):
    return open_decoder(alphabet, DecodingSettings(name, None, models, tuple(map(str, lexicons))))


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


@pytest.mark.parametrize("name", DECODERS)
def test_the_users_words_correct_the_reading_of_every_decoder(name, listed, language_folder):
    decoder, settings = open_one(name, [listed], (str(language_folder),))
    assert [decoded.text for decoded in decoder([line_in_doubt()])] == ["the house"]
    assert settings[0] == ("decoder", name) and ", mine.txt " in dict(settings)["lexicons"]
    assert ("language_models" in dict(settings)) == ("beam+lm" in name)


def test_another_list_is_another_setting(listed):
    _, before = open_one("greedy", [str(listed)])
    listed.write_text("horse\n")
    decoder, after = open_one("greedy", [str(listed)])
    assert before != after and decoder([line_in_doubt()])[0].text == "the hovse"


def test_a_folder_is_opened_with_its_index_beside_it(built):
    for _ in range(2):
        decoder, settings = open_one("lexicon", [str(built)])
        assert decoder([line_in_doubt()])[0].text == "the house" and ", built " in dict(settings)["lexicons"]
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
    assert opened.provenance == tuple(f"{card.name} {card.sha256[:12]}" for card in cards)
    log_probs = {name: lexicon.log_probs(["the", "which", "les", "était", "hovse"]) for name, lexicon in opened.by_name.items()}
    assert (log_probs["english-lexicon"][:2] > log_probs["french-lexicon"][:2]).all()
    assert (log_probs["english-lexicon"][2:4] < log_probs["french-lexicon"][2:4]).all()
    assert all(log_prob[4] == -np.inf for log_prob in log_probs.values())
    for lexicon in opened.by_name.values():
        assert 90_000 < len(lexicon.words.words) <= 100_000 and all(map(alphabet.covers, lexicon.words.words.tolist()))
        assert lexicon.costs.distances(["tbe", "tqe"], ["the", "the"]).tolist() == sorted(
            lexicon.costs.distances(["tbe", "tqe"], ["the", "the"]).tolist())
    assert default_costs(alphabet).characters == next(iter(opened.by_name.values())).costs.characters


def test_lexicons_of_another_script_are_refused(built):
    cyrillic = Alphabet(" абвгдежзийклмнопрстуфхцчшщыьэюя")
    assert open_registered(cyrillic).by_name == {}
    with pytest.raises(ModelMismatch, match="alphabet.*--lexicon"):
        open_one("lexicon", alphabet=cyrillic)
    with pytest.raises(ModelMismatch, match=r"words.npz: a lexicon for another alphabet: .*'e' U\+0065"):
        open_one("lexicon", [built], alphabet=cyrillic)
    assert set(default_costs(cyrillic).characters) == set(cyrillic.characters.strip())


def test_a_lexicon_serves_a_recogniser_of_a_wider_alphabet_and_reads_the_same(built):
    wider = Alphabet(ALPHABET.characters + "őŐűŰжω")
    narrow, wide = (open_own([str(built)], alphabet).by_name[str(built)] for alphabet in (ALPHABET, wider))
    asked = ["hovse", "tbe", "mouse"]
    assert narrow.find(asked, 2, 2, 0.85) == wide.find(asked, 2, 2, 0.85)
    assert set(wide.costs.characters) == {*narrow.costs.characters, *"őűжω"}
    assert wide.find(["hőuse"], 2, 1, 0.85)[0][0].word == "house"
    decoder, _ = open_one("greedy", [built], alphabet=wider)
    assert decoder([line_in_doubt(wider)])[0].text == "the house"


def test_costs_stay_as_they_are_for_the_recogniser_that_they_were_learnt_from():
    alphabet = next(card.alphabet for card in registry() if card.name == "latin-words")     # and that of latin-crnn 1.3
    for card in registry():
        if card.task == "lexicon":
            saved = load_lexicon(folder_of(card) / "words.npz")
            assert saved.costs.widened(alphabet) is saved.costs
            assert len(saved.costs.widened(load_alphabet("latin").characters).characters) > len(saved.costs.characters)


def test_weights_of_a_lexicon_are_those_on_its_card(built):
    note = json.loads((built / "run.json").read_text())
    (built / "run.json").write_text(json.dumps({**note, "model_settings": {"weight": 0.25, "min_fit": -3}}))
    (lexicon,) = open_own([str(built)], ALPHABET).by_name.values()
    assert lexicon.weights == WordWeights(weight=0.25, min_fit=-3.0) and lexicon.language is None
    (built / "run.json").write_text(json.dumps({**note, "model_settings": {"letter": "x"}}))
    with pytest.raises(ModelMismatch, match="settings cannot be used"):
        open_own([str(built)], ALPHABET)
    assert {lexicon.language for lexicon in open_registered(ALPHABET).by_name.values()} == {"en", "fr"}


@pytest.mark.parametrize("damage", [lambda content: b"", lambda content: content[:len(content) // 2]])
def test_damaged_folders_are_refused_by_their_path(built, damage):
    path = built / "words.npz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ModelMismatch) as caught:
        open_one("lexicon", [str(built)])
    assert str(path) in str(caught.value)


def test_sources_that_are_not_there_or_no_lexicon_are_named(tmp_path, language_folder):
    with pytest.raises(InputError, match="nowhere.txt cannot be read"):
        open_one("lexicon", [str(tmp_path / "nowhere.txt")])
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelNotFound, match="empty"):
        open_one("lexicon", [str(tmp_path / "empty")])
    with pytest.raises(ModelMismatch, match="for language, not for lexicon"):
        open_one("lexicon", [str(language_folder)])


def test_lexicons_that_are_not_installed_are_named(tmp_path, monkeypatch, listed):
    monkeypatch.setenv("OCR_CACHE", str(tmp_path))
    for lexicons in ([], [str(listed)]):
        with pytest.raises(ModelNotFound, match="fetch english-lexicon"):
            open_one("lexicon", lexicons, alphabet=load_alphabet("latin"))
    assert open_one("greedy", alphabet=load_alphabet("latin"))


@pytest.mark.parametrize("name", DECODERS)
def test_without_hnswlib_every_decoder_reads_the_same(monkeypatch, listed, language_folder, name):
    with_it, _ = open_one(name, [listed], (str(language_folder),))
    expected = with_it([line_in_doubt()])
    monkeypatch.setitem(sys.modules, "hnswlib", None)
    without, _ = open_one(name, [listed], (str(language_folder),))
    assert without([line_in_doubt()]) == expected and expected[0].text == "the house"


def test_no_word_of_the_registered_lexicons_is_above_its_place():
    for card in registry():
        if card.task == "lexicon":
            words = load_lexicon(folder_of(card) / "words.npz").words
            assert -1.0 > words.log_probs.max() > -4.0 and words.log_probs.min() > -20.0
            assert abs(np.exp(words.log_probs.astype(float)).sum() - 1) < 0.05
