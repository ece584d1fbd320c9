"""Long work as generators: a job yields `Progress` and returns its result.

Whoever runs the job (terminal, window, test) drives the generator with `run`, which is also where it can be paused and
cancelled: between two events. A job therefore yields often (ten times a second or more) and keeps no thread of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from neuface_core.errors import CancelledError

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of a job.

    Attributes
    ----------
    stage
        Word for what is being done: "decode", "landmarks", "encode", "fit", "export", "render".
    done, total
        Steps done and steps in all; `total` is 0 when it is not known.
    clip
        Name of the clip, or "".
    metrics
        Numbers worth showing, for example ``{"loss": 0.12}``.
    preview
        The result so far, where a job has one that is worth a look (`fitting.refit.SpanPreview`).
    """

    stage: str
    done: int
    total: int
    clip: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    preview: object = None

    @property
    def fraction(self) -> float:
        """Share done in [0, 1]; 0 when the total is not known."""
        return min(1.0, self.done / self.total) if self.total > 0 else 0.0


Job = Generator[Progress, None, Result]


class JobControl:
    """Pause and cancel, safe to call from any thread."""

    def __init__(self) -> None:
        self._go = threading.Event()
        self._go.set()
        self._cancelled = threading.Event()

    def pause(self) -> None:
        self._go.clear()

    def resume(self) -> None:
        self._go.set()

    def cancel(self) -> None:
        self._cancelled.set()
        self._go.set()

    @property
    def paused(self) -> bool:
        return not self._go.is_set()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def checkpoint(self) -> None:
        """Wait while paused.

        Raises
        ------
        CancelledError
            When the job was cancelled.
        """
        self._go.wait()
        if self._cancelled.is_set():
            raise CancelledError("The job was cancelled.", remedy="What was finished before is kept.")


def run(
    job: Job[Result],
    *,
    control: JobControl | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Result:
    """Drive `job` to its end and return what it returns.

    Raises
    ------
    CancelledError
        When `control` was cancelled; the generator is closed first, so that its `finally` blocks run.
    """
    try:
        while True:
            if control is not None:
                control.checkpoint()
            try:
                event = next(job)
            except StopIteration as stop:
                result: Result = stop.value
                return result
            if on_progress is not None:
                on_progress(event)
    finally:
        job.close()
