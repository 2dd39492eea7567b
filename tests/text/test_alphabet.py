"""The alphabet: class numbers, the blank, and messages that name characters."""
import unicodedata

import numpy as np
import pytest

from ocr.errors import AlphabetError
from ocr.text.alphabet import Alphabet, alphabet_names, load_alphabet


def test_blank_is_the_last_class_and_padding_no_class():
    alphabet = Alphabet("abc ")
    assert (alphabet.size, alphabet.blank, alphabet.padding) == (5, 4, -1)
    assert Alphabet.padding == -1


def test_round_trip_of_decomposed_text():
    alphabet = Alphabet.from_texts(["Un été", "à Paris !"])
    numbers = alphabet.encode("Un e\u0301te\u0301")
    assert numbers.dtype == np.int32 and len(numbers) == 6
    assert alphabet.decode(numbers) == "Un été"


def test_decode_drops_blanks_and_padding_only():
    alphabet = Alphabet("ab")
    assert alphabet.decode([0, 0, 2, 1, -1, -1]) == "aab"
    for wrong in (3, -2):
        with pytest.raises(AlphabetError, match=str(wrong)):
            alphabet.decode([0, wrong])


def test_unknown_characters_are_all_named():
    alphabet = Alphabet("abc")
    assert not alphabet.covers("abé")
    with pytest.raises(AlphabetError) as error:
        alphabet.encode("aéb€b€")
    assert "'é' U+00E9" in str(error.value) and "'€' U+20AC" in str(error.value)


@pytest.mark.parametrize("characters", ["aba", "e\u0301\u0344", ""])
def test_bad_alphabets_are_refused(characters):
    with pytest.raises(AlphabetError):
        Alphabet(characters)


def test_from_texts_is_sorted_and_the_same_for_any_order():
    assert Alphabet.from_texts(["ba", "c"]) == Alphabet.from_texts(["cab"])
    assert Alphabet.from_texts(["ba", "c"]).characters == "abc"


def test_latin_covers_western_text():
    for text in ("Ça va, « Œuvre » ? L’été coûte 12,50 €…", "£5 – ½ lb. of \"tea\" #1 @ 3%",
                 "Füße, niño, São, señor, smørrebrød, þ"):
        assert load_alphabet("latin").covers(text), load_alphabet("latin").unknown(text)
    assert not load_alphabet("latin").covers("привет")
    assert unicodedata.normalize("NFC", load_alphabet("latin").characters) == load_alphabet("latin").characters
    assert load_alphabet("latin").decode(range(load_alphabet("latin").size)) == load_alphabet("latin").characters


@pytest.mark.parametrize("name", alphabet_names())
def test_every_alphabet_that_ships_is_one(name):
    characters = load_alphabet(name).characters
    assert " " in characters and len(set(characters)) == len(characters)
    assert not any(unicodedata.category(character).startswith("C") for character in characters)


def test_an_alphabet_of_ones_own_is_read_from_its_file(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_bytes(b"\xef\xbb\xbf" + " abc\né€\n".encode())
    assert load_alphabet(str(path)).characters == " abcé€"


@pytest.mark.parametrize("content, message", [(b"", "at least one"), (b"aba", "twice: 'a' U.0061. Name"), ("e\u0344".encode(), "NFC"),
                                           (b"a\xff", "UTF-8"), (None, "latin")])
def test_files_that_hold_no_alphabet_are_refused_by_their_path(tmp_path, content, message):
    path = tmp_path / "bad.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(AlphabetError, match=f"bad.txt.*({message})"):
        load_alphabet(str(path))
