"""The open project and the clip that is being judged. Decides what comes next; draws nothing.

Every decision is on disk (`Project.decide`) before the next clip is announced.
"""

from __future__ import annotations

import getpass
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from neuface_core.errors import ModelError, NeuFaceError, ProjectError, ProjectLockedError
from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.frame_ranges import Span
from neuface_core.heads.bundle import load_head_of
from neuface_core.heads.model import HeadModel
from neuface_core.landmarks.corrections import LandmarkEdit
from neuface_core.landmarks.track import LandmarkTrack
from neuface_core.project import Project
from neuface_core.project.clip_list import ClipList
from neuface_core.project.clip_rows import run_time
from neuface_core.project.records import ClipRecord, DecisionEvent, RejectReason, Verdict
from neuface_core.study.gradient_maps import GradientFilm, has_gradients, read_gradients
from neuface_core.video import FrameSource
from neuface_studio.language import mark, tr
from neuface_studio.opened_clip import ClipFiles
from neuface_studio.results import Loader, other_results
from neuface_studio.state import Result


@dataclass(frozen=True)
class Opened:
    """What became of opening a project; `words` is for the banner where it is not as wished."""

    words: str = ""
    read_only: bool = False


def reviewer_name() -> str:
    """Who decides: the user of this machine."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


class Session(QObject):
    """One project, one current clip.

    Signals
    -------
    project_changed()
    records_changed()
        Clips were added, or many have changed.
    record_changed(ClipRecord)
    clip_changed(ClipRecord or None)
        Another clip, or a new fit of the same one, is to be shown.
    """

    project_changed = Signal()
    records_changed = Signal()
    record_changed = Signal(object)
    clip_changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.project: Project | None = None
        self.current: ClipRecord | None = None
        self._heads: dict[str, HeadModel] = {}
        self.reviewer = reviewer_name()

    # --- project

    @property
    def writable(self) -> bool:
        return self.project is not None and not self.project.read_only

    @property
    def records(self) -> ClipList:
        return self.project.clip_list() if self.project is not None else ClipList()

    def open(self, path: Path, *, create: bool = False) -> Opened:
        """Open the project at `path`; read-only where another program has it.

        Raises
        ------
        NeuFaceError
            When there is no usable project; the one that was open stays open.
        """
        opened = Opened()
        if self.project is not None and self.project.path == Path(path).absolute():
            return opened
        try:
            project = Project.open_or_create(path) if create else Project.open(path)
        except ProjectLockedError as error:
            project = Project.open(path, read_only=True)
            opened = Opened(
                tr("{error} It is shown read-only: decisions are off until it is closed there.", error=error.message),
                True,
            )
        except ProjectError:
            # A folder that may be read but not written, for example on a share.
            project = Project.open(path, read_only=True)
            opened = Opened(tr("This project cannot be written to. It is shown read-only."), True)
        self.close()
        self.project = project
        self.project_changed.emit()
        return opened

    def close(self) -> None:
        """Let the project go."""
        project, self.project, self.current = self.project, None, None
        if project is not None:
            project.close()
            self.project_changed.emit()

    # --- clips

    def show(self, name: str | None) -> None:
        """Make a clip the current one."""
        self.current = self._need().clip(name) if name is not None and self.project is not None else None
        self.clip_changed.emit(self.current)

    def refresh(self, name: str) -> ClipRecord:
        """Read a clip's record again."""
        record = self._need().clip(name)
        if self.current is not None and self.current.name == name:
            self.current = record
        self.record_changed.emit(record)
        return record

    def files(self, record: ClipRecord) -> ClipFiles:
        """How to read the clip, for the compositor's thread."""
        project = self._need()

        def fit() -> tuple[Fit | MultiViewFit, HeadModel | None] | None:
            if not record.run:
                return None
            found = project.load_views(record.name)
            return found, self._head((found.views[0] if isinstance(found, MultiViewFit) else found).head_id)

        def faces(view: int) -> tuple[int, int]:
            found = project.load_landmarks(record.name, view)
            return (found[1] + 1, len(found[0])) if found is not None else (0, 0)

        def video(view: int) -> FrameSource:
            return project.open_view(record.name, view)

        def others() -> dict[Result, Loader]:
            return other_results(project, record.name, self._head)

        def gradients(view: int) -> Callable[[], GradientFilm | None] | None:
            made = has_gradients(project, record.name, view)
            return (lambda: read_gradients(project, record.name, view)) if made else None

        names = project.view_names(record.name)

        def landmarks(view: int) -> LandmarkTrack | None:
            seen = project.corrected_landmarks(record.name, view)
            return seen.track if seen is not None else None

        return ClipFiles(record.name, video, fit, faces, names, project.usual, others, gradients, landmarks)

    def _head(self, head_id: str) -> HeadModel | None:
        if head_id not in self._heads:
            with suppress(ModelError):  # a fit without its head is shown without its mesh
                self._heads[head_id] = load_head_of(head_id).eval()
        return self._heads.get(head_id)

    def history(self, name: str) -> list[DecisionEvent]:
        return self._need().history(name)

    def runs(self, record: ClipRecord | None) -> dict[str, datetime]:
        """When a clip was fitted, by identifier, of every fit that is kept."""
        kept = self._need().runs(record.name) if record is not None else ()
        return {run: time for run in kept if (time := run_time(run)) is not None}

    # --- decisions

    def decide(self, verdict: Verdict, reason: str = "", note: str = "") -> ClipRecord:
        """Judge the current clip; on disk when this returns.

        Raises
        ------
        NeuFaceError
            When it cannot be written; nothing has changed then.
        """
        if self.current is None:
            raise ProjectError(tr("No clip is shown."), remedy=tr("Choose one in the queue."))
        self._need().decide(self.current.name, verdict, reason, note, self.reviewer)
        return self.refresh(self.current.name)

    def add_note(self, words: str) -> ClipRecord:
        """Write a note on the current clip, "" for none; on disk when this returns.

        Raises
        ------
        NeuFaceError
            When it cannot be written; the note is as before then.
        """
        if self.current is None:
            raise ProjectError(tr("No clip is shown."), remedy=tr("Choose one in the queue."))
        self._need().add_note(self.current.name, words, self.reviewer)
        return self.refresh(self.current.name)

    def exclude(self, frames: str) -> ClipRecord:
        """Leave these frames of the current clip out, "3, 10-20", and no others; on disk when this returns.

        Raises
        ------
        NeuFaceError
            When it cannot be written; nothing has changed then.
        """
        name = self._shown_name()
        self._need().exclude(name, frames, self.reviewer)
        return self.refresh(name)

    def mark(self, marks: Span) -> ClipRecord:
        """Set in and out mark of the current clip; as `exclude`."""
        name = self._shown_name()
        self._need().mark(name, marks, self.reviewer)
        return self.refresh(name)

    def tag(self, tags: Sequence[str]) -> ClipRecord:
        """Give the current clip these tags and no others; as `exclude`."""
        name = self._shown_name()
        self._need().tag(name, tags, self.reviewer)
        return self.refresh(name)

    def edit_landmarks(self, edit: LandmarkEdit) -> ClipRecord:
        """Correct landmarks of the current clip; as `exclude`."""
        name = self._shown_name()
        self._need().edit_landmarks(name, edit, self.reviewer)
        return self.refresh(name)

    def skip(self) -> ClipRecord:
        """Leave the current clip for later; as `exclude`."""
        name = self._shown_name()
        self._need().skip(name, self.reviewer)
        return self.refresh(name)

    def _shown_name(self) -> str:
        if self.current is None:
            raise ProjectError(tr("No clip is shown."), remedy=tr("Choose one in the queue."))
        return self.current.name

    def turn(self, *, back: bool) -> DecisionEvent | None:
        """Undo (`back`) or redo one decision; the clip concerned is refreshed. None where there is nothing."""
        project = self._need()
        event = project.undo(self.reviewer) if back else project.redo(self.reviewer)
        if event is not None:
            self.refresh(event.clip)
        return event

    def _need(self) -> Project:
        if self.project is None:
            raise ProjectError(tr("No project is open."), remedy=tr("Open one, or drop videos on the window."))
        return self.project


REASONS: tuple[RejectReason, ...] = tuple(RejectReason)


_EVENT_WORDS = {
    "accept": mark("acceptance"),
    "accept-repaired": mark("acceptance"),
    "edit": mark("correction"),
    "skip": mark("leaving for later"),
    "reject": mark("rejection"),
    "note": mark("note"),
    "exclude": mark("choice of frames that are left out"),
    "marks": mark("marks"),
    "tag": mark("tags"),
}


def decision_words(event: DecisionEvent, target: DecisionEvent | None, *, back: bool) -> str:
    """What undo or redo did to `target`, for the banner."""
    what = tr(_EVENT_WORDS.get(event.verdict or (target.kind if target is not None else "note"), mark("change")))
    return (
        tr("Took back the {what} of {clip}.", what=what, clip=event.clip)
        if back
        else tr("Put back the {what} of {clip}.", what=what, clip=event.clip)
    )


__all__ = ["REASONS", "NeuFaceError", "Opened", "Session", "decision_words", "reviewer_name"]
