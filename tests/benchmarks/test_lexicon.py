"""The benchmark of lexicons: which words count as misread, synthetic words, and a row of the table."""
from __future__ import annotations

import pytest

COUNTS = {"house": 4.0, "mouse": 3.0, "horse": 2.0, "boat": 1.0}


@pytest.fixture(scope="module")
def benchmark(benchmark_named):
    return benchmark_named("lexicon")


@pytest.mark.parametrize("read, written, pairs", [
    ("the hovse, was", "The house, was", [("hovse", "house")]), ("the house", "the house", []),
    ("a bat xyzzy", "a boat table", [("bat", "boat")]), ("the", "the house was", []), ("in 1965", "in 1966", [])])
def test_words_that_were_misread(benchmark, read, written, pairs):
    assert benchmark.changed_words(read, written) == pairs


def test_the_most_frequent_words_then_made_up_ones(benchmark):
    assert benchmark.enough(COUNTS, 2) == {"house": 4.0, "mouse": 3.0}
    more = benchmark.enough(COUNTS, 9)
    assert len(more) == 9 and list(more)[:4] == list(COUNTS) and set(list(more.values())[4:]) == {1.0}
    assert more == benchmark.enough(COUNTS, 9)


def test_a_row_of_the_table(benchmark, tmp_path):
    pytest.importorskip("hnswlib")
    (tmp_path / "words.txt").write_text("".join(f"{word}\t{count}\n" for word, count in COUNTS.items()))
    found = {"characters": " abcdefghijklmnopqrstuvwxyz", "lines": [("tbe hovse", "the house")] * 3,
             "misread": [("hovse", "house"), ("boot", "boat"), ("qqq", "zebra")]}
    row = benchmark.measure(found, str(tmp_path / "words.txt"), 4, 2)
    assert row[0] == "4" and row[3] == "100.0" and row[4] == "2"
    assert row[6].endswith("100.0 / 100.0") and all(float(value) >= 0 for value in row[7:])
