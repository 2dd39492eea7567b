"""Decoders by name: each opens and reads, its settings are noted, and what cannot be opened is named."""
from __future__ import annotations

import hashlib
import json
import shutil

import numpy as np
import pytest

from ocr.decoding.ctc.best_path import Frames
from ocr.decoding.opening import DECODER_TASKS, DECODERS, DEFAULT, open_decoder
from ocr.decoding.settings import DecodingSettings
from ocr.errors import InputError, ModelMismatch, ModelNotFound
from ocr.models.registry import registry
from ocr.text.alphabet import Alphabet, load_alphabet

ALPHABET = Alphabet(" abcdefghijklmnopqrstuvwxyz")


def open_one(name, models=None, alphabet=ALPHABET, **more):
    return open_decoder(alphabet, DecodingSettings(name, language_models=models and tuple(map(str, models)), **more))


def line_in_doubt():
    """Frames of "the hovse" in which the v is hardly likelier than a u."""
    logits = np.zeros((27, ALPHABET.size), np.float32)
    for place, character in enumerate("the hovse"):
        logits[3 * place:3 * place + 2, ALPHABET.characters.index(character)] = 16
        logits[3 * place + 2, ALPHABET.blank] = 16
    logits[18:20, ALPHABET.characters.index("u")] = 15.3
    return Frames.of(logits, ALPHABET)


@pytest.fixture
def copy(language_folder, tmp_path):
    return shutil.copytree(language_folder, tmp_path / "copy")


def test_every_decoder_opens_by_its_name_and_reads(language_folder):
    texts = {}
    for name in sorted(set(DECODERS) - {"lexicon"}):
        decoder, settings = open_one(name, [str(language_folder)])
        texts[name] = [decoded.text for decoded in decoder([line_in_doubt()])]
        assert settings[0] == ("decoder", name)
    assert texts == {"greedy": ["the hovse"], "beam": ["the hovse"], "beam+lm": ["the house"],
                     "beam+lm+lexicon": ["the house"]}
    assert DEFAULT in DECODERS


def test_the_models_that_are_asked_are_noted_with_their_digests(language_folder):
    digest = hashlib.sha256((language_folder / "ngrams.npz").read_bytes()).hexdigest()
    _, settings = open_one("beam+lm", [str(language_folder)])
    assert dict(settings)["language_models"].endswith(f" {digest[:12]}")
    for name in ("greedy", "beam"):
        assert open_one(name, [str(language_folder)])[1] == (("decoder", name),)


def test_two_folders_are_two_models(language_folder, copy):
    decoder, settings = open_one("beam+lm", [str(language_folder), str(copy)])
    assert list(decoder.models) == [str(language_folder), str(copy)]
    assert dict(settings)["language_models"].count(",") == 1


def test_all_registered_models_are_asked_where_none_is_named(installed_models):
    cards = [card for card in registry() if card.task == "language"]
    decoder, settings = open_one("beam+lm")
    assert list(decoder.models) == [card.name for card in cards] and cards
    assert dict(settings)["language_models"] == ", ".join(f"{card.name} {card.sha256[:12]}" for card in cards)


def test_one_registered_model_by_its_name(installed_models):
    name = [card.name for card in registry() if card.task == "language"][-1]
    decoder, settings = open_one("beam+lm", [name])
    assert list(decoder.models) == [name] and dict(settings)["language_models"].startswith(f"{name} ")


def doubtful_lines(lines, doubts):
    """Frames of lines in which each character that has a look-alike is hardly likelier than that."""
    labels, found = {character: label for label, character in enumerate(load_alphabet("latin").characters)}, []
    for text in lines:
        logits = np.zeros((3 * len(text), load_alphabet("latin").size), np.float32)
        for place, character in enumerate(text):
            frames = slice(3 * place, 3 * place + 2)
            logits[frames, labels[character]] = 16
            if character in doubts:
                logits[frames, labels[doubts[character]]] = 15.5
            logits[3 * place + 2, load_alphabet("latin").blank] = 16
        found.append(Frames.of(logits, load_alphabet("latin")))
    return found


@pytest.mark.parametrize("name", ["lexicon", "beam+lm", "beam+lm+lexicon"])
def test_a_page_of_numbers_is_read_greedily_with_the_models_that_ship(installed_models, name):
    decoder, _ = open_one(name, alphabet=load_alphabet("latin"))
    numbers = ["1,057 12.50 3/4/1871", "5 108 19:30 77", "0.75 1801 - 1907", "20 15,695 100"]
    doubts = {"1": "l", "0": "o", "5": "s", "7": "t", "8": "B", ".": ",", "/": "l"}
    assert [line.text for line in decoder(doubtful_lines(numbers, doubts))] == numbers
    words = ["they stovd at the gate", "and waited for the boat", "until it came at last"]
    assert decoder(doubtful_lines(words, {"v": "o"}))[0].text == "they stood at the gate"


@pytest.mark.parametrize("name", ["beam-lm", "Greedy", "corrector"])
def test_unknown_names_are_refused_and_the_known_ones_said(name):
    with pytest.raises(InputError) as caught:
        open_one(name)
    assert repr(name) in str(caught.value) and all(known in str(caught.value) for known in (*DECODERS, *DECODER_TASKS))


