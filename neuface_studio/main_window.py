"""The window: what its commands do, and how its parts hear of each other."""

from __future__ import annotations

from pathlib import Path

import torch
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QMainWindow

from neuface_core.project.records import ClipRecord, ClipState
from neuface_studio import theme
from neuface_studio.actions import ActionSet
from neuface_studio.background import Background
from neuface_studio.comparing import Comparing
from neuface_studio.desk import Situation
from neuface_studio.dialogs.cheat_sheet import CheatSheet
from neuface_studio.filing import Filing
from neuface_studio.held_keys import HeldKeys
from neuface_studio.helping import Helping
from neuface_studio.language import tr
from neuface_studio.leaving import Leaving
from neuface_studio.looking import Looking
from neuface_studio.marking import Marking
from neuface_studio.opened_clip import OpenedClip
from neuface_studio.picturing import Picturing
from neuface_studio.place import Place
from neuface_studio.playhead import Playhead
from neuface_studio.problems import of_clip
from neuface_studio.repair_desk import RepairDesk
from neuface_studio.reviewing import Reviewing
from neuface_studio.rhythm import Rhythm
from neuface_studio.scanning import Scanning
from neuface_studio.session import Session
from neuface_studio.stage import Stage
from neuface_studio.state import LayerState, ViewState
from neuface_studio.tailoring import Tailoring
from neuface_studio.thumbnails import Thumbnails
from neuface_studio.views.banner import Kind
from neuface_studio.views.job_bar import JobBar
from neuface_studio.views.queue_model import QueueModel
from neuface_studio.welcome import Welcome
from neuface_studio.window_memory import Preferences
from neuface_studio.workspace import Workspace

TITLE = "NeuFace Studio"


