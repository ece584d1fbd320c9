"""Projects, videos and datasets: opening, adding, fitting, exporting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QWidget

from neuface_core.errors import NeuFaceError
from neuface_core.export.formats import HDF5
from neuface_core.models.licences import licence_notes
from neuface_core.pipeline import no_face_reason
from neuface_core.pipeline_settings import PipelineSettings
from neuface_core.project.project_file import FILE_NAME
from neuface_core.project.records import ClipState
from neuface_studio import demo_clip
from neuface_studio.background import Background
from neuface_studio.dialogs.batch_dialog import BatchDialog
from neuface_studio.dialogs.export_dialog import ExportDialog
from neuface_studio.dialogs.models_dialog import ModelsDialog
from neuface_studio.grouping import videos_together
from neuface_studio.importing import Importing
from neuface_studio.language import tr
from neuface_studio.leaving import Leaving, still_to_fit
from neuface_studio.problems import problem
from neuface_studio.questions import views_question
from neuface_studio.session import Session
from neuface_studio.stage import Stage
from neuface_studio.views.banner import Kind
from neuface_studio.views.question_strip import Question
from neuface_studio.views.queue_model import QueueModel
from neuface_studio.window_memory import Preferences


class Filing(QObject):
    """The commands of the categories "Project" and "Fit".

    Parameters
    ----------
    projects_folder
        Where a project is made for videos that are dropped on a window without one.
    leaving
        Called before another project takes the place of the open one; False where a job cannot be stopped.
    asking
        Asks before a running job is stopped.
    ask
        Asks something else.

    Signals
    -------
    changed()
        Other commands can be given than before.
    """

    changed = Signal()

    def __init__(
        self,
        window: QWidget,
        session: Session,
        stage: Stage,
        model: QueueModel,
        background: Background,
        projects_folder: Path,
        tell: Callable[..., None],
        leaving: Callable[[], bool],
        asking: Leaving,
        ask: Callable[[Question], None],
    ) -> None:
        super().__init__(window)
        self._window, self._session, self._stage, self._model = window, session, stage, model
        self._background, self._tell, self._leaving = background, tell, leaving
        stage.doing = model.fit_words
        model.restated.connect(stage.restate)
        self._projects_folder = projects_folder
        self._asking, self._ask = asking, ask
        self._offer: list[str] = []
        self.export_dialog: ExportDialog | None = None
        self.models_dialog: ModelsDialog | None = None
        self._preferences = Preferences()
        self.importing = Importing(window, session, background, self._may_add, tell)
        self.batch_dialog: BatchDialog | None = None
        self.shown_names: Callable[[], list[str]] = lambda: self._model.records.names
        background.added.connect(self._on_added)
        background.asked.connect(self._ask_for_views)

    # --- projects

    def open_project(self, path: Path, *, create: bool = False, at_once: bool = False) -> bool:
        """Open a project and go where the person was; False, with a banner, where that fails.

        Where a job runs the person is asked first, unless `at_once`; False then, too.
        """
        there = self._session.project
        if there is not None and there.path == Path(path).absolute():
            return True
        if not at_once and self._asking.ask(tr("Stop and open"), partial(self._open_at_once, path, create)):
            return False
        if not self._leaving():
            self._tell(tr("The running job is still being stopped; open the project again in a moment."), Kind.INFO)
            return False
        try:
            opened = self._session.open(path, create=create)
        except NeuFaceError as error:
            self._tell(*problem(error))
            return False
        if opened.words:
            self._tell(opened.words, Kind.LOCKED)
        return True

    def _open_at_once(self, path: Path, create: bool) -> None:
        self.open_project(path, create=create, at_once=True)

    def open_project_dialog(self) -> None:
        title = tr("Open a project (a folder NAME.neuface)")
        name = QFileDialog.getExistingDirectory(self._window, title, str(self._projects_folder))
        if name:
            self.open_project(Path(name))

    def open_demo(self) -> None:
        """A project with a clip that is rendered and fitted here; the one that was made before, if there is one."""
        if not self.open_project(self._projects_folder / f"{demo_clip.NAME}.neuface", create=True):
            return
        if self._session.writable and not self._model.records:
            self._background.make_demo()

    # --- videos

    def add_videos_dialog(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self._window, tr("Add videos"), str(Path.home()))
        if names:
            self.add_paths([Path(name) for name in names])

    def add_paths(self, paths: Sequence[Path]) -> None:
        """Videos and folders become clips; a folder that is a project is opened instead."""
        if len(paths) == 1 and (paths[0] / FILE_NAME).is_file():
            self.open_project(paths[0])
            return
        if not self.importing.takes(paths) and self._may_add(paths[0]):
            self._background.add(paths)

    def import_tracks_dialog(self) -> None:
        self.importing.dialog()

    def _may_add(self, first: Path) -> bool:
        """Whether there is a project that can be written to; one is made where there is none."""
        if self._session.project is None and not self.open_project(self._free_project(first.stem), create=True):
            return False
        if not self._session.writable:
            self._tell(tr("This project is open read-only: nothing can be added."), Kind.LOCKED)
        return self._session.writable

    def _ask_for_views(self, paths: list[Path]) -> None:
        """Equally long videos came together: nobody but a person knows what they are."""
        self._ask(views_question(len(videos_together(paths)), lambda grouping: self._background.add(paths, grouping)))

    def _free_project(self, stem: str) -> Path:
        names = [f"{stem or 'videos'}.neuface", *(f"{stem or 'videos'}-{n}.neuface" for n in range(2, 10_000))]
        return next(path for name in names if not (path := self._projects_folder / name).exists())

    def _on_added(self, names: list[str], words: str, problem: bool) -> None:
        waiting = set(self._model.records.names_in(ClipState.WAITING))
        self.offer_fits([name for name in names if name in waiting], words, problem)
        if self._session.current is None and names:
            self._session.show(names[0])

    # --- fits

    def offer_fits(self, names: list[str], words: str, problem: bool = False) -> None:
        """Say `words`, with a button that fits `names`."""
        self._offer = names
        self.importing.forget()
        action = tr("Fit it") if len(names) == 1 else tr("Fit all {n}", n=len(names)) if names else ""
        self._tell(words, Kind.PROBLEM if problem else Kind.INFO, action)

    def offer_the_rest(self, unfinished: tuple[str, ...]) -> None:
        """At the start: what waits for a fit, or whose fit was stopped when the window was closed."""
        names = still_to_fit(self._model.records, unfinished)
        if not names or not self._session.writable:
            self._offer = []
            return
        stopped = [name for name in names if name in unfinished]
        many = (
            tr("{n} clips wait for a fit", n=len(names))
            if len(names) > 1
            else tr("{name} waits for a fit", name=names[0])
        )
        if stopped and len(names) > 1:
            stop = tr("{n} of them were stopped when the window was closed", n=len(stopped))
            many = f"{many}; {stop}"
        self.offer_fits(names, f"{many}.")

    def fit_offered(self) -> None:
        """The button of the banner: after adding, or where tracks came without their video."""
        if self.importing.asks:
            self.importing.choose_video()
        else:
            self._fit_or_detect(self._offer)

    def fit_clip(self) -> None:
        if self._session.current is not None:
            self._fit_or_detect([self._session.current.name])

    def fit_waiting(self) -> None:
        names = still_to_fit(self._model.records, tuple(self._offer))
        self._offer = []
        if names:
            self._fit_or_detect(names)
        else:
            self._tell(tr("No clip waits for a fit."), Kind.INFO)

    def _fit_or_detect(self, names: Sequence[str]) -> None:
        """Where landmarks are verified first, clips whose landmarks nobody accepted only get their landmarks."""
        project = self._session.project
        if project is None or not self.habits["two_stages"]:
            self._background.fit(names)
            return
        records = [project.clip(name) for name in names]
        self._background.fit([r.name for r in records if r.run or r.landmarks_accepted])
        unseen = [r.name for r in records if not r.run and not r.landmarks_accepted]
        self._background.detect([name for name in unseen if project.clip(name).state is not ClipState.DETECTED])
        if [r for r in records if r.state is ClipState.DETECTED]:
            self._tell(
                tr("Its landmarks are to be verified first: {review.accept} accepts them, {edit.begin} edits them."),
                Kind.INFO,
            )

    @property
    def habits(self) -> dict[str, bool]:
        """What the project has switched on."""
        project = self._session.project
        return {"two_stages": bool(project is not None and project.settings.get("verify_landmarks", False))}

    def toggle_two_stages(self) -> None:
        """Whether a person verifies the landmarks before the fit, in this project."""
        project = self._session.project
        if project is None:
            return
        wanted = not self.habits["two_stages"]
        try:
            project.set_settings({**project.settings, "verify_landmarks": wanted})
        except NeuFaceError as error:
            self._tell(*problem(error))
            return
        first = tr("Landmarks are verified before the fit here: {fit.clip} finds them, {review.accept} accepts them.")
        self._tell(first if wanted else tr("Clips are fitted at once again."), Kind.INFO)
        self.changed.emit()

    def fit_next_face(self) -> None:
        """Another person in the large view becomes the one that it is about; takes effect when its fit is done."""
        project, record = self._session.project, self._session.current
        if project is None or record is None:
            return
        view = self._stage.views.view
        try:
            found = project.load_landmarks(record.name, view)
        except NeuFaceError as error:
            self._tell(*problem(error, record))
            return
        if found is None:
            self._tell(tr("Which faces the clip has is known after its first fit: press {fit.clip}."), Kind.INFO)
            return
        tracks, selected = found
        settings = PipelineSettings.of_project(project.settings, project.path)
        long_enough = [i for i, t in enumerate(tracks) if not no_face_reason(t, t.n_frames, settings.min_face_share)]
        others = [i for i in (*range(selected + 1, len(tracks)), *range(selected)) if i in long_enough]
        if others:
            self._background.fit_face(record.name, others[0], len(tracks), view)
        elif len(tracks) > 1:
            least = 100 * settings.min_face_share
            self._tell(tr("The other faces are seen in fewer than {least:g} % of the frames.", least=least), Kind.INFO)
        else:
            self._tell(tr("No other face was found in this clip."), Kind.INFO)

    def show_batch(self) -> None:
        """The line of fits, beside the window."""
        pause, cancel = (self._window.findChild(QAction, name) for name in ("fit.pause", "fit.cancel"))
        assert isinstance(pause, QAction)
        assert isinstance(cancel, QAction)
        if self.batch_dialog is None:
            self.batch_dialog = BatchDialog(
                self._background.batch,
                self._background,
                lambda: tr("on {device}", device=self._background.device),
                lambda: still_to_fit(self._model.records, ()),
                lambda: self.shown_names(),
                pause,
                cancel,
                self._window,
            )
        self.batch_dialog.show()
        self.batch_dialog.raise_()
        self.batch_dialog.activateWindow()

    def pause_job(self) -> None:
        self._background.queue.toggle_pause()

    def cancel_job(self) -> None:
        self._background.queue.cancel()

    # --- models

    def show_models(self) -> None:
        """The user's own model files."""
        self.models_dialog = ModelsDialog(self._window)
        self.models_dialog.open()

    # --- dataset

    def export(self) -> None:
        """Ask where to, then write in the background."""
        project = self._session.project
        if project is None:
            return
        opened = self._stage.clip
        n_vertices = opened.heads.n_vertices if opened is not None and opened.heads is not None else 5000
        suggested = project.path.parent / f"{project.path.stem}.h5"
        record = self._session.current
        dialog = ExportDialog(
            self._model.records,
            suggested,
            n_vertices,
            self._window,
            shown=record.name if record is not None and record.run else "",
            format_name=self._preferences.export_format,
            licences=licence_notes(project.accepted_licences()),
        )
        dialog.accepted.connect(lambda: self._on_export(dialog))
        self.export_dialog = dialog
        dialog.open()

    def _on_export(self, dialog: ExportDialog) -> None:
        self._preferences.export_format = dialog.format_name
        if dialog.format_name == HDF5:
            self._background.export(dialog.path, vertices=dialog.include_vertices)
        else:
            self._background.export_files(dialog.path, dialog.format_name, dialog.clips, force=dialog.replace)
