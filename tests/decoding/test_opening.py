"""Decoders by name: each opens and reads, its settings are noted, and what cannot be opened is named."""
from __future__ import annotations

import hashlib
import json
import shutil

import numpy as np
import pytest

from ocr.decoding.opening import DECODERS, DEFAULT, EVERY_DECODER, open_decoder
from ocr.errors import InputError, ModelMismatch, ModelNotFound
from ocr.models.registry import registry
from ocr.text.alphabet import Alphabet, load_alphabet

ALPHABET = Alphabet(" abcdefghijklmnopqrstuvwxyz")


def line_in_doubt():
    """Logits of "the hovse" in which the v is hardly likelier than a u."""
    logits = np.zeros((27, ALPHABET.size), np.float32)
    for place, character in enumerate("the hovse"):
        logits[3 * place:3 * place + 2, ALPHABET.characters.index(character)] = 16
        logits[3 * place + 2, ALPHABET.blank] = 16
    logits[18:20, ALPHABET.characters.index("u")] = 15.3
    return logits


@pytest.fixture
def copy(language_folder, tmp_path):
    return shutil.copytree(language_folder, tmp_path / "copy")


def test_every_decoder_opens_by_its_name_and_reads(language_folder):
    texts = {}
    for name in sorted(set(DECODERS) - {"lexicon"}):
        decoder, settings = open_decoder(name, ALPHABET, [str(language_folder)])
        texts[name] = [decoded.text for decoded in decoder([line_in_doubt()])]
        assert settings[0] == ("decoder", name)
    assert texts == {"greedy": ["the hovse"], "beam": ["the hovse"], "beam+lm": ["the house"],
                     "beam+lm+lexicon": ["the house"]}
    assert DEFAULT in DECODERS


def test_the_models_that_are_asked_are_noted_with_their_digests(language_folder):
    digest = hashlib.sha256((language_folder / "ngrams.npz").read_bytes()).hexdigest()
    _, settings = open_decoder("beam+lm", ALPHABET, [str(language_folder)])
    assert dict(settings)["language_models"].endswith(f" {digest[:12]}")
    for name in ("greedy", "beam"):
        assert open_decoder(name, ALPHABET, [str(language_folder)])[1] == (("decoder", name),)


class Silent:
    """A corrector that proposes nothing, and remembers for which lines."""

    noted = "silent 0123456789ab"

    def __init__(self):
        self.asked = []

    def __call__(self, read):
        self.asked += read
        return [[] for _ in read]


def test_a_corrector_is_asked_of_what_beam_search_reads_and_noted(language_folder):
    corrector = Silent()
    decoder, settings = open_decoder("corrector", ALPHABET, [str(language_folder)], None, corrector)
    assert [decoded.text for decoded in decoder([line_in_doubt()])] == corrector.asked == ["the house"]
    plain, noted = open_decoder("beam+lm", ALPHABET, [str(language_folder)])
    assert decoder.base.settings == plain.settings
    assert settings == (("decoder", "corrector"), noted[1], ("corrector", "silent 0123456789ab"))


def test_a_corrector_that_is_lacking_or_not_asked_is_an_error():
    with pytest.raises(InputError, match="none won.*train_corrector.py.*--corrector DIR"):
        open_decoder("corrector", ALPHABET)
    with pytest.raises(InputError, match="greedy asks none"):
        open_decoder("greedy", ALPHABET, None, None, Silent())


def test_two_folders_are_two_models(language_folder, copy):
    decoder, settings = open_decoder("beam+lm", ALPHABET, [str(language_folder), str(copy)])
    assert list(decoder.models) == [str(language_folder), str(copy)]
    assert dict(settings)["language_models"].count(",") == 1


def test_all_registered_models_are_asked_where_none_is_named(installed_models):
    cards = [card for card in registry() if card.task == "language"]
    decoder, settings = open_decoder("beam+lm", ALPHABET)
    assert list(decoder.models) == [card.name for card in cards] and cards
    assert dict(settings)["language_models"] == ", ".join(f"{card.name} {card.sha256[:12]}" for card in cards)


