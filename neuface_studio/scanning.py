"""Strips that take a while: slit scans, and how far the views are apart. Made while a clip is on show, and kept."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from neuface_core.atomic_file import atomic_write
from neuface_core.errors import NeuFaceError
from neuface_core.fitting.fit import MultiViewFit
from neuface_core.fitting.view_agreement import moment_distances
from neuface_core.heads.model import HeadModel
from neuface_core.jobs import Job
from neuface_core.project import Project
from neuface_core.rendering.slit_scan import SlitScan, read_slit_scan, slit_scan, write_slit_scan
from neuface_studio.language import tr
from neuface_studio.opened_clip import OpenedClip, OpenedView
from neuface_studio.session import Session
from neuface_studio.side_job import SideJob
from neuface_studio.stage import Stage
from neuface_studio.strips import distance_strips


class Scanning(QObject):
    """Gives the timeline of the clip on show its slit scan, and that of several views their distance.

    Both are jobs beside the line of jobs. They rest while the clip plays, and end when it is left.
    """

    def __init__(self, session: Session, stage: Stage, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._stage = session, stage
        self.slits, self.distances = SideJob(self), SideJob(self)
        self.slits.done.connect(self._on_slits)
        self.distances.done.connect(self._on_distances)
        stage.opened.connect(self._on_opened)
        stage.views.changed.connect(self._want_slits)
        stage.layers.changed.connect(self._want_slits)
        stage.playhead.playing_changed.connect(self.slits.pause)
        stage.playhead.playing_changed.connect(self.distances.pause)

    def leave(self) -> None:
        """Another clip comes: what is under way is of no use any more."""
        self.slits.cancel()
        self.distances.cancel()

    def stop(self) -> None:
        """End both, and wait for it."""
        self.slits.stop()
        self.distances.stop()

    def _on_opened(self, clip: OpenedClip) -> None:
        self.leave()
        self._want_slits()
        project, heads = self._session.project, clip.heads
        if project is not None and heads is not None and len(clip.views) > 1:
            self.distances.start(clip.ticket, lambda: _distances(project, clip.name, heads.head))

    def _want_slits(self) -> None:
        clip, view, project = self._stage.clip, self._stage.view, self._session.project
        if clip is None or view is None or project is None or not self._stage.layers.value.slits:
            return
        key = (clip.ticket, self._stage.views.view)
        if view.fit is None or view.heads is None or view.source is None or self._stage.timeline.has_slits(key[1]):
            return
        self.slits.start(key, lambda: _slits(project, clip.name, view, key[1]))

    def _on_slits(self, key: tuple[int, int], scan: SlitScan) -> None:
        clip = self._stage.clip
        if clip is not None and key == (clip.ticket, self._stage.views.view):
            self._stage.timeline.set_slits(key[1], scan)

    def _on_distances(self, ticket: int, values: NDArray[np.float32]) -> None:
        clip = self._stage.clip
        if clip is not None and clip.ticket == ticket:
            self._stage.timeline.set_distances(distance_strips(values))


def _slits(project: Project, name: str, view: OpenedView, number: int) -> Job[SlitScan]:
    """The slit scan of a view, from the disk where it is there."""
    assert view.fit is not None
    assert view.heads is not None
    path = project.derived_file(name, f"slits_{number}.png")
    known = read_slit_scan(path, view.fit.n_frames)
    if known is not None:
        return known
    with project.open_view(name, number) as source:
        made = yield from slit_scan(source, view.fit, view.heads.head, name)
    if not project.read_only:
        with suppress(OSError):  # a full disk: it is made again next time
            write_slit_scan(path, made)
    return made


def _distances(project: Project, name: str, head: HeadModel) -> Job[NDArray[np.float32]]:
    """How far the views are apart at every moment, before and after, (2, F); from the disk where it is there."""
    fit = project.load_views(name)
    if not isinstance(fit, MultiViewFit) or fit.n_views < 2:
        raise NeuFaceError(tr("The fit has one view."))
    path = project.derived_file(name, "distances.npy")
    with suppress(OSError, ValueError, EOFError):
        known = np.load(path, allow_pickle=False)
        if known.shape == (2, fit.n_frames):
            return np.asarray(known, np.float32)
    made = yield from moment_distances(fit, head, name)
    if not project.read_only:
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write(path) as file:
                np.save(file, made, allow_pickle=False)
    return made
