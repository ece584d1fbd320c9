"""Going away while something runs: nobody loses a fit by accident, and nobody waits for one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from neuface_core.project.clip_list import ClipList
from neuface_core.project.records import ClipState
from neuface_studio.questions import LEAVE, leave_question
from neuface_studio.views.question_strip import QuestionStrip
from neuface_studio.worker import JobQueue


class Leaving(QObject):
    """Asks before jobs are stopped."""

    def __init__(self, window: QWidget, queue: JobQueue, strip: QuestionStrip) -> None:
        super().__init__(window)
        self._window, self._queue, self._strip = window, queue, strip
        queue.changed.connect(self._on_changed)

    def ask(self, words: str, then: Callable[[], None]) -> bool:
        """False where nothing runs; else the question is on the screen, and `then` follows where `words` is chosen."""
        task = self._queue.current
        app = QGuiApplication.instance()
        # A machine that shuts down waits for nobody's answer.
        if task is None or (isinstance(app, QGuiApplication) and app.isSavingSession()):
            return False
        self._strip.ask(leave_question(task, len(self._queue.waiting), words, then))
        if self._window.isMinimized():
            self._window.showNormal()
        self._window.raise_()
        return True

    def _on_changed(self) -> None:
        if self._queue.current is None:
            self._strip.withdraw(LEAVE)  # nothing is lost any more

    def unfinished(self) -> tuple[str, ...]:
        """Clips whose fit runs or waits in line, for the next start."""
        tasks = (*((self._queue.current,) if self._queue.current else ()), *self._queue.waiting)
        return tuple(task.clip for task in tasks if task.kind == "fit")


def still_to_fit(clips: ClipList, unfinished: tuple[str, ...]) -> list[str]:
    """Clips that a new start offers to fit: those that wait, and those whose fit was stopped by closing."""
    rows = {int(row) for row in clips.rows_in(ClipState.WAITING)}
    rows |= {row for name in unfinished if (row := clips.row_of(name)) is not None}
    return [clips.names[row] for row in sorted(rows) if clips.n_frames[row]]