def test_a_language_model_that_is_not_there_is_named(tmp_path, language_folder):
    (tmp_path / "empty").mkdir()
    for name in ("nowhere", "empty"):
        with pytest.raises(ModelNotFound, match=name):
            open_one("beam+lm", [str(language_folder), str(tmp_path / name)])
        assert open_one("beam", [str(tmp_path / name)])           # asks no language model


def test_a_model_that_is_registered_but_not_installed_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("OCR_CACHE", str(tmp_path))
    name = next(card.name for card in registry() if card.task == "language")
    for languages in (None, [name]):
        with pytest.raises(ModelNotFound, match=f"fetch {name}"):
            open_one("beam+lm", languages)


def test_a_model_of_another_task_is_refused(copy):
    name = next(card.name for card in registry() if card.task == "recognition")
    with pytest.raises(ModelMismatch, match="for recognition, not for language"):
        open_one("beam+lm", [name])
    note = json.loads((copy / "run.json").read_text())
    (copy / "run.json").write_text(json.dumps({**note, "task": "recognition"}))
    for file in ("network.onnx", "network.json", "weights.npz"):
        (copy / file).write_bytes(b"")
    with pytest.raises(ModelMismatch, match="for recognition, not for language"):
        open_one("beam+lm", [str(copy)])


@pytest.mark.parametrize("damage", [lambda content: b"", lambda content: content[:len(content) // 2],
                                    lambda content: b"once upon a time"])
def test_a_damaged_language_model_is_refused_by_its_path(copy, damage):
    path = copy / "ngrams.npz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ModelMismatch) as caught:
        open_one("beam+lm", [str(copy)])
    assert str(path) in str(caught.value)


def test_a_run_folder_without_its_model_is_refused(copy):
    (copy / "ngrams.npz").unlink()
    with pytest.raises(InputError, match="lacks ngrams.npz"):
        open_one("beam+lm", [str(copy)])


def test_a_language_picks_its_models_and_lexicons(installed_models, capsys):
    alphabet = Alphabet(next(card.alphabet for card in registry() if card.task == "recognition"))
    for code in ("fr", "fr-CA"):
        decoder, provenance = open_one("beam+lm+lexicon", alphabet=alphabet, language=code)
        assert list(decoder.base.models) == ["french-characters"] and list(decoder.lexicons) == ["french-lexicon"]
        assert dict(provenance)["language_models"].startswith("french-characters ")
        assert dict(provenance)["lexicons"].startswith("french-lexicon ") and "," not in dict(provenance)["lexicons"]
    assert capsys.readouterr().err == ""


def test_a_language_without_models_is_read_greedily_and_said_to_be(installed_models, capsys):
    decoder, provenance = open_one("beam+lm+lexicon", language="nl")
    assert [line.text for line in decoder([line_in_doubt()])] == ["the hovse"]
    assert dict(provenance) == {"decoder": "beam+lm+lexicon", "language_models": "none", "lexicons": "none"}
    said = capsys.readouterr().err
    assert "no language model for nl" in said and "no lexicon for nl" in said
    with pytest.raises(ModelMismatch, match="No registered lexicon is in the language nl"):
        open_one("lexicon", language="nl")


def test_language_models_that_are_named_overrule_the_language(language_folder, installed_models):
    decoder, _ = open_one("beam+lm", [language_folder], language="fr")
    assert list(decoder.models) == [str(language_folder)]


def test_weights_are_those_on_the_card_and_usual_ones_without(language_folder, copy):
    note = json.loads((copy / "run.json").read_text())
    settings = {"weight": 0.2, "bonus": 0.1, "fit": {"sure": 1.0, "foreign": 9.0}}
    (copy / "run.json").write_text(json.dumps({**note, "model_settings": settings}))
    decoder, _ = open_one("beam+lm", [language_folder, copy])
    plain, own = decoder.models.values()
    assert (plain.weight, plain.bonus, plain.fit.sure, plain.fit.foreign) == (0.7, 1.3, 3.8, 4.3)
    assert (own.weight, own.bonus, own.fit.sure, own.fit.foreign) == (0.2, 0.1, 1.0, 9.0)
    assert own.language is None


@pytest.mark.parametrize("settings", [{"weight": "much"}, {"fit": {"sure": 5.0}}, {"bonus": [1, 2]}])
def test_settings_that_make_no_sense_are_refused(copy, settings):
    note = json.loads((copy / "run.json").read_text())
    (copy / "run.json").write_text(json.dumps({**note, "model_settings": settings}))
    with pytest.raises(ModelMismatch, match="settings cannot be used"):
        open_one("beam+lm", [copy])


def test_a_language_model_serves_a_recogniser_of_a_wider_alphabet_alike(language_folder):
    wider = Alphabet(ALPHABET.characters + "жőω")
    texts = ["the old house", "a boat lay on the sand"]
    bits = [open_one("beam+lm", [language_folder], alphabet)[0].models[str(language_folder)].model.bits_per_character(texts)
            for alphabet in (ALPHABET, wider)]
    assert bits[0] == bits[1]
