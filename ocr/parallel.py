"""Work on several items in parallel, and yield the results in order."""
from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Callable, Deque, Generator, Iterable, Tuple, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_order(work: Callable[[Item], Result], items: Iterable[Item],
             jobs: int) -> Generator[Tuple[Item, Callable[[], Result]], None, None]:
    """Yield each item with a function that returns the result of the work on it, or raises its error.

    Parameters
    ----------
    jobs : items that are worked on at the same time, in threads; with 1 the work is done when the function is called.
        No work is started once the iterator is closed.
    """
    if jobs == 1:
        yield from ((item, partial(work, item)) for item in items)
        return
    pool = ThreadPoolExecutor(jobs)
    waiting: Deque[Tuple[Item, Future[Result]]] = deque()
    try:
        for item in items:
            waiting.append((item, pool.submit(work, item)))
            if len(waiting) > jobs:                         # one more than are worked on is ready
                first, future = waiting.popleft()
                yield first, future.result
        for first, future in waiting:
            yield first, future.result
    finally:
        pool.shutdown(cancel_futures=True)
