"""Pieces of running text: as long as lines, from everywhere in it, the same for the same seed."""
from __future__ import annotations

import lzma

import numpy as np
import pytest

from ocr.datasets.corpus import Corpus, joined, read_lines
from ocr.errors import DatasetError

WORDS = [f"w{number:03d}xyz"[:3 + number % 6] for number in range(600)]


@pytest.fixture
def corpus(tmp_path):
    paragraphs = [" \t".join(WORDS[start:start + 50]) for start in range(0, 300, 50)]
    (tmp_path / "a.txt").write_text("\n".join(paragraphs), encoding="utf-8")
    with lzma.open(tmp_path / "b.txt.xz", "wt", encoding="utf-8") as file:
        file.write("\n\n".join(" ".join(WORDS[start:start + 50]) for start in range(300, 600, 50)))
    return Corpus([tmp_path / "a.txt", tmp_path / "b.txt.xz"])


def test_pieces_are_words_in_a_row_as_many_as_a_line_has(corpus):
    rng, whole = np.random.default_rng(0), f" {' '.join(WORDS)} "
    pieces = [corpus.piece(rng) for _ in range(2000)]
    plain = [piece for piece in pieces if piece != piece.upper()]
    assert corpus.words == 600 and all(f" {piece} " in whole for piece in plain)
    counts = [len(piece.split()) for piece in pieces]
    assert min(counts) >= 2 and max(counts) <= 12
    letters = [len(piece) for piece in pieces]
    assert np.mean(letters) == pytest.approx(45, abs=3) and np.std(letters) == pytest.approx(12, abs=3)
    assert 0.08 < 1 - len(plain) / len(pieces) < 0.17                            # in capitals
    seen = {word for piece in plain for word in piece.split()}
    assert seen >= set(WORDS)                                                   # the first and the last, too


def test_the_same_seed_gives_the_same_pieces(corpus):
    first, second = ([corpus.piece(np.random.default_rng(seed)) for seed in range(9)] for _ in range(2))
    assert first == second and len(set(first)) > 1


def test_separate_tokens_are_joined_and_text_is_in_nfc(tmp_path):
    (tmp_path / "t.txt").write_text("cafe\u0301 , it ( the cat ) did n't . " * 30, encoding="utf-8")
    corpus, rng = Corpus([tmp_path / "t.txt"]), np.random.default_rng(1)
    pieces = [corpus.piece(rng).casefold() for _ in range(200)]
    assert not any(mark in piece for piece in pieces for mark in (" ,", " .", " )", "( ", " n't", "e\u0301"))
    assert any("café, it (the cat) didn't." in piece for piece in pieces)
    assert all(piece[0].isalnum() or piece[0] == "(" for piece in pieces if piece)


def test_what_cannot_be_used_is_reported(tmp_path):
    (tmp_path / "mixed.txt").write_bytes(b"\xff\xff\n" + b"one two three four five six\n" * 3)
    assert "1 of 4 lines" in Corpus([tmp_path / "mixed.txt"]).problems[0]
    (tmp_path / "wide.txt").write_text("one two thrée four five six\n" * 3, encoding="utf-16")
    assert (Corpus([tmp_path / "wide.txt"]).words, Corpus([tmp_path / "wide.txt"]).problems) == (18, [])
    (tmp_path / "short.txt").write_text("a few words\n")
    for name in ("short.txt", "gone.txt"):
        with pytest.raises(DatasetError, match=name):
            Corpus([tmp_path / name])


@pytest.mark.parametrize("tokens, written", [
    ("he did n't , did he ?", "he didn't, did he?"), ("( the cat ) sat .", "(the cat) sat."), ("the cat sat", "the cat sat"),
    ("He didn't, did he?", "He didn't, did he?"), ("", "")])
def test_only_tokenised_lines_are_joined(tokens, written):
    assert joined(tokens) == written


def test_lines_come_in_their_order_without_empty_ones_and_those_of_other_encodings_are_counted(tmp_path):
    content = "second\u00a0 cafe\u0301\n \n\nthird , line\r\n".encode() + "g\xe2teau\n".encode("latin-1") + b"\xff\nfourth"
    (tmp_path / "t.txt").write_bytes(content)
    (tmp_path / "t.txt.xz").write_bytes(lzma.compress(content))
    for name in ("t.txt", "t.txt.xz"):
        problems = ["one from before"]
        assert read_lines(tmp_path / name, problems) == ["second caf\xe9", "third , line", "fourth"]
        assert len(problems) == 2 and f"{tmp_path / name}: 2 of 7 lines" in problems[1]
    problems.clear()
    (tmp_path / "good.txt").write_text("one\n\ntwo\n")
    assert read_lines(tmp_path / "good.txt", problems) == ["one", "two"] and not problems


@pytest.mark.parametrize("content", [b"plain text", b"", lzma.compress(b"many words " * 99)[:60]])
def test_a_file_that_is_no_whole_xz_is_refused(tmp_path, content):
    (tmp_path / "t.txt.xz").write_bytes(content)
    with pytest.raises(DatasetError, match=r"t\.txt\.xz cannot be read"):
        read_lines(tmp_path / "t.txt.xz", [])