class MainWindow(QMainWindow):
    """The Studio. Implements `actions.Desk`.

    Parameters
    ----------
    device
        Where fits run.
    opengl
        Whether the 3D view may use the window's OpenGL; else it draws off-screen.
    projects_folder
        Where a project is made for videos that are dropped on an empty window.
    """

    def __init__(self, device: torch.device, *, opengl: bool, projects_folder: Path | None = None) -> None:
        super().__init__()
        self.setAcceptDrops(True)
        self.setWindowTitle(TITLE)
        self.resize(1480, 920)
        self.preferences = Preferences()
        self.session = Session(self)
        self.playhead = Playhead(self)
        self.layers = LayerState(self)
        self.views = ViewState(self)
        self.actions_ = ActionSet(self, self)
        self.thumbnails = Thumbnails(self)
        self.model = QueueModel(self._thumbnail, self)
        self.work = Workspace(self.actions_, self.playhead, self.layers, self.views, self.model, opengl=opengl)
        self.setCentralWidget(self.work)
        work = self.work
        self.message = work.banner
        self.stage = Stage(
            self.playhead, self.layers, self.views, work.video, work.strip, work.grid, work.mesh, work.timeline, self
        )
        self.stage.with_keys = self.actions_.with_keys
        self.job_bar = JobBar(
            self.actions_["fit.pause"], self.actions_["fit.cancel"], tr("on {device}", device=device), self
        )
        self.setStatusBar(self.job_bar)
        if not opengl:
            self.job_bar.set_notice(tr("No OpenGL in this window: the mesh is drawn off-screen"))
        self.background = Background(self.session, device, self)
        self.actions_.fill_menus(self.menuBar())
        self.review = Reviewing(self.session, self.work, self.model, self.playhead, self.tell, self.preferences, self)
        self.rhythm = Rhythm(self.session, self.review, self.job_bar, self.tell)
        self.looking = Looking(self.stage, self.tell, self)
        self.marking = Marking(self.session, self.stage, self.tell, self)
        self.repair = RepairDesk(
            self.session, self.stage, work, self.background, device, self.tell, self._refresh_actions, self
        )
        self.editing = self.repair.editing
        self.scanning = Scanning(self.session, self.stage, self)
        self.picturing = Picturing(self, self.session, self.stage, self.marking, self.background, self.tell)
        self.comparing = Comparing(self.session, self.stage, self.background, self.tell, self)
        self.leaving = Leaving(self, self.background.queue, work.question)
        self.place = Place(self.session, work, self.playhead, self.layers, self.views, self.leaving, self)
        self.files = Filing(
            self,
            self.session,
            self.stage,
            self.model,
            self.background,
            projects_folder or Path.home() / "NeuFace",
            self.tell,
            self._leave_project,
            self.leaving,
            work.question.ask,
        )
        self.files.shown_names = lambda: self.work.queue.names
        self._held = HeldKeys(self, lambda c: c.enabled(self.situation), self.layers.hold)
        app = QApplication.instance()
        assert app is not None
        app.installEventFilter(self._held)
        self.welcome = Welcome(
            self,
            work,
            self.job_bar,
            self.actions_,
            self.session,
            self.stage,
            self.review,
            self.background,
            self.preferences,
            lambda: self.situation,
            self._refresh_actions,
        )
        self.helping = Helping(self, self.tell, self.welcome)
        self.tailoring = Tailoring(self, self.actions_, self)
        self.tailoring.keys_changed.connect(self._held.set_keys)
        self.tailoring.keys_changed.connect(lambda _: self._show_records())
        self.tailoring.project_changed.connect(self._refresh_actions)
        self._held.set_keys(self.actions_.keys)
        self._closed = self._at_once = False
        self.stopped = True
        self.cheat_sheet_dialog: CheatSheet | None = None
        self._connect()
        self.thumbnails.start()
        if (geometry := self.preferences.geometry) is not None:
            self.restoreGeometry(geometry)
        self._show_records()

    def _connect(self) -> None:
        self.session.project_changed.connect(self._on_project)
        self.session.records_changed.connect(self._show_records)
        self.session.record_changed.connect(self._on_record)
        self.session.clip_changed.connect(self._on_clip)
        self.stage.opened.connect(self._on_opened)
        self.playhead.settled.connect(self._on_frame)
        self.stage.failed.connect(lambda words: self.tell(of_clip(words, self.session.current), Kind.PROBLEM))
        self.layers.changed.connect(self._on_layers)
        self.views.changed.connect(self._on_view)
        self.thumbnails.ready.connect(self.model.refresh_name)
        self.review.changed.connect(self._refresh_actions)
        self.files.changed.connect(self._refresh_actions)
        self.work.video.view_changed.connect(self.place.changed)
        self.work.mesh.turned.connect(self.place.changed)
        self.message.acted.connect(self.files.fit_offered)
        self.message.changed.connect(self._refresh_actions)
        self.work.empty.open_wanted.connect(self.files.open_project_dialog)
        self.work.empty.add_wanted.connect(self.files.add_videos_dialog)
        self.work.empty.recent_wanted.connect(lambda path: self.files.open_project(Path(path)))
        self.background.connect_to(self.job_bar, self.model)
        self.background.changed.connect(self._refresh_actions)
        self.background.changed.connect(self.place.changed)
        self.background.said.connect(self.tell)

    # --- what the window says

    def tell(self, words: str, kind: Kind = Kind.INFO, action: str = "", details: str = "") -> None:
        """A banner."""
        self.work.banner.tell(self.actions_.with_keys(words), kind, action=action, details=details)

    @property
    def clip_name(self) -> str:
        """Of the clip on show; "" without one."""
        return self.session.current.name if self.session.current is not None else ""

    @property
    def situation(self) -> Situation:
        """What can be done now."""
        clip, opened = self.session.current, self.stage.clip
        return Situation(
            project=self.session.project is not None,
            writable=self.session.writable,
            clip=clip is not None,
            frames=opened is not None,
            fit=opened is not None and opened.fit is not None,
            views=len(self.views.names) if opened is not None else 0,
            judged=opened is not None and opened.suspicion is not None,
            accepted=self.model.records.count_in(ClipState.ACCEPTED) > 0,
            job=self.background.queue.current is not None,
            rejecting=self.work.rejecting,
            landmarks=opened is not None and any(view.faces[1] for view in opened.views),
            editing=self.editing.active,
            points=self.editing.has_points,
            welcome=self.welcome.active and not self.work.rejecting and not self.editing.active,
            message=not self.message.isHidden(),
            offer=self.message.offers,
            details=self.message.has_details,
            results=opened.results if opened is not None else frozenset(),
        )

    def _refresh_actions(self) -> None:
        flags = {**vars(self.layers.value), **self.review.habits, **self.files.habits, "loop": self.playhead.loop}
        self.actions_.refresh(self.situation, flags)
        self.welcome.refresh()

    # --- project

    def _leave_project(self) -> bool:
        """Another project comes: keep the place, and let no job write into the wrong one."""
        self.place.stop()
        if not self.background.queue.stop():
            return False
        self.work.banner.hide()
        self.work.question.drop()
        return True

    def _on_project(self) -> None:
        project = self.session.project
        self.thumbnails.forget()
        self.background.batch.forget()
        self._show_records()
        if project is None:
            self.setWindowTitle(TITLE)
            return
        self.preferences.remember(project.path)
        read_only = tr("{project} (read-only)", project=project.path.stem)
        self.setWindowTitle(f"{read_only if project.read_only else project.path.stem} – {TITLE}")
        clips = self.model.records
        view = self.place.restore(clips)
        self.session.show(self.place.clip_to_show(clips))
        self.work.queue.take_focus()
        self.files.offer_the_rest(view.unfinished)

    def _show_records(self) -> None:
        records = self.session.records
        self.model.set_records(records)
        self.job_bar.set_counts(self.model.shown_states())
        project = self.session.project
        self.work.show_clips(bool(records))
        self.work.empty.teach(project.path.name if project else "", self.preferences.recent, self.actions_.with_keys)
        if self.session.current is not None:
            self.work.queue.select(self.session.current.name)
        self._refresh_actions()

    def _on_record(self, record: ClipRecord) -> None:
        self.model.update_record(record)
        self.job_bar.set_counts(self.model.shown_states())
        if self.session.current is not None and self.session.current.name == record.name:
            self.work.review.set_record(record)
            self.marking.show()
            self._fill_inspector()
        self._refresh_actions()

    # --- clip and frame

    def _on_clip(self, record: ClipRecord | None) -> None:
        self.review.stop_rejecting()
        self.editing.end()
        self.scanning.leave()
        self.work.review.set_record(record)
        if record is None:
            self.stage.show_nothing()
            self._on_view()
            return
        self.work.queue.select(record.name)
        self.stage.show(record, self.session.files(record), self.place.arrive(record.name))
        self._fill_inspector()
        self._refresh_actions()

    def _on_opened(self, clip: OpenedClip) -> None:
        self.place.arrived()
        self.marking.show()
        self.work.show_grid(self.layers.value.grid)
        if clip.problem:
            self.tell(f"{clip.name}: {clip.problem}", Kind.PROBLEM)
        self._fill_inspector()
        self._refresh_actions()

    def _fill_inspector(self) -> None:
        record, opened = self.session.current, self.stage.clip
        fit = self.stage.view.fit if self.stage.view is not None else None
        licence = opened.heads.licence if opened is not None and opened.heads is not None else ""
        history = self.session.history(record.name) if record is not None else ()
        faces = self.stage.view.faces if self.stage.view is not None else (0, 0)
        runs, me = self.session.runs(record), self.session.reviewer
        self.work.inspector.set_clip(record, fit, history, licence, faces, runs, me)
        self.work.inspector.set_views(opened, self.views.view)
        self.work.inspector.set_suspicion(opened)
        if opened is not None:
            self.work.inspector.set_frame(self.playhead.frame, self.playhead.time_s)

    def _on_frame(self, frame: int) -> None:
        if self.stage.clip is not None:
            self.work.inspector.set_frame(frame, self.playhead.time_s)
            self.place.changed()

    def _on_layers(self) -> None:
        self.work.show_grid(self.layers.value.grid)
        self._refresh_actions()
        self.place.changed()

    def _on_view(self) -> None:
        self._fill_inspector()
        self._refresh_actions()
        self.place.changed()

    def _thumbnail(self, record: ClipRecord) -> QImage | None:
        return self.thumbnails.get(record.name, record.views[0], record.n_frames // 2)

    # --- looks

    def toggle_panels(self) -> None:
        self.work.show_panels(not self.work.panels_shown)
        self.place.changed()

    def toggle_loop(self) -> None:
        self.playhead.loop = not self.playhead.loop
        self.work.transport.show_loop()
        self._refresh_actions()

    def next_panel(self) -> None:
        self.work.next_panel()

    def toggle_theme(self) -> None:
        self.set_theme(theme.LIGHT if theme.current() is theme.DARK else theme.DARK)
        self.preferences.theme = theme.current().name

    def set_theme(self, wanted: theme.Theme) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme.apply(app, wanted)
        self.work.apply_theme()

    def take_device(self, device: torch.device) -> None:
        """Let fits compute there from the next one on."""
        self.background.take_device(device)
        self.job_bar.set_device(tr("on {device}", device=device))

    def cheat_sheet(self) -> None:
        self.cheat_sheet_dialog = CheatSheet(self.actions_.keys, self)
        self.cheat_sheet_dialog.open()

    def save_screenshot(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, tr("Save a picture of the window"), "studio.png", "PNG (*.png)")
        if name and not self.grab().save(name):
            self.tell(tr("The picture could not be written; choose another place. ({path})", path=name), Kind.PROBLEM)

    # --- files and the end

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()
            self.work.empty.highlight(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.work.empty.highlight(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.work.empty.highlight(False)
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.files.add_paths(paths)

    def close_window(self) -> None:
        self.close()

    def close_at_once(self) -> None:
        """Close without a question; what runs is stopped."""
        self._at_once = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not (self._closed or self._at_once) and self.leaving.ask(tr("Stop and close"), self.close_at_once):
            event.ignore()
            return
        if not self._closed:
            self._closed = True
            self.preferences.geometry = self.saveGeometry()
            self.place.stop()
            self.hide()  # stopping a fit may take a second; nobody has to watch it
            app = QApplication.instance()
            if app is not None:
                app.removeEventFilter(self._held)
            self.scanning.stop()
            self.editing.stop()
            self.stopped = self.background.stop()
            self.stage.stop()
            self.thumbnails.stop()
            self.session.close()
        super().closeEvent(event)
