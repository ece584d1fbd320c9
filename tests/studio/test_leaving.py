"""Going away while a fit runs: the window asks, stops it cleanly, and offers it at the next start."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from neuface_core.jobs import Job, Progress
from neuface_core.project import Project
from neuface_studio.main_window import MainWindow
from neuface_studio.views.question_strip import QuestionStrip
from neuface_studio.worker import Task

from .conftest import WAITING, Driver, threads_of

pytestmark = pytest.mark.gl


def endless() -> Job[None]:
    while True:
        time.sleep(0.002)
        yield Progress("fit", 1, 2)


def _busy(studio: Driver) -> MainWindow:
    window = studio.window
    for clip in ("bob", "cleo"):
        window.background.queue.add(Task("fit", f"Fitting {clip}", endless, clip=clip, owner=window.session.project))
    studio.wait(lambda: window.job_bar.shows_job)
    return window


def _question(window: MainWindow) -> QuestionStrip:
    question = window.work.question
    assert question.isVisible()
    assert question.leave_button.hasFocus(), "Enter alone must not stop a fit"
    return question


def test_closing_asks_and_the_fit_goes_on_meanwhile(studio: Driver) -> None:
    window = _busy(studio)
    seen: list[object] = []
    window.background.queue.progressed.connect(lambda *_: seen.append(1))
    studio.press(Qt.Key.Key_Q, ctrl=True)
    question = _question(window)
    assert "Fitting bob, and 1 more waits in line." in question.text
    studio.wait(lambda: len(seen) > 2)
    studio.press(Qt.Key.Key_Q, ctrl=True)
    assert len(question.buttons) == 2, "it is asked once"
    QTest.keyClick(question.leave_button, Qt.Key.Key_Escape)
    assert not question.isVisible()
    assert window.isVisible()
    assert window.background.queue.current is not None


def test_stop_and_close_is_quick_and_the_next_start_offers_the_rest(studio: Driver, project_path: Path) -> None:
    window = _busy(studio)
    window.close()
    began = time.monotonic()
    _question(window).buttons[0].click()
    assert time.monotonic() - began < 5
    assert not window.isVisible()
    assert window.stopped
    assert not threads_of(window)
    with Project.open(project_path) as project:
        assert project.view_state()["unfinished"] == ["bob", "cleo"]

    again = MainWindow(window.background.device, opengl=window.work.mesh.opengl)
    try:
        again.show()
        assert again.files.open_project(project_path)
        banner = again.work.banner
        assert "3 clips wait for a fit; 2 of them were stopped" in banner.text
        assert banner._action.text() == "Fit all 3  Ctrl+D"
        asked: list[list[str]] = []
        again.background.fit = asked.append  # type: ignore[method-assign, assignment]
        banner._action.click()
        assert asked == [["bob", "cleo", WAITING]]
    finally:
        again.close_at_once()
        again.deleteLater()


def test_another_project_is_opened_only_when_the_fit_may_stop(studio: Driver, tmp_path: Path) -> None:
    other = tmp_path / "other.neuface"
    Project.create(other).close()
    window = _busy(studio)
    here = window.session.project
    assert here is not None
    assert window.files.open_project(here.path), "the project that is open needs no question"
    assert not window.work.question.isVisible()
    assert not window.files.open_project(other)
    question = _question(window)
    assert window.session.project is here
    question.buttons[0].click()
    studio.wait(lambda: window.session.project is not None and window.session.project.path == other)
    studio.wait(lambda: window.background.queue.current is None)
