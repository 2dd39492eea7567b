"""A table of confusions: counted by hand, lines misread as often as it says, and a file that is never unpickled."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.decoding.corrector.confusions import Confusions, measure_confusions
from ocr.errors import ModelMismatch
from ocr.decoding.lstm.characters import Characters

KNOWN = Characters(" Aabcnu")
NOTHING = len(KNOWN.known)


def place(character):
    return KNOWN.known.index(character)


def table(**probabilities):
    """Everything is read right but for the probabilities given: written_read, `none` for nothing."""
    every = np.eye(NOTHING + 1)
    for pair, probability in probabilities.items():
        row, column = (NOTHING if name == "none" else place(name.replace("space", " ")) for name in pair.split("_"))
        every[row, row] -= probability
        every[row, column] += probability
    return Confusions(KNOWN, every)


def test_what_is_often_misread_is_counted_as_often():
    pairs = [("bnb cb", "bub cb")] * 600 + [("bub cb", "bub cb")] * 400 + [("cb", "c b")] * 500 + [("acca", "aca")] * 250
    probabilities = measure_confusions(pairs, KNOWN).probabilities
    assert probabilities[place("u"), place("n")] == pytest.approx(0.6, abs=0.04)
    assert probabilities[place(" "), NOTHING] == pytest.approx(500 / 1500, abs=0.03)
    gaps = 1000 * 7 + 500 * 4 + 250 * 4
    assert probabilities[NOTHING, place("c")] == pytest.approx(250 / gaps, abs=0.003)
    assert probabilities[place("b"), place("b")] > 0.9


def test_what_was_never_seen_is_misread_now_and_then_also_in_its_case():
    probabilities = measure_confusions([("nab", "uab")] * 5 + [("nabs", "nabs")] * 20, KNOWN).probabilities
    assert (probabilities[:-1] > 0).all() and 0 < probabilities[place("A"), place("a")] < probabilities[place("A"), place("A")]
    assert probabilities[place("A"), place("a")] > 5 * probabilities[place("A"), place("b")]


def test_unknown_characters_are_neither_counted_nor_lost():
    probabilities = measure_confusions([("xaz", "yaé"), ("a", "aß")], KNOWN).probabilities
    assert probabilities[place("a"), place("a")] > 0.9
    line = KNOWN.encode("éaé")
    read = table(a_b=0.9).misread(line, np.full(3, 100.0), np.random.default_rng(0))
    assert read[0] == read[-1] == NOTHING and len(read) == 3


def test_lines_are_misread_as_often_as_the_table_says():
    confusions, rng = table(u_n=0.2, space_none=0.1, none_c=0.05, b_none=0.0), np.random.default_rng(0)
    line = KNOWN.encode("ubu bub" * 400)
    read = confusions.misread(line, np.ones(len(line)), rng)
    share = {character: np.mean(read == place(character)) * len(read) for character in "un bc"}
    assert share["n"] == pytest.approx(0.2 * 1200, rel=0.2) and share["u"] == pytest.approx(0.8 * 1200, rel=0.1)
    assert share[" "] == pytest.approx(0.9 * 400, rel=0.1) and share["b"] == 1200
    assert share["c"] == pytest.approx(0.05 * 2801, rel=0.25)
    twice = confusions.misread(line, np.full(len(line), 2.0), rng)
    assert np.sum(twice == place("n")) == pytest.approx(0.4 * 1200, rel=0.2)
    unhurt = confusions.misread(line, np.zeros(len(line)), rng)
    assert unhurt[unhurt != place("c")].tolist() == line.tolist()


def test_an_empty_line_may_only_grow():
    read = table(none_c=0.4).misread(np.zeros(0, np.int64), np.zeros(0), np.random.default_rng(1))
    assert set(read.tolist()) <= {place("c")}


def test_a_table_is_read_back_and_nothing_else_is(tmp_path):
    confusions = measure_confusions([("nab", "uab")], KNOWN)
    confusions.save(tmp_path / "confusions.npz")
    read = Confusions.load(tmp_path / "confusions.npz")
    assert read.characters == KNOWN and np.array_equal(read.probabilities, confusions.probabilities)
    np.savez(tmp_path / "pickled.npz", characters=np.array([{}], dtype=object), probabilities=np.eye(2))
    np.savez(tmp_path / "other.npz", characters=np.array("ab"), probabilities=np.eye(7))
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04")
    for name in ("pickled", "other", "broken", "gone"):
        with pytest.raises(ModelMismatch, match=name):
            Confusions.load(tmp_path / f"{name}.npz")
