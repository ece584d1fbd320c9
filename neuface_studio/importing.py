"""Tracks of other tools: dropped or chosen, read in the background, and asked for their video where it is not found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from neuface_core.interchange.systems import looks_like_a_track, recognise
from neuface_core.jobs import Job, Progress
from neuface_core.landmarks import detector
from neuface_core.pipeline_import import Imported, finish_imports, import_tracks
from neuface_core.pipeline_settings import PipelineSettings
from neuface_core.project import Project
from neuface_core.video import IMAGE_SUFFIXES
from neuface_studio.background import Background
from neuface_studio.language import tr
from neuface_studio.session import Session
from neuface_studio.views.banner import Kind
from neuface_studio.worker import Task

KIND = "import"
_TRACKS = "*.npz *.frame *.mat *.npy *.pt *.pkl"


def import_task(project: Project, paths: Sequence[Path], pictures: Path | None, device: torch.device) -> Task:
    """Import the tracks at these paths; without paths, finish those that waited for a head model."""
    title = tr("Importing {name}", name=paths[0].name) if len(paths) == 1 else tr("Importing tracks")
    return Task(KIND, title, lambda: _import(project, paths, pictures, device), owner=project)


def _import(
    project: Project, paths: Sequence[Path], pictures: Path | None, device: torch.device
) -> Job[list[Imported]]:
    yield Progress("look", 0, 1)
    found = [one for path in paths for one in recognise(path)]
    settings = PipelineSettings.of_project(project.settings, project.path)
    detect = detector(settings.detector, device)
    if not paths:
        return (yield from finish_imports(project, detect))
    return (yield from import_tracks(project, found, pictures, detect))


class Importing(QObject):
    """The command "Import tracks…" and what becomes of tracks that are dropped on the window.

    Parameters
    ----------
    may_add
        Opens or makes a project for the first path where there is none; False, with words, where nothing can be added.
    """

    def __init__(
        self,
        window: QWidget,
        session: Session,
        background: Background,
        may_add: Callable[[Path], bool],
        tell: Callable[..., None],
    ) -> None:
        super().__init__(window)
        self._window, self._session, self._background = window, session, background
        self._may_add, self._tell = may_add, tell
        self._without_video: list[Path] = []
        background.queue.ended.connect(self._on_ended)

    def takes(self, paths: Sequence[Path]) -> bool:
        """Import what is a track among `paths`; the one video or folder that came with them is theirs."""
        tracks = [path for path in paths if looks_like_a_track(path)]
        if not tracks:
            return False
        others = [path for path in paths if path not in tracks]
        if len(others) > 1:
            self._tell(
                tr("Drop tracks together with the one video, or folder of videos, that they belong to."), Kind.INFO
            )
            return True
        self.begin(tracks, others[0] if others else None)
        return True

    def dialog(self) -> None:
        """Ask for the files of a track."""
        title, tracks, everything = tr("Import tracks of other tools"), tr("Tracks"), tr("All files")
        kinds = f"{tracks} ({_TRACKS});;{everything} (*)"
        names, _ = QFileDialog.getOpenFileNames(self._window, title, str(Path.home()), kinds)
        paths = [Path(name) for name in names]
        if paths and all(path.suffix == ".frame" for path in paths):  # one file a frame: the folder is the track
            paths = [paths[0].parent]
        if paths:
            self.begin(paths)

    def begin(self, paths: Sequence[Path], pictures: Path | None = None) -> None:
        """Import in the background."""
        if not self._may_add(paths[0]):
            return
        project = self._session.project
        if project is not None:
            self._without_video = []
            self._background.queue.add(import_task(project, paths, pictures, self._background.device))

    @property
    def asks(self) -> bool:
        """Whether the banner asks for the video of tracks."""
        return bool(self._without_video)

    def forget(self) -> None:
        """Something else is asked now."""
        self._without_video = []

    def choose_video(self) -> None:
        """The button of the banner: which video the tracks belong to."""
        paths, folder = self._without_video, str(self._without_video[0].parent)
        name, _ = QFileDialog.getOpenFileName(
            self._window, tr("The video, or a picture of the folder, of the track"), folder
        )
        if name:
            chosen = Path(name)
            self.begin(paths, chosen.parent if chosen.suffix.lower() in IMAGE_SUFFIXES else chosen)

    def _on_ended(self, task: Task, outcome: str, result: object) -> None:
        if task.kind != KIND or task.owner is not self._session.project:
            return
        self._session.records_changed.emit()
        if outcome != "done" or not isinstance(result, list):
            return
        done = [one for one in result if one.record is not None]
        self._without_video = [one.source for one in result if one.needs_pictures]
        words = " ".join([*map(_words, done[:3]), *([tr("… {n} in all.", n=len(done))] if len(done) > 3 else [])])
        if self._without_video:
            which = ", ".join(path.name for path in self._without_video[:3])
            words = tr(
                "{words} Which video does {tracks} belong to? None lies beside it.", words=words, tracks=which
            ).strip()
            self._tell(words, Kind.INFO, tr("Choose the video…"))
        else:
            problems = [one.problem for one in result if one.problem]
            kind = Kind.PROBLEM if problems else Kind.GOOD
            self._tell(" ".join([words, *problems[:2]]).strip() or tr("No imported clip waits for a head model."), kind)
        if done and done[0].record is not None:
            self._session.show(done[0].record.name)


def _words(one: Imported) -> str:
    assert one.record is not None
    error = one.record.metrics.get("nme_bbox")
    said = [tr("{n} frames", n=one.rows)]
    if error is not None and error == error:
        said.append(tr("landmark error {error:.2f} %", error=error))
    if one.residual_percent > 0.05:
        said.append(tr("camera {off:.1f} % of the face off", off=one.residual_percent))
    return f"{one.record.name}: {', '.join(said)}."
