"""The window's long work, as jobs of `neuface_core`: add, fit, export. It all runs on the background thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core.errors import ExportError
from neuface_core.export.hdf5 import export_dataset
from neuface_core.export.verify import verify_job
from neuface_core.export.write_files import export_files
from neuface_core.jobs import Job, Progress
from neuface_core.landmarks.second_guess import Guesser, SecondGuess
from neuface_core.pipeline import FitModels, fit_clip
from neuface_core.pipeline_refit import refit_clip
from neuface_core.pipeline_settings import PipelineSettings
from neuface_core.pipeline_views import detect_clip
from neuface_core.project import Project
from neuface_core.project.records import ClipRecord
from neuface_core.study.comparison import fit_flame
from neuface_core.study.gradient_maps import make_gradients
from neuface_studio.fitting_elsewhere import fit_elsewhere
from neuface_studio.grouping import Grouping, find, may_be_views
from neuface_studio.language import tr
from neuface_studio.opened_clip import ClipFiles
from neuface_studio.seen import Seen, write_seen
from neuface_studio.worker import Task
from neuface_studio.worker_process import WorkerProcess


@dataclass(frozen=True)
class Added:
    """What came of adding files: records in their order, and why others were left out.

    `to_ask` are paths of which a person has to say first whether they are views of one clip; nothing was added then.
    """

    records: tuple[ClipRecord, ...]
    problems: tuple[str, ...]
    to_ask: tuple[Path, ...] = ()


class Fitting:
    """Makes fit tasks that share the networks: these are read once, not for every clip.

    Parameters
    ----------
    process
        Where fits run while `elsewhere` is set; on the background thread without it.
    """

    def __init__(self, device: torch.device, process: WorkerProcess | None = None) -> None:
        self.device = device
        self._process = process
        self.elsewhere = False
        self._settings: PipelineSettings | None = None
        self._models: FitModels | None = None
        self._models_on = device

    def task(self, project: Project, name: str, face: tuple[int, int] | None = None, view: int = 0) -> Task:
        """Fit one clip; `face` is the number, from 0, of another person in a view, and how many there are."""
        title = tr("Fitting {name}", name=name)
        if face:
            title = tr("Fitting {name}, face {face} of {count}", name=name, face=face[0] + 1, count=face[1])
        return Task("fit", title, lambda: self._job(project, name, face, view), clip=name, owner=project)

    def _job(self, project: Project, name: str, face: tuple[int, int] | None, view: int) -> Job[ClipRecord]:
        if self.elsewhere and self._process is not None:
            return fit_elsewhere(self._process, project, self.device, name, face, view)
        return self.here(project, name, face, view)

    def here(self, project: Project, name: str, face: tuple[int, int] | None, view: int) -> Job[ClipRecord]:
        """The fit on the thread that drives the job."""
        found = project.load_landmarks(name, view) if face else None
        run = project.clip(name).run
        try:
            if face is not None:
                project.select_track(name, face[0], view)
            return (yield from self._fit(project, name))
        finally:
            # Stopped or failed: the fit that is kept is still of the person before.
            if found is not None and project.clip(name).run == run:
                project.select_track(name, found[1], view)

    def _fit(self, project: Project, name: str) -> Job[ClipRecord]:
        settings = yield from self._read_models(project, name)
        return (yield from fit_clip(project, name, settings, self._models_on, self._models))

    def refit_task(self, project: Project, name: str) -> Task:
        """Fit anew what a person corrected in one clip."""
        return Task(
            "refit", tr("Fitting {name} anew", name=name), lambda: self._refit(project, name), clip=name, owner=project
        )

    def _refit(self, project: Project, name: str) -> Job[ClipRecord]:
        settings = yield from self._read_models(project, name)
        return (yield from refit_clip(project, name, settings, self._models_on, self._models))

    def detect_task(self, project: Project, name: str) -> Task:
        """Find the landmarks of one clip, for a person to verify."""
        title = tr("Finding landmarks in {name}", name=name)
        return Task("detect", title, lambda: self._detect(project, name), clip=name, owner=project)

    def _detect(self, project: Project, name: str) -> Job[ClipRecord]:
        settings = yield from self._read_models(project, name)
        assert self._models is not None
        return (yield from detect_clip(project, name, settings, self._models.detector))

    def _read_models(self, project: Project, name: str) -> Job[PipelineSettings]:
        settings = PipelineSettings.of_project(project.settings, project.path)
        yield Progress("models", 0, 1, name)
        if self._models is None or self._settings != settings or self._models_on != self.device:
            self._models_on = self.device
            self._models = FitModels.load(settings, self._models_on)
            self._settings = settings
        return settings


class Guessing:
    """Makes jobs that ask a detector again about one face; its networks are read once."""

    def __init__(self, device: torch.device) -> None:
        self._guesser = Guesser(device)

    def job(
        self, project: Project, name: str, view: int, frame: int, points: NDArray[np.float32], detector: str
    ) -> Job[SecondGuess | None]:
        """Another answer for the face at `points` (68, 2) in a frame; None where no face is seen."""
        yield Progress("landmarks", 0, 1, name)
        with project.open_view(name, view) as source:
            return self._guesser.guess(source.frame(frame), points, detector)


def add_task(project: Project, paths: Sequence[Path], grouping: Grouping = Grouping.ASK) -> Task:
    """Look for videos in `paths` and add them."""
    return Task("add", tr("Adding videos"), lambda: _add(project, paths, grouping), owner=project)


def _add(project: Project, paths: Sequence[Path], grouping: Grouping) -> Job[Added]:
    if grouping is Grouping.ASK and (yield from may_be_views(paths)):
        return Added((), (), tuple(paths))
    found = find(paths, grouping)
    records: list[ClipRecord] = []
    for done, clip in enumerate(found.clips):
        yield Progress("add", done, len(found.clips), clip.name)
        records += project.add_clips([clip])
    return Added(tuple(records), tuple(str(problem) for problem in found.problems))


def export_task(project: Project, path: Path, *, vertices: bool) -> Task:
    """Write the accepted clips to `path` and check what was written."""
    return Task(
        "export", tr("Exporting {name}", name=path.name), lambda: _export(project, path, vertices), owner=project
    )


def _export(project: Project, path: Path, vertices: bool) -> Job[Path]:
    yield from export_dataset(project, path, include_vertices=vertices)
    report = yield from verify_job(path)
    if report.problems:
        raise ExportError(
            tr("The dataset was written but does not verify: {problem}", problem=report.problems[0]),
            remedy=tr("Export again."),
            path=path,
        )
    return path


def export_files_task(
    project: Project, out: Path, name: str, clips: Sequence[str] | None = None, *, force: bool = False
) -> Task:
    """Write clips in the format called `name`; the accepted ones where none are named."""
    title = tr("Exporting {name}", name=name)
    return Task("export", title, lambda: export_files(project, out, name, clips=clips, force=force), owner=project)


def flame_task(project: Project, name: str, device: torch.device) -> Task:
    """FLAME fitting of a clip, kept beside its fit."""
    return Task(
        "flame", tr("FLAME fitting of {name}", name=name), lambda: fit_flame(project, name, device), name, project
    )


def gradient_task(project: Project, name: str, device: torch.device) -> Task:
    """The gradient map of a clip, kept beside its fit."""
    return Task(
        "gradients",
        tr("Gradient map of {name}", name=name),
        lambda: make_gradients(project, name, device),
        name,
        project,
    )


def film_task(project: Project, name: str, files: ClipFiles, seen: Seen, span: tuple[int, int], path: Path) -> Task:
    """A video of what is seen of a clip."""
    return Task(
        "film", tr("Writing {name}", name=path.name), lambda: write_seen(files, seen, span, path), name, project
    )
