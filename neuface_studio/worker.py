"""Jobs of `neuface_core` on a background thread: progress, pause, cancel, and exactly one end.

One job at a time, the rest wait in line: fits compete for the same cores and the same memory.

The background thread is a plain Python thread that knows nothing of Qt: it puts what happens into a queue, and a timer
of the GUI thread empties it. A `QThread` whose `run` was Python, and whose signals were connected to lambdas, crashed
now and then while it was taken down.
"""

from __future__ import annotations

import queue
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from neuface_core.devices import leave_a_core_free
from neuface_core.errors import CancelledError, NeuFaceError
from neuface_core.jobs import Job, JobControl, Progress, run
from neuface_studio.language import tr

PROGRESS_INTERVAL_S = 0.1
STOP_DEADLINE_MS = 5_000
THREAD_NAME = "neuface job"
_LOOK_EVERY_MS = 20


@dataclass(frozen=True)
class Failure:
    """Why a job failed: `words` for the banner (`advised`: with what to do), `details` for whoever asks."""

    words: str
    details: str
    advised: bool = False


class JobThread(threading.Thread):
    """Drives one job; `events` gets `Progress` at most ten times a second, then one pair of outcome and result."""

    def __init__(self, make_job: Callable[[], Job[Any]], control: JobControl) -> None:
        super().__init__(name=THREAD_NAME, daemon=True)
        self.events: queue.SimpleQueue[Progress | tuple[str, object]] = queue.SimpleQueue()
        self._make_job = make_job
        self._control = control
        self._last = 0.0
        self._stage = ""
        self._metrics: dict[str, float] = {}
        self._preview: object = None

    def run(self) -> None:
        # Qt draws on one core and torch computes on the others; with all of them the window would stutter.
        leave_a_core_free()
        try:
            result = run(self._make_job(), control=self._control, on_progress=self._report)
        except CancelledError:
            self.events.put(("cancelled", None))
        except NeuFaceError as error:
            self.events.put(("failed", Failure(str(error), traceback.format_exc(), bool(error.remedy))))
        except Exception as error:
            words = tr(
                "Something unexpected went wrong: {kind}: {error}. The project is untouched.",
                kind=type(error).__name__,
                error=error,
            )
            self.events.put(("failed", Failure(words, traceback.format_exc())))
        else:
            self.events.put(("done", result))

    def _report(self, progress: Progress) -> None:
        # Numbers such as the loss come with some events only: they wait for the next one that is let through.
        self._metrics = {**self._metrics, **progress.metrics}
        self._preview = progress.preview or self._preview
        now = time.monotonic()
        ended = progress.total > 0 and progress.done >= progress.total
        if progress.stage != self._stage or ended or now - self._last >= PROGRESS_INTERVAL_S:
            self._last, self._stage = now, progress.stage
            self.events.put(replace(progress, metrics=self._metrics, preview=self._preview))
            self._metrics, self._preview = {}, None


@dataclass(eq=False)
class Task:
    """A job in the line.

    Attributes
    ----------
    kind
        "fit", "export", "add".
    title
        What the status bar says.
    clip
        Name of the clip, or "".
    make_job
        Makes the generator; called on the background thread.
    owner
        The project that it belongs to; its end is not announced to another one.
    """

    kind: str
    title: str
    make_job: Callable[[], Job[Any]]
    clip: str = ""
    owner: object = None
    control: JobControl = field(default_factory=JobControl)


class JobQueue(QObject):
    """Tasks one after the other.

    Signals
    -------
    started(Task), progressed(Task, Progress, seconds left or -1)
    ended(Task, outcome, result)
        `outcome` is "done", "failed" (`result` is a `Failure`) or "cancelled"; once for every task that was added.
    changed()
        What runs or waits is different.
    """

    started = Signal(object)
    progressed = Signal(object, object, float)
    ended = Signal(object, str, object)
    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: deque[Task] = deque()
        self._thread: JobThread | None = None
        self._task: Task | None = None
        self._stage = ""
        self._stage_began = 0.0
        self._look = QTimer(self)
        self._look.setInterval(_LOOK_EVERY_MS)
        self._look.timeout.connect(self._empty)

    @property
    def current(self) -> Task | None:
        return self._task

    @property
    def waiting(self) -> tuple[Task, ...]:
        return tuple(self._waiting)

    def add(self, *tasks: Task) -> None:
        """Put tasks at the end of the line; a clip that is being fitted, or will be, is not added twice."""
        known = {(t.kind, t.clip) for t in (*self._waiting, *([self._task] if self._task else []))}
        for task in tasks:
            if not task.clip or (task.kind, task.clip) not in known:
                known.add((task.kind, task.clip))
                self._waiting.append(task)
        self._next()
        self.changed.emit()

    def move(self, task: Task, place: int) -> None:
        """Give a waiting task another place in the line, 0 for the next one; nothing where it does not wait."""
        if task in self._waiting:
            self._waiting.remove(task)
            self._waiting.insert(place, task)
            self.changed.emit()

    def remove(self, task: Task) -> None:
        """Take a waiting task out of the line."""
        if task in self._waiting:
            self._waiting.remove(task)
            self.ended.emit(task, "cancelled", None)
            self.changed.emit()

    def toggle_pause(self) -> None:
        if self._task is not None:
            control = self._task.control
            if control.paused:
                control.resume()
                self._stage = ""  # the time left is estimated anew
            else:
                control.pause()
            self.changed.emit()

    def cancel(self) -> None:
        """Stop the running task; the next one in the line follows."""
        if self._task is not None:
            self._task.control.cancel()

    def cancel_all(self) -> None:
        dropped = list(self._waiting)
        self._waiting.clear()
        for task in dropped:
            self.ended.emit(task, "cancelled", None)
        self.cancel()
        self.changed.emit()

    def stop(self) -> bool:
        """Cancel everything and wait, at most `STOP_DEADLINE_MS`; True when no thread is left."""
        self.cancel_all()
        thread = self._thread
        if thread is None:
            return True
        thread.join(STOP_DEADLINE_MS / 1000)
        return not thread.is_alive()

    def _next(self) -> None:
        if self._thread is not None or not self._waiting:
            return
        self._task = task = self._waiting.popleft()
        self._stage = ""
        self._thread = JobThread(task.make_job, task.control)
        self.started.emit(task)
        self._thread.start()
        self._look.start()

    def _empty(self) -> None:
        """Tell what happened since the last look."""
        thread = self._thread
        while thread is not None and thread is self._thread:
            try:
                event = thread.events.get_nowait()
            except queue.Empty:
                return
            if isinstance(event, Progress):
                self._on_progress(event)
            else:
                self._end(*event)

    def _on_progress(self, progress: Progress) -> None:
        now = time.monotonic()
        if progress.stage != self._stage:
            self._stage, self._stage_began = progress.stage, now
        spent = now - self._stage_began
        left = spent * (1 - progress.fraction) / progress.fraction if progress.fraction > 0.03 and spent > 0.5 else -1.0
        if self._task is not None:
            self.progressed.emit(self._task, progress, left)

    def _end(self, outcome: str, result: object) -> None:
        self.ended.emit(self._task, outcome, result)
        self._look.stop()
        self._thread = self._task = None
        self._next()
        self.changed.emit()
