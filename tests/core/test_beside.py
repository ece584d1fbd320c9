"""Calls on a second thread: the same answers in the same order, and what they raise arrives."""

from __future__ import annotations

import threading

import pytest
import torch

from neuface_core import beside as module
from neuface_core.beside import beside, each

CPU = torch.device("cpu")


@pytest.fixture(params=[True, False], ids=["second core", "one core"])
def cores(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "second_core", lambda device: request.param)


@pytest.mark.usefixtures("cores")
def test_answers_come_in_the_order_of_the_items() -> None:
    assert list(each(lambda n: n * n, range(20), CPU)) == [n * n for n in range(20)]


@pytest.mark.usefixtures("cores")
def test_what_a_call_raises_is_raised_where_its_answer_is_asked_for() -> None:
    def call(n: int) -> float:
        return 1.0 / (3 - n)

    answers = each(call, range(6), CPU)
    assert [next(answers) for _ in range(3)] == [1 / 3, 1 / 2, 1.0]
    with pytest.raises(ZeroDivisionError):
        next(answers)
    with pytest.raises(ZeroDivisionError), beside(CPU) as reading:
        reading.ask(call, 3).result()


def test_a_paused_job_comes_to_rest_and_leaves_no_thread() -> None:
    asked: list[int] = []
    before = threading.active_count()
    answers = each(asked.append, range(100), CPU)
    next(answers)
    answers.close()  # type: ignore[attr-defined]
    assert len(asked) <= 1 + module.AT_ONCE
    assert threading.active_count() == before


def test_torch_with_threads_of_its_own_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)
    assert not module.second_core(CPU)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    assert not module.second_core(torch.device("cuda"))
