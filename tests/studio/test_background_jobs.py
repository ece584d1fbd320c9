"""Work in the background: one end for every job, pause and cancel, and a window that stays alive."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QElapsedTimer, QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QWidget

from neuface_core.errors import FitError
from neuface_core.jobs import Job, Progress
from neuface_core.project import ClipState
from neuface_studio.worker import Failure, JobQueue, Task

from .conftest import Driver, threads_of

# The machine may be busy with other tests: what is asked for here is "alive", benchmarks measure.
LONGEST_GAP_MS = 1000


class Heartbeat:
    """Measures the longest time in which the event loop did not turn."""

    def __init__(self) -> None:
        self.longest_ms = 0.0
        self.beats = 0
        self._clock = QElapsedTimer()
        self._clock.start()
        self._timer = QTimer()
        self._timer.timeout.connect(self._beat)
        self._timer.start(10)

    def _beat(self) -> None:
        self.longest_ms = max(self.longest_ms, self._clock.restart())
        self.beats += 1

    def stop(self) -> None:
        self._timer.stop()


def learning(steps: int) -> Job[int]:
    """An Adam loop like that of a fit."""
    weights = torch.zeros(512, 512, requires_grad=True)
    target = torch.ones(512, 512)
    optimiser = torch.optim.Adam([weights])
    for step in range(steps):
        optimiser.zero_grad()
        loss = ((weights @ weights - target) ** 2).mean()
        loss.backward()
        optimiser.step()
        yield Progress("fit", step + 1, steps, metrics={"loss": loss.item()})
    return steps


def failing() -> Job[None]:
    yield Progress("fit", 0, 1)
    raise FitError("It went wrong.", remedy="Try again.")


def broken() -> Job[None]:
    yield Progress("fit", 0, 1)
    raise ZeroDivisionError


def endless() -> Job[None]:
    while True:
        time.sleep(0.002)
        yield Progress("fit", 1, 2)


def waiting(seconds: float) -> Job[None]:
    """Says how far it is as little as reading the models does."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(0.02)
        yield Progress("models", 0, 0)


class Paints(QObject):
    """Counts how often a window is painted."""

    def __init__(self, window: QWidget) -> None:
        super().__init__()
        self.count = 0
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.UpdateRequest
        return super().eventFilter(watched, event)


def run_all(qtbot: object, *tasks: Task) -> list[tuple[str, str, object]]:
    queue = JobQueue()
    ends: list[tuple[str, str, object]] = []
    queue.ended.connect(lambda task, outcome, result: ends.append((task.title, outcome, result)))
    for task in tasks:
        queue.add(task)
    qtbot.waitUntil(lambda: queue.current is None, timeout=60_000)  # type: ignore[attr-defined]
    return ends


def test_every_job_ends_once_and_a_bad_one_does_not_stop_the_next(qtbot: object) -> None:
    ends = run_all(
        qtbot,
        Task("fit", "one", lambda: learning(5)),
        Task("fit", "two", failing),
        Task("fit", "three", broken),
        Task("fit", "four", lambda: learning(3)),
    )
    assert [(title, outcome) for title, outcome, _ in ends] == [
        ("one", "done"), ("two", "failed"), ("three", "failed"), ("four", "done"),
    ]  # fmt: skip
    assert isinstance(ends[1][2], Failure)
    assert ends[1][2].words == "It went wrong. Try again."
    assert "ZeroDivisionError" in ends[2][2].details  # type: ignore[attr-defined]


def test_progress_comes_ten_times_a_second_at_most(qtbot: object) -> None:
    queue = JobQueue()
    times: list[float] = []
    queue.progressed.connect(lambda *_: times.append(time.monotonic()))
    queue.add(Task("fit", "x", endless))
    qtbot.wait(1500)  # type: ignore[attr-defined]
    queue.cancel()
    qtbot.waitUntil(lambda: queue.current is None)  # type: ignore[attr-defined]
    assert 3 <= len(times) <= 17


def test_a_loss_between_two_events_is_not_lost(qtbot: object) -> None:
    def rare() -> Job[None]:
        for step in range(200):
            time.sleep(0.005)
            yield Progress("fit", step, 200, metrics={"loss": float(step)} if step % 10 == 5 else {})

    queue = JobQueue()
    losses: list[float] = []
    queue.progressed.connect(lambda _, progress, __: losses.extend(progress.metrics.values()))
    queue.add(Task("fit", "x", rare))
    qtbot.waitUntil(lambda: queue.current is None, timeout=20_000)  # type: ignore[attr-defined]
    assert len(losses) >= 4
    assert losses == sorted(losses)


