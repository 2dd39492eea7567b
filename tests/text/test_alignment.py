"""Alignment against a plain dynamic programme, and operations that rebuild the hypothesis."""
import random

import pytest

from ocr.text.alignment import align


def distance_by_hand(first, second):
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        previous, row[0] = row[0], i
        for j, b in enumerate(second, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (a != b))
    return row[-1]


@pytest.mark.parametrize("seed", range(30))
def test_edits_are_fewest_and_operations_rebuild_the_hypothesis(seed):
    rng = random.Random(seed)
    reference, hypothesis = (["".join(rng.choices("abc", k=2)) for _ in range(rng.randrange(9))] for _ in range(2))
    for first, second in ((reference, hypothesis), ("".join(reference), "".join(hypothesis))):
        found = align(first, second)
        assert found.edits == distance_by_hand(first, second)
        assert found.hits + found.substitutions + found.deletions == len(first)
        assert found.hits + found.substitutions + found.insertions == len(second)
        rebuilt = []
        for run in found.operations:
            rebuilt += (first[run.reference_start:run.reference_end] if run.kind == "equal"
                        else second[run.hypothesis_start:run.hypothesis_end])
        assert list(rebuilt) == list(second)


def test_kinds_of_edits():
    found = align("out-dated", "outdatedx")
    assert (found.hits, found.substitutions, found.deletions, found.insertions) == (8, 0, 1, 1)
    assert [run.kind for run in found.operations] == ["equal", "delete", "equal", "insert"]
