"""Character models as beam search queries them, against the n-gram model with the whole context."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.decoding.ngrams import character_model
from ocr.decoding.ngrams.character_model import CharacterModel
from ocr.decoding.ngrams.kneser_ney import estimate
from ocr.decoding.ngrams.file import CharacterNgrams
from ocr.text.alphabet import Alphabet

CHARACTERS = " abdehnorstuw"
TEXT = "the hare and the hound went down to the shore and sat there " * 3 + "a bear ate bread and then the beans were wet "
ALPHABET = Alphabet("zwutsronhedba é")        # in another order; z and é are unknown to the model


def toy_ngrams(order, min_counts=(), characters=CHARACTERS):
    tokens = np.array([characters.find(character) % (len(characters) + 1) for character in TEXT])
    return CharacterNgrams(characters, estimate(tokens, len(characters) + 1, order, min_counts))


def token_of(model, character):
    return model.characters.index(character) if character in model.characters else len(model.characters)


def full_probability(model, before, character):
    """Log probability of a character after all of a line, which begins after a space; unknown ones share theirs."""
    tokens = [token_of(model, each) for each in " " + before][-(len(model.ngrams.grams) - 1):]
    key = 0
    for token in tokens:
        key = key << model.ngrams.bits | token
    lacking = sum(each not in model.characters for each in ALPHABET.characters)
    return model.ngrams.score(key, len(tokens), token_of(model, character)) - (
        np.log(lacking) if character not in model.characters else 0)


def random_text(rng, length):
    """Draw pieces of the text the model is made of among characters that fit nowhere."""
    text = ""
    while len(text) < length:
        start, some = rng.integers(0, len(TEXT) - 8), rng.integers(1, 8)
        text += TEXT[start:start + some] + "".join(rng.choice(list(ALPHABET.characters), rng.integers(0, 3)))
    return text[:length]


def walk(model, text, state=0):
    for label in ALPHABET.encode(text):
        state = int(model.next_state(np.array([state]), np.array([label]))[0])
    return state


@pytest.mark.parametrize("order, min_counts", [(2, ()), (3, ()), (5, ()), (5, (1, 1, 2, 2, 3)), (4, (2, 2, 2, 2))])
def test_log_probs_along_random_texts_equal_the_whole_context(order, min_counts):
    ngrams = toy_ngrams(order, min_counts)
    model, rng = CharacterModel(ngrams, ALPHABET), np.random.default_rng(order)
    texts = [random_text(rng, 25) for _ in range(6)]
    labels = np.arange(len(ALPHABET.characters))
    states = np.zeros(len(texts), np.int64)
    for place in range(25):
        found = model.log_probs(states[:, None], labels[None])
        assert found.shape == (len(texts), len(labels)) and found.dtype == np.float32
        for row, text in zip(found, texts):
            assert row == pytest.approx([full_probability(ngrams, text[:place], character) for character in ALPHABET.characters],
                                        abs=1e-4), text[:place]
        states = model.next_state(states, np.array([ALPHABET.encode(text)[place] for text in texts]))


def test_log_probs_broadcast_as_beam_search_asks():
    model, rng = CharacterModel(toy_ngrams(3), ALPHABET), np.random.default_rng(1)
    states = np.array([[walk(model, random_text(rng, 4)) for _ in range(3)] for _ in range(2)])
    labels = rng.integers(0, len(ALPHABET.characters), (2, 4))
    found = model.log_probs(states[:, :, None], labels[:, None, :])
    assert found.shape == (2, 3, 4)
    for line, place, choice in np.ndindex(found.shape):
        assert found[line, place, choice] == model.log_probs(states[line, place:place + 1], labels[line, choice:choice + 1])[0]


def test_states_outgrow_the_room_there_is_at_first():
    rng = np.random.default_rng(0)
    ngrams = CharacterNgrams(CHARACTERS, estimate(rng.integers(0, 14, 2500), 14, 4))
    model = CharacterModel(ngrams, ALPHABET)
    walked = rng.integers(0, len(ALPHABET.characters), (40, 60))
    states = np.zeros((40, 61), np.int64)
    for place in range(60):
        states[:, place + 1] = model.next_state(states[:, place], walked[:, place])
    assert states.max() > 1024
    found = model.log_probs(states[:, :, None], np.arange(len(ALPHABET.characters))[None, None])
    for line, place in zip(rng.integers(0, 40, 60), rng.integers(0, 61, 60)):
        before = ALPHABET.decode(walked[line, :place])
        expected = [full_probability(ngrams, before, character) for character in ALPHABET.characters]
        assert found[line, place] == pytest.approx(expected, abs=1e-4)


def test_contexts_that_the_model_does_not_tell_apart_are_one_state():
    model = CharacterModel(toy_ngrams(4), ALPHABET)
    assert walk(model, "the z") == walk(model, "zzz") == walk(model, "wé")
    assert walk(model, "zthe") == walk(model, "the")
    assert walk(model, "bwn t") == walk(model, "wn t")
    assert len({walk(model, text) for text in ("the", "she", "wn t", "he t", "")}) == 5


def test_many_states_at_once_go_on_as_each_alone():
    model, rng = CharacterModel(toy_ngrams(5), ALPHABET), np.random.default_rng(3)
    for _ in range(10):
        states = np.array([walk(model, random_text(rng, length)) for length in (0, 1, 2, 3, 6, 6, 9)])
        labels = rng.integers(0, len(ALPHABET.characters), len(states))
        alone = [int(model.next_state(states[at:at + 1], labels[at:at + 1])[0]) for at in range(len(states))]
        assert model.next_state(states, labels).tolist() == alone


def test_a_line_begins_after_a_space_or_after_an_unknown_character():
    ngrams = toy_ngrams(3)
    model = CharacterModel(ngrams, ALPHABET)
    labels = np.arange(len(ALPHABET.characters))
    assert model.log_probs(np.zeros(1, int), labels) == pytest.approx(
        [full_probability(ngrams, "", character) for character in ALPHABET.characters], abs=1e-4)
    spaceless = toy_ngrams(3, characters=CHARACTERS[1:])
    found = CharacterModel(spaceless, ALPHABET).log_probs(np.zeros(1, int), labels)
    assert found == pytest.approx([full_probability(spaceless, "", character) for character in ALPHABET.characters], abs=1e-4)


@pytest.mark.parametrize("order", [2, 3, 5])
def test_bits_per_character_equal_a_direct_sum(order):
    ngrams, rng = toy_ngrams(order), np.random.default_rng(0)
    model = CharacterModel(ngrams, ALPHABET)
    for text in ("t", "the hare", "zébra", random_text(rng, 40)):
        total = sum(full_probability(ngrams, text[:place], character) for place, character in enumerate(text))
        assert model.bits_per_character([text]) == pytest.approx(-total / np.log(2) / len(text), rel=1e-6)
    assert model.bits_per_character([""]) == 0.0
    assert model.bits_per_character(["the bread"]) < 3 < model.bits_per_character(["wzoutb"])


def test_states_are_forgotten_when_they_are_many_and_nothing_else_changes(monkeypatch):
    model = CharacterModel(toy_ngrams(5), ALPHABET)
    labels = np.arange(len(ALPHABET.characters))
    texts = ["the hare and", "bread and the", "wet éz the sh"]

    def log_probs(text):
        return np.stack([model.log_probs(np.array([walk(model, text[:length])]), labels) for length in range(len(text))])

    first = log_probs(texts[0])
    last = walk(model, texts[0])
    model.begin()
    assert walk(model, texts[0]) == last > 1                                    # few enough: none is forgotten
    rest = [log_probs(text) for text in texts[1:]]
    assert walk(model, "oo") > 10
    monkeypatch.setattr(character_model, "MAX_STATES", 10)
    model.begin()
    assert walk(model, "oo") <= 2
    for text, expected in zip(reversed(texts), [*reversed(rest), first]):
        assert np.array_equal(log_probs(text), expected)


def test_a_model_that_is_only_asked_for_bits_forgets_too(monkeypatch):
    model, texts = CharacterModel(toy_ngrams(5), ALPHABET), ["the hare", "", "t", "bread and the beans"]
    expected = [model.bits_per_character([text]) for text in texts]
    assert model.bits_per_character(texts) == pytest.approx(
        sum(bits * len(text) for bits, text in zip(expected, texts)) / sum(map(len, texts)))
    assert walk(model, "oo") > 10
    monkeypatch.setattr(character_model, "MAX_STATES", 10)
    assert model.bits_per_character(["o"]) == pytest.approx(full_probability(toy_ngrams(5), "", "o") / -np.log(2))
    assert walk(model, "oo") <= 2
    assert [model.bits_per_character([text]) for text in texts] == expected and model.bits_per_character([]) == 0.0


def test_contexts_of_all_64_bits():
    characters = "".join(chr(0x4e00 + number) for number in range(255))
    tokens = [255] * 20 + [0, 1, 255] * 5
    ngrams = CharacterNgrams(characters, estimate(np.array(tokens), 256, 8))
    model = CharacterModel(ngrams, Alphabet(characters[:3] + "?"))
    state = np.zeros(1, np.int64)
    for _ in range(9):
        state = model.next_state(state, np.array([3]))
    key = int.from_bytes(bytes([255] * 7), "big")
    assert model.log_probs(state, np.arange(4)) == pytest.approx(
        [ngrams.ngrams.score(key, 7, token) for token in (0, 1, 2, 255)], abs=1e-4)


def test_a_model_whose_longest_ngrams_were_all_left_out():
    ngrams = toy_ngrams(4, (1, 1, 99, 99))
    model = CharacterModel(ngrams, ALPHABET)
    found = model.log_probs(np.array([walk(model, "the")]), np.arange(len(ALPHABET.characters)))
    assert found == pytest.approx([full_probability(ngrams, "the", character) for character in ALPHABET.characters], abs=1e-4)


def test_a_digit_is_predicted_but_never_which_one():
    text = "in 1961 and 1962 and 1961 again, 10 and 19 " * 4
    characters = "".join(sorted(set(text)))
    tokens = np.array([characters.index(character) for character in text])
    ngrams = CharacterNgrams(characters, estimate(tokens, len(characters) + 1, 4, ()))
    alphabet = Alphabet(characters)
    model, state = CharacterModel(ngrams, alphabet), np.zeros(1, np.int64)
    for label in alphabet.encode("in 196"):
        state = model.next_state(state, np.array([label]))
    digits = alphabet.encode("".join(filter(str.isdecimal, characters)))
    probabilities = np.exp(model.log_probs(state, digits))
    assert np.ptp(probabilities) < 1e-6 and probabilities.sum() > 0.9               # 1961 and 1962 are all that the text has there
    assert np.exp(model.log_probs(state, np.arange(len(characters)))).sum() == pytest.approx(1, abs=0.1)