def test_pause_holds_and_cancel_ends(qtbot: object) -> None:
    queue = JobQueue()
    seen: list[object] = []
    ends: list[str] = []
    queue.progressed.connect(lambda *_: seen.append(1))
    queue.ended.connect(lambda _, outcome, __: ends.append(outcome))
    queue.add(Task("fit", "x", endless))
    qtbot.waitUntil(lambda: bool(seen))  # type: ignore[attr-defined]
    queue.toggle_pause()
    qtbot.wait(300)  # type: ignore[attr-defined]
    held = len(seen)
    qtbot.wait(400)  # type: ignore[attr-defined]
    assert len(seen) == held
    queue.toggle_pause()
    qtbot.waitUntil(lambda: len(seen) > held)  # type: ignore[attr-defined]
    queue.toggle_pause()
    queue.cancel()
    qtbot.waitUntil(lambda: queue.current is None)  # type: ignore[attr-defined]
    assert ends == ["cancelled"]


@pytest.mark.gl
def test_the_window_lives_while_a_job_computes(studio: Driver) -> None:
    window = studio.window
    window.background.queue.add(Task("fit", "Fitting", lambda: learning(400)))
    pulse = Heartbeat()
    studio.press(Qt.Key.Key_L)
    studio.wait(lambda: window.job_bar.shows_job)
    studio.wait_for_jobs()
    pulse.stop()
    assert pulse.beats > 10
    assert pulse.longest_ms < LONGEST_GAP_MS


@pytest.mark.gl
def test_a_job_that_cannot_say_how_far_it_is_does_not_keep_the_window_painting(studio: Driver) -> None:
    window = studio.window
    ended: list[str] = []
    window.background.queue.ended.connect(lambda _task, outcome, _result: ended.append(outcome))
    window.background.queue.add(Task("fit", "Fitting", lambda: waiting(4.0)))
    studio.wait(lambda: window.job_bar.shows_job)
    paints = Paints(window)
    studio.wait(lambda: bool(ended))
    window.removeEventFilter(paints)
    assert ended == ["done"]
    assert paints.count < 15


@pytest.mark.gl
def test_closing_the_window_ends_what_runs(studio: Driver) -> None:
    window = studio.window
    window.background.queue.add(Task("fit", "Fitting", endless))
    window.background.queue.add(Task("fit", "Fitting more", endless))
    studio.wait(lambda: window.job_bar.shows_job)
    window.close_at_once()
    assert not threads_of(window)
    assert window.session.project is None


@pytest.mark.gl
def test_closing_while_pictures_are_on_their_way(studio: Driver) -> None:
    window = studio.window
    for frame in (5, 9, 2, 17):
        window.playhead.seek(frame)
    window.review.show_clip("bob")
    time.sleep(0.3)  # the compositor answers; nobody has looked yet
    window.close()
    studio.qtbot.wait(100)  # type: ignore[attr-defined]
    assert not threads_of(window)


@pytest.mark.gl
@pytest.mark.slow
@pytest.mark.clips
def test_a_real_fit_while_another_clip_is_judged(studio: Driver, clips_folder: Path) -> None:
    window = studio.window
    window.files.add_paths([clips_folder / "pyfeat_single_face.mp4"])
    studio.wait(lambda: len(window.model.records) == 5)
    window.review.show_clip("pyfeat_single_face")
    studio.wait_for_clip("pyfeat_single_face")
    pulse = Heartbeat()
    studio.press(Qt.Key.Key_F)
    studio.wait(lambda: window.background.queue.current is not None)
    window.review.show_clip("ada")
    studio.wait_for_clip("ada")
    studio.press(Qt.Key.Key_A)
    assert studio.state("ada") is ClipState.ACCEPTED
    window.review.show_clip("pyfeat_single_face")
    studio.wait_for_clip("pyfeat_single_face")
    studio.wait_for_jobs(240_000)
    pulse.stop()
    assert studio.state("pyfeat_single_face") is ClipState.TO_REVIEW
    studio.wait(lambda: window.stage.clip is not None and window.stage.clip.fit is not None)
    studio.wait(lambda: window.stage.shown_frames == (0, 0, 0))
    assert pulse.longest_ms < LONGEST_GAP_MS
    print(f"longest gap of the event loop: {pulse.longest_ms:.0f} ms in {pulse.beats} beats")
