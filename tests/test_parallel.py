"""Several things at a time: the order stays, errors come where they belong, and nothing more is begun after the end."""
from __future__ import annotations

from contextlib import closing
from threading import Barrier, Event

import pytest

from ocr.parallel import in_order


def square(number):
    if number == 3:
        raise ValueError("three")
    return number * number


@pytest.mark.parametrize("jobs", [1, 2, 5, 20])
def test_results_and_errors_come_in_order(jobs):
    found = []
    for number, result in in_order(square, range(8), jobs):
        try:
            found.append((number, result()))
        except ValueError as error:
            found.append((number, str(error)))
    assert found == [(number, "three" if number == 3 else number * number) for number in range(8)]


def test_so_many_are_worked_on_at_once():
    together = Barrier(3, timeout=20)                       # breaks, and so fails, unless three come
    assert [result() for _, result in in_order(lambda _: together.wait() >= 0, range(6), 3)] == [True] * 6


def test_one_job_works_only_when_it_is_asked():
    done = []
    results = [result for _, result in in_order(done.append, "abc", 1)]
    assert done == []
    results[1]()
    assert done == ["b"]


def test_items_are_not_taken_long_before_they_are_needed():
    taken = []
    with closing(in_order(lambda number: number, (taken.append(n) or n for n in range(1000)), 4)) as results:
        next(results)
        assert len(taken) <= 6


def test_nothing_is_begun_after_it_is_closed():
    begun, go = [], Event()

    def work(number):
        begun.append(number)
        go.wait(20)

    with pytest.raises(KeyboardInterrupt), closing(in_order(work, range(100), 2)) as results:
        for _ in results:
            go.set()
            raise KeyboardInterrupt
    assert len(begun) <= 3
