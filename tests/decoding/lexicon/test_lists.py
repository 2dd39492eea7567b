"""Word lists from outside: every line that can be used is, and what cannot be is counted."""
from __future__ import annotations

import lzma
import sys

import pytest

from ocr.decoding.lexicon.lists import read_words
from ocr.errors import EngineUnavailable, InputError
from ocr.text.alphabet import Alphabet

ALPHABET = Alphabet(" -'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZéü")


@pytest.fixture
def reading(tmp_path):
    def read(content, name="words.txt"):
        path = tmp_path / name
        path.write_bytes(content)
        problems = []
        return read_words(str(path), ALPHABET, problems), problems
    return read


def test_one_word_a_line_each_as_likely_as_the_other(reading):
    assert reading(b"Miller\nO'Brien\r\nSmith-Jones\n") == ({"Miller": 1 / 3, "O'Brien": 1 / 3, "Smith-Jones": 1 / 3}, [])


def test_counts_after_a_tab(reading):
    assert reading("müller\t30\nmeyer\t10\nétude\n".encode())[0] == {"müller": 30 / 41, "meyer": 10 / 41, "étude": 1 / 41}


def test_every_word_of_a_line_is_taken(reading):
    assert list(reading(b"Rue de la Paix\n- \nvan Gogh\n")[0]) == ["Rue", "de", "la", "Paix", "van", "Gogh"]


def test_text_is_brought_to_nfc(reading):
    assert list(reading("e\u0301tude\n".encode())[0]) == ["étude"]


def test_compressed_and_marked_files(reading):
    assert list(reading(lzma.compress(b"one\ntwo\n"), "words.txt.xz")[0]) == ["one", "two"]
    assert list(reading("\ufeffone\ntwo\n".encode())[0]) == ["one", "two"]
    for encoding in ("utf-16-le", "utf-16-be"):
        assert list(reading("\ufeffétude\ntwo\n".encode(encoding))[0]) == ["étude", "two"]


@pytest.mark.parametrize("content, said, left", [
    (b"one\n\n \ntwo\n", "2 lines without a word", ["one", "two"]),
    (b"one\none\ntwo\none\n", "2 words that are there again", ["one", "two"]),
    ("one\nмир\nλόγος\ntwo\n".encode(), "2 words with characters outside the recogniser's alphabet ('γ' U+03B3",
     ["one", "two"]),
    ("one\nétude\ntwo\n".encode("latin-1"), "1 lines that are not UTF-8", ["one", "two"]),
    (b"one\tmany\ntwo\t-3\nthree\t2\n", "2 counts that are no number above 0", ["one", "two", "three"]),
    (b"one\n" + b"x" * 41 + b"\n" + b"y" * 40 + b"\n", "1 words of more than 40 characters", ["one", "y" * 40]),
    (b"one\x00\ntwo\n", "1 words with characters outside", ["two"])])
def test_what_cannot_be_used_is_counted_and_the_rest_is_kept(reading, content, said, left):
    words, problems = reading(content)
    assert list(words) == left and sum(words.values()) == pytest.approx(1)
    (problem,) = problems
    assert said in problem and "words.txt" in problem


def test_the_highest_count_of_a_repeated_word_holds(reading):
    assert reading(b"one\t1\ntwo\t4\none\t4\n")[0] == {"one": 0.5, "two": 0.5}


@pytest.mark.parametrize("content", [b"", b"\n\n", "мир\n".encode(), bytes(range(128, 256))])
def test_lists_without_a_word_are_refused(reading, content):
    with pytest.raises(InputError, match=r"words.txt: holds no word"):
        reading(content)


def test_files_that_cannot_be_read_are_named(reading, tmp_path):
    with pytest.raises(InputError, match="nowhere.txt cannot be read"):
        read_words(str(tmp_path / "nowhere.txt"), ALPHABET, [])
    with pytest.raises(InputError, match="words.txt.xz cannot be read"):
        reading(lzma.compress(b"one\n" * 1000)[:40], "words.txt.xz")


def test_the_most_frequent_words_of_a_language():
    wordfreq = pytest.importorskip("wordfreq")
    problems = []
    words = read_words("wordfreq:en:200", ALPHABET, problems)
    assert len(words) == 200 and list(words)[0] == "the" and not problems
    the, of = (wordfreq.word_frequency(word, "en") for word in ("the", "of"))
    assert words["the"] / words["of"] == pytest.approx(the / of)
    assert not any(character.isdigit() for word in words for character in word)


@pytest.mark.parametrize("source", ["wordfreq:", "wordfreq:xx", "wordfreq:en:many", "wordfreq:en:0"])
def test_languages_that_wordfreq_does_not_know_are_refused(source):
    pytest.importorskip("wordfreq")
    with pytest.raises(InputError, match=r"wordfreq:LANGUAGE.* en, "):
        read_words(source, ALPHABET, [])


def test_without_wordfreq_it_is_said_what_to_type(monkeypatch):
    monkeypatch.setitem(sys.modules, "wordfreq", None)
    with pytest.raises(EngineUnavailable, match="pip install wordfreq"):
        read_words("wordfreq:en", ALPHABET, [])
