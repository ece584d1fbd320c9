"""While one clip is optimised, the next one is decoded and its landmarks found: a batch of clips keeps two cores busy.

What is looked at is the same, in the same order for every clip, so that the results do not depend on it.
"""

from __future__ import annotations

import queue
import threading
import time
from types import TracebackType
from typing import Self

from neuface_core.jobs import Job, Progress
from neuface_core.pipeline_views import SeenClip

# A batch that is paused, or whose owner waits for something else, is not worked ahead of for ever.
_PATIENCE_SECONDS = 5.0
_POLL_SECONDS = 0.05


class LookAhead:
    """One job on a thread of its own, whose progress and result are taken later; a context manager.

    The job must yield often. It is closed, on its thread, when the block ends.
    """

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._name = ""
        self._events: queue.SimpleQueue[Progress] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._result: SeenClip | None = None
        self._error: BaseException | None = None
        self._heard = 0.0

    def start(self, name: str, job: Job[SeenClip]) -> None:
        """Look at the clip `name` from now on; what was begun before and not taken is dropped."""
        self._drop()
        self._name, self._stop, self._events = name, threading.Event(), queue.SimpleQueue()
        self._result = self._error = None
        self.heard()
        self._thread = threading.Thread(target=self._drive, args=(job,), name="look-ahead", daemon=True)
        self._thread.start()

    def heard(self) -> None:
        """Say that the owner is still going on: the thread rests when it hears nothing for some seconds."""
        self._heard = time.monotonic()

    def has(self, name: str) -> bool:
        """Whether the clip `name` is being looked at, or ready."""
        return self._thread is not None and self._name == name

    def take(self) -> Job[SeenClip]:
        """Wait for what was begun, with its progress, and hand it over with whatever error it ended in."""
        thread = self._thread
        assert thread is not None
        while True:
            ended = not thread.is_alive()
            self.heard()
            try:
                yield self._events.get(timeout=0 if ended else _POLL_SECONDS)
            except queue.Empty:
                if ended:
                    break
        self._thread = None
        if self._error is not None:
            raise self._error
        result, self._result = self._result, None
        assert result is not None
        return result

    def _drive(self, job: Job[SeenClip]) -> None:
        try:
            while not self._stop.is_set():
                if time.monotonic() - self._heard > _PATIENCE_SECONDS:
                    time.sleep(_POLL_SECONDS)
                    continue
                try:
                    self._events.put(next(job))
                except StopIteration as stop:
                    self._result = stop.value
                    return
        except BaseException as error:
            self._error = error
        finally:
            job.close()

    def _drop(self) -> None:
        """End what is going on, and give back what nobody took."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._result is not None:
            self._result.close()
            self._result = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._drop()
