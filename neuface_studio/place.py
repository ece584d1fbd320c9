"""Where a person is in a project: kept while they work, and found again at the next start, also after a kill.

A decision is on disk before the next clip is shown, and so is the place: which clip it is is written before the clip is
opened. What changes many times a second (frame, zoom, camera) is written at most `KEPT_WITHIN_MS` later, also while a
clip plays.
"""

from __future__ import annotations

import contextlib

from PySide6.QtCore import QObject, QTimer

from neuface_core.errors import NeuFaceError
from neuface_core.project import Project
from neuface_core.project.clip_list import ClipList
from neuface_core.project.records import ClipState
from neuface_studio.leaving import Leaving
from neuface_studio.playhead import Playhead
from neuface_studio.session import Session
from neuface_studio.state import Layers, LayerState, Meshes, ViewState
from neuface_studio.window_memory import View
from neuface_studio.workspace import Workspace

KEPT_WITHIN_MS = 800


class Place(QObject):
    """Writes and restores the `View` of the open project."""

    def __init__(
        self,
        session: Session,
        work: Workspace,
        playhead: Playhead,
        layers: LayerState,
        views: ViewState,
        leaving: Leaving,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._work, self._playhead = session, work, playhead
        self._layers, self._views, self._leaving = layers, views, leaving
        self._waiting: View | None = None  # what the clip that is being opened will be shown with
        self._opening = False
        self._restored: Project | None = None  # until then what is stored is to be read, not written
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(KEPT_WITHIN_MS)
        self._timer.timeout.connect(self.save)

    def changed(self) -> None:
        """Something that is remembered is different; it is written soon."""
        if not self._timer.isActive():  # starting it anew would put it off for as long as a clip plays
            self._timer.start()

    def stop(self) -> None:
        """Write what is to be written now, and nothing later."""
        self.save()
        self._timer.stop()

    # --- writing

    def save(self) -> None:
        """Write where the person is."""
        project, record = self._session.project, self._session.current
        if project is None or project.read_only or project is not self._restored or self._waiting is not None:
            return
        there = not self._opening
        view = View(
            clip=record.name if record is not None else "",
            frame=self._playhead.frame if there else -1,
            zoom=self._work.video.view if there else None,
            camera=tuple(self._work.mesh.camera()),
            layers=self._layers.value.stored(),
            panels=self._work.panels_shown,
            unfinished=self._leaving.unfinished(),
            sorted_by=self._work.queue.sorted_by,
            view=self._views.name if there else "",
            meshes=str(self._views.wanted_meshes),
        )
        with contextlib.suppress(NeuFaceError):  # a full disk: the place in the clip is the least of the worries
            project.set_view_state(view.stored())

    # --- restoring

    def restore(self, clips: ClipList) -> View:
        """Bring panels, layers and order back as they were; `View.clip` is the clip to show, "" for none."""
        project = self._session.project
        assert project is not None
        self._restored = project
        view = View.from_stored(project.view_state())
        self._layers.set(Layers.from_stored(view.layers))
        self._work.show_panels(view.panels)
        self._work.queue.sort_by(view.sorted_by)
        self._views.set_meshes(Meshes(view.meshes) if view.meshes in set(Meshes) else Meshes.OWN)
        self._waiting = view if clips.row_of(view.clip) is not None else None
        return view

    def clip_to_show(self, clips: ClipList) -> str | None:
        """The clip of last time; where there is none any more, the first that is to be judged."""
        if self._waiting is not None:
            return self._waiting.clip
        to_judge = clips.names_in(ClipState.TO_REVIEW, ClipState.DETECTED)
        return next(iter((*to_judge[:1], *clips.names[:1])), None)

    def arrive(self, clip: str) -> int | None:
        """A clip will be opened: write that it is this one, and say at which frame; None for its first with a face."""
        if self._restored is not self._session.project:
            return None  # a table of clips that is filled chooses its first one
        if self._waiting is not None and self._waiting.clip == clip:
            return self._waiting.frame if self._waiting.frame >= 0 else None
        self._waiting, self._opening = None, True
        self.save()
        return None

    def arrived(self) -> None:
        """The clip is open: show it as it was last time."""
        view, self._waiting, self._opening = self._waiting, None, False
        if view is not None:
            if view.view in self._views.names:
                self._views.choose(self._views.names.index(view.view))
            self._work.video.set_view(view.zoom)
            if view.camera:
                self._work.mesh.set_camera(list(view.camera))
        self.changed()
