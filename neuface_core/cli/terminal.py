"""How the verbs talk: tables and errors in colour, bars with the time left, and nothing but JSON for scripts."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from neuface_core import jobs
from neuface_core.jobs import Job, Result

USER_ERROR = 1
SOME_FAILED = 3

_WIDE, _HIGH = 160, 50
_WORDS = {
    "models": "loading the models",
    "look": "looking at the files",
    "add": "adding",
    "check": "hashing and loading",
    "download": "downloading",
    "import": "reading the track",
    "landmarks": "finding landmarks",
    "decode": "cutting crops",
    "encode": "first answer",
    "fit": "fitting",
    "gradients": "mapping what moves the mesh",
    "score": "measuring",
    "export": "exporting",
    "render": "drawing",
    "verify": "checking",
    "train": "training",
    "trust": "learning when to trust it",
}


def output() -> Console:
    """Standard output; wide where it is no terminal, so that a table in a log file keeps its columns."""
    if sys.stdout.isatty():
        return Console()
    # With a height as well: a "dumb" terminal in colour would be taken for one of 80 columns.
    return Console(width=_WIDE, height=_HIGH)


def errors() -> Console:
    """Standard error: messages and bars, so that standard output can be piped."""
    return Console(stderr=True)


def count(number: int, noun: str) -> str:
    """`1 clip`, `2 clips`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def print_json(value: Any) -> None:
    """JSON on standard output, with null for what is not a number."""
    json.dump(plain(value), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


def plain(value: Any) -> Any:
    """The same, with None for numbers that are not finite: JSON has no word for them."""
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


def run(job: Job[Result], *, quiet: bool = False, on_progress: Callable[[jobs.Progress], None] | None = None) -> Result:
    """Drive a job with a bar on standard error that says what is done, of which clip, and how long it still takes.

    Ctrl+C closes the job, so that what it was working on is put back in order, before it ends the program.
    """
    console = errors()
    if quiet:
        return jobs.run(job, on_progress=on_progress)
    if not console.is_terminal:
        return jobs.run(job, on_progress=_Lines(console, on_progress))
    columns = (
        TextColumn("[bold]{task.fields[clip]}"),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
        TextColumn("[dim]{task.fields[numbers]}"),
    )
    with Progress(*columns, console=console, transient=True, refresh_per_second=10) as bars:
        return jobs.run(job, on_progress=_Bars(bars, on_progress))


class _Bars:
    """One bar a stage; those of the clip before disappear."""

    def __init__(self, bars: Progress, then: Callable[[jobs.Progress], None] | None) -> None:
        self._bars, self._then = bars, then
        self._clip = ""
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, event: jobs.Progress) -> None:
        if event.clip != self._clip:
            for task in self._tasks.values():
                self._bars.remove_task(task)
            self._tasks.clear()
            self._clip = event.clip
        if event.stage not in self._tasks:
            for task in self._tasks.values():
                # A loop that converged early is done all the same.
                self._bars.update(task, total=1, completed=1)
            words = _WORDS.get(event.stage, event.stage)
            self._tasks[event.stage] = self._bars.add_task(words, clip=event.clip, numbers="")
        task = self._tasks[event.stage]
        self._bars.update(task, completed=event.done, total=event.total if event.total > 0 else None)
        if event.metrics:
            numbers = " ".join(f"{name} {value:.3g}" for name, value in event.metrics.items())
            self._bars.update(task, numbers=numbers)
        if self._then is not None:
            self._then(event)


class _Lines:
    """One line a clip and stage where there is no terminal: a log stays readable."""

    def __init__(self, console: Console, then: Callable[[jobs.Progress], None] | None) -> None:
        self._console, self._then = console, then
        self._last = ("", "")

    def __call__(self, event: jobs.Progress) -> None:
        if (event.clip, event.stage) != self._last and event.stage in _WORDS:
            self._last = (event.clip, event.stage)
            words = f"{event.clip}: {_WORDS[event.stage]}" if event.clip else _WORDS[event.stage]
            self._console.print(words, markup=False, highlight=False, soft_wrap=True)
        if self._then is not None:
            self._then(event)
