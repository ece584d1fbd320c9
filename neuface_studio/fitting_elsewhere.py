"""A fit in a process of its own: it reads the project there, and the window writes what came of it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import torch

from neuface_core.jobs import Job
from neuface_core.pipeline import put_back
from neuface_core.project import Project
from neuface_core.project.records import ClipRecord, ClipState
from neuface_studio.worker_process import Call, WorkerProcess

WRITES = ("save_landmarks", "save_fit", "set_state", "select_track")
"""What a fit writes into a project."""


class _Borrowed(Project):
    """A project that is read here and written by the process that has it open for writing."""

    _call: Call

    def save_landmarks(self, *arguments: Any, **named: Any) -> None:
        self._call("save_landmarks", *arguments, **named)

    def save_fit(self, *arguments: Any, **named: Any) -> str:
        return str(self._call("save_fit", *arguments, **named))

    def set_state(self, *arguments: Any, **named: Any) -> ClipRecord:
        self._call("set_state", *arguments, **named)
        return self.clip(arguments[0])

    def select_track(self, *arguments: Any, **named: Any) -> None:
        self._call("select_track", *arguments, **named)


@cache
def _fitting(device: str) -> Any:
    """The networks are read once in the life of the process."""
    from neuface_studio.tasks import Fitting

    return Fitting(torch.device(device))


def fit_borrowed(
    call: Call, path: str, device: str, name: str, face: tuple[int, int] | None, view: int
) -> Job[ClipRecord]:
    """Over there: fit a clip of the project at `path`."""
    with _Borrowed.open(path, read_only=True) as project:
        project._call = call
        record: ClipRecord = yield from _fitting(device).here(project, name, face, view)
        return record


def fit_elsewhere(
    process: WorkerProcess, project: Project, device: torch.device, name: str, face: tuple[int, int] | None, view: int
) -> Job[ClipRecord]:
    """Here: the same job as `tasks.Fitting.here`, computed by `process`."""
    serve = {method: getattr(project, method) for method in WRITES}
    path = str(Path(project.path))
    before = project.clip(name)
    found = project.load_landmarks(name, view) if face else None
    try:
        yield from process.job(fit_borrowed, path, str(device), name, face, view, serve=serve)
    except BaseException:
        # The process was ended, by a person who stopped the fit or by the system: it could not tidy up itself.
        now = project.clip(name)
        if now.state is ClipState.FITTING:
            put_back(project, before)
        if found is not None and now.run == before.run:
            project.select_track(name, found[1], view)
        raise
    return project.clip(name)
