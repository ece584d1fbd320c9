"""Jobs in a process of their own: the window never shares its interpreter with a long batch of fits.

The process runs the same generators as the background thread. What they yield comes over a pipe and is yielded again
here, so pause, cancel and progress are what they are elsewhere: the process waits at each event until it is told to go
on. A project has one writer, the window: the process reads the project and asks the window to write (ADR 27).

What goes through the pipe is pickled by one of the two processes and read by the other; nothing of it is a file.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
import traceback
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from typing import Any

from neuface_core.devices import leave_a_core_free, share_one_heap
from neuface_core.errors import FitError, NeuFaceError
from neuface_core.jobs import Job, Progress

Call = Callable[..., Any]
"""Asks the other process: name of what is wanted, then its arguments."""

_LOOK_EVERY_S = 0.1
_PATIENCE_S = 2.0
_NICE = 5  # where there is nothing better


class WorkerProcess:
    """One process that is started when it is needed and runs one job after the other."""

    def __init__(self) -> None:
        self._process: Any = None
        self._pipe: Connection | None = None
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Number of the process; None while there is none."""
        return self._process.pid if self._process is not None else None

    def job(
        self, make: Callable[..., Job[Any]], *arguments: object, serve: Mapping[str, Callable[..., Any]]
    ) -> Job[Any]:
        """Run `make(call, *arguments)` over there; `call("name", …)` runs `serve["name"](…)` here.

        `make` is a function of a module, and what goes to and fro can be pickled.

        Raises
        ------
        NeuFaceError
            What the job raised; a `FitError` when the process cannot be started or was ended by somebody else.
        """
        last = Progress("models", 0, 0)
        try:
            pipe = self._running()
        except OSError as failed:
            raise _not_started(failed) from failed
        finished = False
        try:
            _send(pipe, ("run", make, arguments))
            while True:
                yield last  # also while nothing comes: here a job is paused and cancelled
                if not pipe.poll(_LOOK_EVERY_S):
                    continue
                kind, *content = pickle.loads(pipe.recv_bytes())
                if kind == "progress":
                    last = content[0]
                    yield last
                    _send(pipe, ("go",))
                elif kind == "call":
                    _send(pipe, _answer(serve[content[0]], content[1], content[2]))
                elif kind == "done":
                    finished = True
                    return content[0]
                else:
                    finished = True
                    words, remedy, path, known, details = content
                    error = FitError(words, remedy=remedy, path=path)
                    error.add_note(details)
                    raise error if known else RuntimeError(f"{words}\n{details}")
        except (EOFError, OSError) as error:
            raise self._gone() from error
        finally:
            if not finished:
                self.close()

    def _running(self) -> Connection:
        with self._lock:
            if self._process is None or not self._process.is_alive() or self._pipe is None:
                context = multiprocessing.get_context("spawn")
                ours, theirs = context.Pipe()
                process = context.Process(target=_serve, args=(theirs,), name="neuface fits", daemon=True)
                process.start()  # what fails to start is not kept: there is nothing to end
                self._process, self._pipe = process, ours
                theirs.close()
            return self._pipe

    def _gone(self) -> FitError:
        from neuface_studio.language import tr  # not above: the other process needs no Qt

        process = self._process
        if process is not None:
            process.join(_PATIENCE_S)
        code = process.exitcode if process is not None else None
        how = (
            tr("by signal {signal}", signal=signal.Signals(-code).name)
            if code is not None and code < 0
            else tr("with status {status}", status=code)
        )
        return FitError(
            tr("The process that fits was ended {how}; what was there before is kept.", how=how), remedy=_more_memory()
        )

    def close(self) -> None:
        """End the process; the next job starts another one. Calling it twice is harmless."""
        with self._lock:
            process, pipe, self._process, self._pipe = self._process, self._pipe, None, None
        if pipe is not None:
            pipe.close()
        if process is not None:
            process.terminate()
            process.join(_PATIENCE_S)
            if process.is_alive():
                process.kill()
                process.join()
            process.close()


def _not_started(error: OSError) -> FitError:
    from neuface_studio.language import tr

    return FitError(
        tr("The process that fits could not be started: {why}.", why=error.strerror or error), remedy=_more_memory()
    )


def _more_memory() -> str:
    from neuface_studio.language import tr

    return tr("Often the memory was full: close other programs, then try again.")


def _answer(served: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
    try:
        return "answer", served(*arguments, **named)
    except NeuFaceError as error:
        return "refused", error.message, error.remedy, error.path


# --- over there


def _serve(pipe: Connection) -> None:
    """The life of the process: jobs until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the window, which ends this process itself
    _give_way()
    leave_a_core_free()
    share_one_heap()

    def call(name: str, *arguments: object, **named: object) -> Any:
        _send(pipe, ("call", name, arguments, named))
        kind, *content = pickle.loads(pipe.recv_bytes())
        if kind == "refused":
            message, remedy, path = content
            raise NeuFaceError(message, remedy=remedy, path=path)
        return content[0]

    while True:
        try:
            _, make, arguments = pickle.loads(pipe.recv_bytes())
            _send(pipe, _drive(pipe, make(call, *arguments)))
        except (EOFError, OSError):
            return


def _give_way() -> None:
    """Let the window have every core that it asks for, at once: what is computed here waits anyway."""
    try:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    except (AttributeError, OSError):  # only Linux has it, and not everybody may
        if hasattr(os, "nice"):
            os.nice(_NICE)


def _drive(pipe: Connection, job: Job[Any]) -> tuple[Any, ...]:
    try:
        while True:
            try:
                event = next(job)
            except StopIteration as stop:
                return "done", stop.value
            _send(pipe, ("progress", event))
            pipe.recv_bytes()  # "go", when the window is not paused
    except (EOFError, OSError):
        raise
    except NeuFaceError as error:
        return "failed", error.message, error.remedy, error.path, True, traceback.format_exc()
    except Exception as error:
        return "failed", f"{type(error).__name__}: {error}", "", None, False, traceback.format_exc()
    finally:
        job.close()


def _send(pipe: Connection, message: tuple[Any, ...]) -> None:
    pipe.send_bytes(pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL))