def test_one_registered_model_by_its_name(installed_models):
    name = [card.name for card in registry() if card.task == "language"][-1]
    decoder, settings = open_decoder("beam+lm", ALPHABET, [name])
    assert list(decoder.models) == [name] and dict(settings)["language_models"].startswith(f"{name} ")


def doubtful_lines(lines, doubts):
    """Logits of lines in which each character that has a look-alike is hardly likelier than that."""
    labels, found = {character: label for label, character in enumerate(load_alphabet("latin").characters)}, []
    for text in lines:
        logits = np.zeros((3 * len(text), load_alphabet("latin").size), np.float32)
        for place, character in enumerate(text):
            frames = slice(3 * place, 3 * place + 2)
            logits[frames, labels[character]] = 16
            if character in doubts:
                logits[frames, labels[doubts[character]]] = 15.5
            logits[3 * place + 2, load_alphabet("latin").blank] = 16
        found.append(logits)
    return found


@pytest.mark.parametrize("name", ["lexicon", "beam+lm", "beam+lm+lexicon", "corrector"])
def test_a_page_of_numbers_is_read_greedily_with_the_models_that_ship(installed_models, name):
    corrector = Silent() if name == "corrector" else None
    decoder, _ = open_decoder(name, load_alphabet("latin"), corrector=corrector)
    numbers = ["1,057 12.50 3/4/1871", "5 108 19:30 77", "0.75 1801 - 1907", "20 15,695 100"]
    doubts = {"1": "l", "0": "o", "5": "s", "7": "t", "8": "B", ".": ",", "/": "l"}
    assert [line.text for line in decoder(doubtful_lines(numbers, doubts))] == numbers
    assert not corrector or not corrector.asked
    words = ["they stovd at the gate", "and waited for the boat", "until it came at last"]
    assert decoder(doubtful_lines(words, {"v": "o"}))[0].text == "they stood at the gate"


@pytest.mark.parametrize("name", ["beam-lm", "Greedy", ""])
def test_unknown_names_are_refused_and_the_known_ones_said(name):
    with pytest.raises(InputError) as caught:
        open_decoder(name, ALPHABET)
    assert repr(name) in str(caught.value) and all(known in str(caught.value) for known in EVERY_DECODER)


def test_a_language_model_that_is_not_there_is_named(tmp_path, language_folder):
    (tmp_path / "empty").mkdir()
    for name in ("nowhere", "empty"):
        with pytest.raises(ModelNotFound, match=name):
            open_decoder("beam+lm", ALPHABET, [str(language_folder), str(tmp_path / name)])
        assert open_decoder("beam", ALPHABET, [str(tmp_path / name)])           # asks no language model


def test_a_model_that_is_registered_but_not_installed_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("OCR_CACHE", str(tmp_path))
    name = next(card.name for card in registry() if card.task == "language")
    for languages in (None, [name]):
        with pytest.raises(ModelNotFound, match=f"fetch {name}"):
            open_decoder("beam+lm", ALPHABET, languages)


def test_a_model_of_another_task_is_refused(copy):
    name = next(card.name for card in registry() if card.task == "recognition")
    with pytest.raises(ModelMismatch, match="for recognition, not for language"):
        open_decoder("beam+lm", ALPHABET, [name])
    note = json.loads((copy / "run.json").read_text())
    (copy / "run.json").write_text(json.dumps({**note, "task": "recognition"}))
    for file in ("network.onnx", "network.json", "weights.npz"):
        (copy / file).write_bytes(b"")
    with pytest.raises(ModelMismatch, match="for recognition, not for language"):
        open_decoder("beam+lm", ALPHABET, [str(copy)])


@pytest.mark.parametrize("damage", [lambda content: b"", lambda content: content[:len(content) // 2],
                                    lambda content: b"once upon a time"])
def test_a_damaged_language_model_is_refused_by_its_path(copy, damage):
    path = copy / "ngrams.npz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ModelMismatch) as caught:
        open_decoder("beam+lm", ALPHABET, [str(copy)])
    assert str(path) in str(caught.value)


def test_a_run_folder_without_its_model_is_refused(copy):
    (copy / "ngrams.npz").unlink()
    with pytest.raises(InputError, match="lacks ngrams.npz"):
        open_decoder("beam+lm", ALPHABET, [str(copy)])
