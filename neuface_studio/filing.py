"""Projects, videos and datasets: opening, adding, fitting, exporting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from neuface_core.errors import NeuFaceError
from neuface_core.project.project_file import FILE_NAME
from neuface_core.project.records import ClipState
from neuface_studio.background import Background
from neuface_studio.dialogs.export_dialog import ExportDialog
from neuface_studio.session import Session
from neuface_studio.stage import Stage
from neuface_studio.views.banner import Kind
from neuface_studio.views.queue_model import QueueModel


class Filing(QObject):
    """The commands of the categories "Project" and "Fit".

    Parameters
    ----------
    projects_folder
        Where a project is made for videos that are dropped on a window without one.
    leaving
        Called before another project takes the place of the open one.
    """

    def __init__(
        self,
        window: QWidget,
        session: Session,
        stage: Stage,
        model: QueueModel,
        background: Background,
        projects_folder: Path,
        tell: Callable[..., None],
        leaving: Callable[[], None],
    ) -> None:
        super().__init__(window)
        self._window, self._session, self._stage, self._model = window, session, stage, model
        self._background, self._tell, self._leaving = background, tell, leaving
        self._projects_folder = projects_folder
        self._offer: list[str] = []
        self.export_dialog: ExportDialog | None = None
        background.added.connect(self._on_added)

    # --- projects

    def open_project(self, path: Path, *, create: bool = False) -> bool:
        """Open a project and go where the person was; False, with a banner, where that fails."""
        self._leaving()
        try:
            opened = self._session.open(path, create=create)
        except NeuFaceError as error:
            self._tell(str(error), Kind.PROBLEM)
            return False
        if opened.words:
            self._tell(opened.words, Kind.LOCKED)
        return True

    def open_project_dialog(self) -> None:
        title = "Open a project (a folder NAME.neuface)"
        name = QFileDialog.getExistingDirectory(self._window, title, str(self._projects_folder))
        if name:
            self.open_project(Path(name))

    # --- videos

    def add_videos_dialog(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self._window, "Add videos", str(Path.home()))
        if names:
            self.add_paths([Path(name) for name in names])

    def add_paths(self, paths: Sequence[Path]) -> None:
        """Videos and folders become clips; a folder that is a project is opened instead."""
        if len(paths) == 1 and (paths[0] / FILE_NAME).is_file():
            self.open_project(paths[0])
            return
        if self._session.project is None and not self.open_project(self._free_project(paths[0].stem), create=True):
            return
        if not self._session.writable:
            self._tell("This project is open read-only: videos cannot be added.", Kind.LOCKED)
            return
        self._background.add(paths)

    def _free_project(self, stem: str) -> Path:
        names = [f"{stem or 'videos'}.neuface", *(f"{stem or 'videos'}-{n}.neuface" for n in range(2, 10_000))]
        return next(path for name in names if not (path := self._projects_folder / name).exists())

    def _on_added(self, names: list[str], words: str, problem: bool) -> None:
        waiting = {r.name for r in self._model.records if r.state is ClipState.WAITING}
        self._offer = [name for name in names if name in waiting]
        action = "Fit it" if len(self._offer) == 1 else f"Fit all {len(self._offer)}" if self._offer else ""
        self._tell(words, Kind.PROBLEM if problem else Kind.INFO, action)
        if self._session.current is None and names:
            self._session.show(names[0])

    # --- fits

    def fit_offered(self) -> None:
        """The button of the banner after adding."""
        self._background.fit(self._offer)

    def fit_clip(self) -> None:
        if self._session.current is not None:
            self._background.fit([self._session.current.name])

    def fit_waiting(self) -> None:
        names = [r.name for r in self._model.records if r.state is ClipState.WAITING and r.n_frames]
        if names:
            self._background.fit(names)
        else:
            self._tell("No clip waits for a fit.", Kind.INFO)

    def pause_job(self) -> None:
        self._background.queue.toggle_pause()

    def cancel_job(self) -> None:
        self._background.queue.cancel()

    # --- dataset

    def export(self) -> None:
        """Ask where to, then write in the background."""
        project = self._session.project
        if project is None:
            return
        opened = self._stage.clip
        n_vertices = opened.heads.n_vertices if opened is not None and opened.heads is not None else 5000
        suggested = project.path.parent / f"{project.path.stem}.h5"
        dialog = ExportDialog(self._model.records, suggested, n_vertices, self._window)
        dialog.accepted.connect(lambda: self._background.export(dialog.path, vertices=dialog.include_vertices))
        self.export_dialog = dialog
        dialog.open()
