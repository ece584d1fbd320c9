"""In and out marks, frames that are left out, tags: what a person says of a clip besides the verdict."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from neuface_core.errors import NeuFaceError
from neuface_core.frame_ranges import Span, frames_mask, frames_text
from neuface_core.project.records import ClipRecord
from neuface_studio.language import mark, tr
from neuface_studio.problems import problem
from neuface_studio.session import Session
from neuface_studio.stage import Stage
from neuface_studio.views.banner import Kind

# What is said of one frame, and of several.
_LEFT_OUT = (
    mark("Frame {first} is left out of the dataset. {review.undo} takes it back."),
    mark("Frames {first} to {last} are left out of the dataset. {review.undo} takes it back."),
)
_TAKEN_IN = (
    mark("Frame {first} is taken in again. {review.undo} takes it back."),
    mark("Frames {first} to {last} are taken in again. {review.undo} takes it back."),
)


class Marking(QObject):
    """The commands that mark frames. Every one of them is on disk at once and can be taken back, as a decision can."""

    def __init__(
        self, session: Session, stage: Stage, tell: Callable[..., None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._stage, self._tell = session, stage, tell

    # --- what holds

    @property
    def marks(self) -> Span:
        """In and out mark of the clip on show."""
        record = self._session.current
        return Span.from_text(record.marks) if record is not None else Span()

    @property
    def excluded(self) -> NDArray[np.bool_]:
        """(F,): which frames of the clip on show are left out."""
        record, n_frames = self._session.current, self._stage.playhead.n_frames
        return frames_mask(record.excluded, n_frames) if record is not None else np.zeros(0, bool)

    def show(self, _record: ClipRecord | None = None) -> None:
        """Let timeline, video and play head know what holds."""
        marks, excluded = self.marks, self.excluded
        self._stage.timeline.set_marks(marks, excluded)
        self._stage.video.set_excluded(excluded)
        self._stage.playhead.set_span(marks.within(self._stage.playhead.n_frames) if marks else None)

    # --- commands

    def mark_in(self) -> None:
        """The in mark at the play head."""
        self._set_marks(self.marks.with_first(self._stage.playhead.frame))

    def mark_out(self) -> None:
        """The out mark at the play head."""
        self._set_marks(self.marks.with_last(self._stage.playhead.frame))

    def clear_marks(self) -> None:
        """No marks any more."""
        self._set_marks(Span())

    def _set_marks(self, marks: Span) -> None:
        if marks != self.marks:
            self._keep(lambda: self._session.mark(marks))

    def toggle_excluded(self) -> None:
        """Leave out the frames between the marks where the play head is among them, else the frame on show.

        Those that are left out already, all of them, are taken in again.
        """
        frame, n_frames = self._stage.playhead.frame, self._stage.playhead.n_frames
        first, last = self.marks.within(n_frames) if self.marks else (frame, frame)
        if not first <= frame <= last:
            first = last = frame
        excluded = self.excluded
        leave_out = not excluded[first : last + 1].all()
        excluded[first : last + 1] = leave_out
        if self._keep(lambda: self._session.exclude(frames_text(excluded))):
            one = _LEFT_OUT if leave_out else _TAKEN_IN
            self._tell(tr(one[first != last], first=first, last=last), Kind.INFO)

    def _keep(self, write: Callable[[], ClipRecord]) -> bool:
        try:
            write()
        except NeuFaceError as error:
            self._tell(*problem(error, self._session.current))
            return False
        return True
