"""Calls of networks on a second thread, where there is a core for it: the same answers, in the same order.

PyTorch lets go of Python while it computes, so that one thread can wait for a network while another prepares what the
next call needs. Two cores gain more by this than by two threads inside of every product, which wait for each other.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

import torch

Given = ParamSpec("Given")
Item = TypeVar("Item")
Answer = TypeVar("Answer")

AT_ONCE = 2
"""Calls that are under way together; so a job that nobody asks on, because it is paused, comes to rest."""


def second_core(device: torch.device) -> bool:
    """Whether a second thread has a core of its own: torch uses one of several, and no graphics card does the work."""
    return device.type == "cpu" and torch.get_num_threads() == 1 and (os.cpu_count() or 1) > 1


class Beside:
    """Runs calls in their order on threads of its own, or at once where there is no second core."""

    def __init__(self, pool: ThreadPoolExecutor | None) -> None:
        self._pool = pool

    def ask(self, call: Callable[Given, Answer], *args: Given.args, **named: Given.kwargs) -> Future[Answer]:
        """The answer to come; what the call raises is raised by its ``result()``."""
        if self._pool is not None:
            return self._pool.submit(call, *args, **named)
        answer: Future[Answer] = Future()
        try:
            answer.set_result(call(*args, **named))
        except Exception as error:
            answer.set_exception(error)
        return answer


@contextmanager
def beside(device: torch.device, threads: int = 1) -> Iterator[Beside]:
    """A `Beside` for calls of networks on `device`; at its end, calls that have not begun are dropped."""
    if not second_core(device):
        yield Beside(None)
        return
    pool = ThreadPoolExecutor(threads, thread_name_prefix="beside")
    try:
        yield Beside(pool)
    finally:
        pool.shutdown(cancel_futures=True)


def each(call: Callable[[Item], Answer], items: Iterable[Item], device: torch.device) -> Iterator[Answer]:
    """``call(item)`` of every item, in their order, two at a time where there is a second core."""
    asked: deque[Future[Answer]] = deque()
    with beside(device, AT_ONCE) as threads:
        for item in items:
            asked.append(threads.ask(call, item))
            if len(asked) == AT_ONCE:
                yield asked.popleft().result()
        while asked:
            yield asked.popleft().result()
