"""A small job beside the line of jobs: about the clip on show, and of no use once another one is shown."""

from __future__ import annotations

import queue
from collections.abc import Callable, Hashable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from neuface_core.jobs import Job, JobControl, Progress
from neuface_studio.worker import STOP_DEADLINE_MS, JobThread

_LOOK_EVERY_MS = 50


class SideJob(QObject):
    """Runs one job at a time; the next one takes the place of the one before, which is cancelled.

    Signals
    -------
    done(key, result)
        Of the latest job only. A job that fails says nothing: what it would have made is not shown.
    """

    done = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._key: Hashable = None
        self._current: tuple[JobThread, JobControl] | None = None
        self._leaving: list[JobThread] = []
        self._paused = False
        self._look = QTimer(self)
        self._look.setInterval(_LOOK_EVERY_MS)
        self._look.timeout.connect(self._empty)

    @property
    def key(self) -> Hashable:
        """What the running job is about; None while none runs."""
        return self._key

    def start(self, key: Hashable, make_job: Callable[[], Job[Any]]) -> None:
        """Run a job; nothing where one about the same is under way."""
        if key == self._key:
            return
        self.cancel()
        control = JobControl()
        if self._paused:
            control.pause()
        thread = JobThread(make_job, control)
        self._key, self._current = key, (thread, control)
        thread.start()
        self._look.start()

    def cancel(self) -> None:
        """Nobody waits for the result any more."""
        if self._current is not None:
            self._current[1].cancel()
            self._leaving = [old for old in (*self._leaving, self._current[0]) if old.is_alive()]
        self._key, self._current = None, None
        self._look.stop()

    def pause(self, paused: bool) -> None:
        """Let the processor to something more urgent for a while."""
        self._paused = paused
        if self._current is not None:
            control = self._current[1]
            (control.pause if paused else control.resume)()

    def stop(self) -> None:
        """Cancel, and wait until no thread is left."""
        self.cancel()
        for thread in self._leaving:
            thread.join(STOP_DEADLINE_MS / 1000)
        self._leaving.clear()

    def _empty(self) -> None:
        """Take what the thread said since the last look."""
        while self._current is not None:
            try:
                event = self._current[0].events.get_nowait()
            except queue.Empty:
                return
            if isinstance(event, Progress):
                continue
            key, (outcome, result) = self._key, event
            self._key, self._current = None, None
            self._look.stop()
            if outcome == "done":
                self.done.emit(key, result)
