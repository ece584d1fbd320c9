"""What a line of fits has come to: which failed and why, how long one takes, what that means for the rest."""

from __future__ import annotations

import time
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from neuface_core.project.records import ClipRecord, ClipState
from neuface_studio.worker import Failure, JobQueue, Task

_REMEMBERED = 20  # durations, the latest


@dataclass(frozen=True)
class Mishap:
    """A clip whose fit came to nothing; it can be tried again."""

    clip: str
    words: str
    details: str = ""


class Batch(QObject):
    """Follows a `JobQueue`. Signal `changed()`."""

    changed = Signal()

    def __init__(self, queue: JobQueue) -> None:
        super().__init__(queue)
        self.queue = queue
        self.done = 0
        self.mishaps: dict[str, Mishap] = {}
        self._began = 0.0
        self._took: list[float] = []
        queue.started.connect(self._on_started)
        queue.ended.connect(self._on_ended)
        queue.changed.connect(self.changed)

    @property
    def waiting(self) -> list[Task]:
        """The fits in line behind the one that runs."""
        return [task for task in self.queue.waiting if task.kind == "fit"]

    def seconds_left(self, running_left: float) -> float:
        """Seconds until the line is empty, by what the latest fits took; -1 while nobody can know."""
        waiting = len(self.waiting)
        if waiting and not self._took:
            return -1.0
        mean = sum(self._took) / len(self._took) if self._took else 0.0
        return max(running_left, 0.0) + waiting * mean

    def forget(self) -> None:
        """Another project: its failures are its own."""
        self.mishaps.clear()
        self.done = 0
        self.changed.emit()

    def _on_started(self, task: Task) -> None:
        self._began = time.monotonic()
        if task.kind == "fit":
            self.mishaps.pop(task.clip, None)

    def _on_ended(self, task: Task, outcome: str, result: object) -> None:
        if task.kind != "fit":
            return
        if outcome == "failed" and isinstance(result, Failure):
            self.mishaps[task.clip] = Mishap(task.clip, result.words, result.details)
        elif outcome == "done":
            self.done += 1
            self._took = [*self._took, time.monotonic() - self._began][-_REMEMBERED:]
            if isinstance(result, ClipRecord) and result.state in (ClipState.FAILED, ClipState.SET_ASIDE):
                self.mishaps[task.clip] = Mishap(task.clip, result.reason)
