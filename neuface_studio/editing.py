"""Landmark repair: choosing points, moving them, and having the touched frames fitted anew.

Every gesture is one event of the project's log, on disk when the next one begins, and is undone like a decision.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QPainter

from neuface_core.errors import NeuFaceError
from neuface_core.frame_ranges import Span
from neuface_core.landmarks.corrections import EditKind, Origin, Reach, mirrored
from neuface_core.landmarks.second_guess import SecondGuess
from neuface_core.project import ClipRecord
from neuface_studio.handles import Handles, grown
from neuface_studio.language import tr, tr_n
from neuface_studio.problems import problem
from neuface_studio.repair_track import RepairTrack
from neuface_studio.session import Session
from neuface_studio.side_job import SideJob
from neuface_studio.stage import Stage
from neuface_studio.tasks import Guessing
from neuface_studio.views.banner import Kind
from neuface_studio.views.handle_layer import draw_handles

_NUDGES_ARE_ONE_MS = 300
_ALL = tuple(range(68))


class Editing(QObject):
    """The commands of the category "Repair", and what the video draws and lets a person grab meanwhile.

    Signals
    -------
    changed()
        Editing began or ended, or other points are chosen.
    refit_wanted(str)
        The touched frames of this clip are to be fitted anew.
    """

    changed = Signal()
    refit_wanted = Signal(str)

    def __init__(
        self,
        session: Session,
        stage: Stage,
        tell: Callable[..., None],
        device: torch.device,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._stage, self._tell = session, stage, tell
        self.active = False
        self._chosen: frozenset[int] = frozenset()
        self._repair = RepairTrack(session, stage, tell)
        self._at = 0  # the frame of `_shift`
        self._shift = np.zeros(2, np.float32)  # of a drag, or of nudges that are not kept yet
        self._grabbed: NDArray[np.float32] | None = None
        self._kind: EditKind = "drag"
        self._guess: tuple[int, NDArray[np.float32]] | None = None
        self._guessing = Guessing(device)
        self._side = SideJob(self)
        self._side.done.connect(self._on_guess)
        self._whole_frame = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_NUDGES_ARE_ONE_MS)
        self._pause.timeout.connect(self.flush)
        stage.playhead.frame_changed.connect(self._on_frame)
        stage.views.changed.connect(self._on_view)
        session.record_changed.connect(self._on_record)

    # --- what holds

    @property
    def has_points(self) -> bool:
        """Whether points are chosen."""
        return bool(self._chosen)

    @property
    def handles(self) -> Handles | None:
        """What can be grabbed now; None while nothing is edited."""
        return self._handles_at(self._stage.playhead.frame)

    def _handles_at(self, frame: int) -> Handles | None:
        seen = self._repair.seen
        if not self.active or seen is None or frame >= seen.track.n_frames:
            return None
        points = self._repair.points(frame)
        if self._chosen and frame == self._at:
            points[sorted(self._chosen)] += self._shift
        ghost = self._guess[1] if self._guess is not None and self._guess[0] == frame else None
        return Handles(frame, points, seen.detections.points[frame], seen.origin[frame], self._chosen, ghost)

    @property
    def touched(self) -> int:
        """Frames of the large view whose landmarks are not those that the latest fit follows."""
        return self._repair.touched

    @property
    def held(self) -> bool:
        """Whether a correction of the frame on show holds to the ends of its shot."""
        frame = self._stage.playhead.frame
        return any(self._repair.reach(frame, point) == "hold" for point in (self._chosen or _ALL))

    # --- beginning and leaving

    def begin(self) -> None:
        """Give the points of the large view handles."""
        self._repair.load()
        if self._repair.seen is None:
            self._tell(tr("No landmarks yet: {fit.clip} finds them."), Kind.INFO)
            return
        self._stage.playhead.pause()
        self.active, self._chosen, self._guess = True, frozenset(), None
        self._stage.video.set_tool(self)
        self._stage.video.setFocus()
        view, frame = self._stage.view, self._stage.playhead.frame
        self._whole_frame = self._stage.video.view is None
        if self._whole_frame and view is not None and (box := view.face_box(frame)) is not None:
            self._stage.video.zoom_to_box(*box)
        self._show()

    def leave(self) -> None:
        """Let the chosen points go; where none are, end."""
        if self._chosen or self._guess:
            self.flush()
            self._chosen, self._guess = frozenset(), None
            self._show()
        elif self.active:
            touched = self.touched
            self.end()
            if touched:
                words = tr_n(
                    "{n} frames were corrected and not fitted anew yet: {edit.begin}, then {edit.refit}.",
                    "{n} frame was corrected and not fitted anew yet: {edit.begin}, then {edit.refit}.",
                    touched,
                )
                self._tell(words, Kind.INFO)

    def end(self) -> None:
        """No handles any more; what was moved is kept."""
        if not self.active:
            return
        self.flush()
        self._side.cancel()
        self.active, self._chosen, self._guess = False, frozenset(), None
        self._stage.video.set_tool(None)
        if self._whole_frame:
            self._stage.video.set_view(None)
        self._show()

    def stop(self) -> None:
        """The window closes."""
        self.flush()
        self._side.stop()

    def show_clip(self) -> None:
        """Another clip, or another fit of it, is on show: let the timeline know its key frames."""
        self._repair.load()
        if self.active and self._repair.seen is None:
            self.end()
        self._show()

    # --- choosing

    def next_point(self) -> None:
        self._step_point(1)

    def previous_point(self) -> None:
        self._step_point(-1)

    def _step_point(self, step: int) -> None:
        self.flush()
        first = -1 if step > 0 else 0
        at = max(self._chosen) if step > 0 and self._chosen else min(self._chosen, default=first)
        self._chosen = frozenset({(at + step) % 68})
        self._show()

    def choose_group(self) -> None:
        """The parts of the face that the chosen points belong to; then all."""
        self.flush()
        self._chosen = grown(self._chosen)
        self._show()

    # --- the mouse (VideoView's tool)

    def press(self, x: float, y: float, within: float, *, more: bool) -> bool:
        """Grab the point at a place of the frame; False where there is none."""
        handles = self.handles
        point = handles.nearest(x, y, within) if handles is not None else None
        if point is None:
            return False
        self.flush()
        if more:
            self._chosen = self._chosen ^ {point}
        elif point not in self._chosen:
            self._chosen = frozenset({point})
        self._grabbed, self._kind, self._at = np.array([x, y], np.float32), "drag", self._stage.playhead.frame
        self._show()
        return True

    def move(self, x: float, y: float) -> None:
        """Drag what is chosen."""
        if self._grabbed is not None:
            self._shift = np.array([x, y], np.float32) - self._grabbed
            self._show(only_points=True)

    def release(self) -> None:
        """Let go: the points stay where they are."""
        self._grabbed = None
        self.flush()

    def paint(self, painter: QPainter, frame: int, scale: float, offset: NDArray[np.float64]) -> None:
        """Draw the handles, where the picture is of their frame."""
        handles = self.handles
        if handles is not None and handles.frame == frame:
            draw_handles(painter, handles, scale, offset)

    # --- moving

    def nudge(self, x: float, y: float) -> None:
        """Move what is chosen by (x, y) pixels; nudges in quick succession are one."""
        handles = self.handles
        if handles is None or not handles.shown:
            return
        self._kind, self._at = "nudge", handles.frame
        self._shift = self._shift + np.array([x, y], np.float32)
        self._pause.start()
        self._show(only_points=True)

    def flush(self) -> None:
        """Keep what was moved."""
        self._pause.stop()
        handles = self._handles_at(self._at) if self._shift.any() else None
        self._shift = np.zeros(2, np.float32)
        if handles is not None and handles.shown:
            self._repair.keep(self._kind, sorted(self._chosen), handles.points[sorted(self._chosen)], handles)

    def mirror(self) -> None:
        """Take what is chosen from the other side of the face."""
        self.flush()
        if (handles := self.handles) is not None:
            chosen = sorted(self._chosen)
            try:
                places = mirrored(handles.points, chosen)
            except NeuFaceError as error:
                self._tell(*problem(error, self._session.current))
                return
            self._repair.keep("mirror", chosen, places, handles)

    def confirm(self) -> None:
        """What is chosen, or all, is right as it is."""
        self.flush()
        handles = self.handles
        if handles is not None and handles.shown:
            points = sorted(self._chosen) or list(_ALL)
            self._repair.keep("key", points, handles.points[points], handles)

    def toggle_hold(self) -> None:
        """Whether the correction of what is chosen holds to the ends of the shot."""
        self.flush()
        handles = self.handles
        if handles is None or not handles.shown:
            return
        reach: Reach = "fade" if self.held else "hold"
        points = sorted(self._chosen)
        origin = Origin(int(handles.origin[points[0]]))
        kind: Any = "key" if origin in (Origin.DETECTOR, Origin.INTERPOLATED) else origin.name.lower()
        if self._repair.keep(kind, points, handles.points[points], handles, reach):
            holds = tr("The correction holds to the ends of the shot. {review.undo} takes it back.")
            fades = tr("The correction fades beyond the last key frame. {review.undo} takes it back.")
            self._tell(holds if reach == "hold" else fades, Kind.INFO)

    def reset_points(self) -> None:
        """What is chosen goes back to the detection in this frame."""
        self._reset(sorted(self._chosen))

    def reset_frame(self) -> None:
        """All points go back to the detection in this frame."""
        self._reset(list(_ALL))

    def _reset(self, points: Sequence[int]) -> None:
        self._shift = np.zeros(2, np.float32)
        frame = self._stage.playhead.frame
        self._repair.reset(frame, points)

    # --- second guess and other faces

    def guess(self) -> None:
        """Ask the detector again, in the background."""
        self.flush()
        handles, project, record = self.handles, self._session.project, self._session.current
        if handles is None or not handles.shown or project is None or record is None or self._repair.seen is None:
            self._tell(tr("There is no face to look at again in this frame."), Kind.INFO)
            return
        view, frame, detector = self._stage.views.view, handles.frame, self._repair.seen.track.detector
        key = (record.name, view, frame)
        job = self._guessing.job
        self._side.start(key, lambda: job(project, record.name, view, frame, handles.points, detector))

    def _on_guess(self, key: object, found: SecondGuess | None) -> None:
        record, frame = self._session.current, self._stage.playhead.frame
        if not self.active or record is None or key != (record.name, self._stage.views.view, frame):
            return
        if found is None:
            self._tell(tr("The detector sees no face here."), Kind.INFO)
            return
        self._guess = frame, found.points
        self._show()
        self._tell(
            tr("Second guess ({who}): {edit.take_guess} takes it, {edit.leave} leaves it.", who=found.words), Kind.INFO
        )

    def take_guess(self) -> None:
        """Put what is chosen, or all, where the second guess has it."""
        handles = self.handles
        if handles is None or handles.ghost is None:
            self._tell(tr("Ask for a second guess first: {edit.guess}."), Kind.INFO)
            return
        points = sorted(self._chosen) or list(_ALL)
        self._guess = None
        self._repair.keep("guess", points, handles.ghost[points], handles)

    def other_face(self) -> None:
        """Another person's landmarks between the marks, or from here to the end of the shot."""
        self.flush()
        marks = Span.from_text(self._session.current.marks) if self._session.current is not None else Span()
        span = marks.within(self._stage.playhead.n_frames) if marks else None
        self._repair.other_face(self._stage.playhead.frame, span)

    # --- frames

    def frame_on(self) -> None:
        self._stage.playhead.step(1)

    def frame_back(self) -> None:
        self._stage.playhead.step(-1)

    def next_key(self) -> None:
        self._go([k for k in self._repair.key_frames if k > self._stage.playhead.frame][:1])

    def previous_key(self) -> None:
        self._go([k for k in self._repair.key_frames if k < self._stage.playhead.frame][-1:])

    def _go(self, frames: Sequence[int]) -> None:
        if frames:
            self._stage.playhead.pause()
            self._stage.playhead.seek(frames[0])

    def refit(self) -> None:
        """Fit anew what was touched."""
        self.flush()
        record, view = self._session.current, self._stage.view
        if record is None or view is None:
            return
        if view.fit is None:
            self._tell(tr("There is no fit yet. Leave editing, then F fits the clip with your landmarks."), Kind.INFO)
        elif not self.touched:
            self._tell(tr("Nothing was corrected since the latest fit."), Kind.INFO)
        else:
            self.refit_wanted.emit(record.name)

    # --- following

    def _on_record(self, record: ClipRecord) -> None:
        """An edit was kept, or taken back."""
        current = self._session.current
        if current is not None and record.name == current.name and self._stage.clip is not None:
            self._repair.load()
            self._show()

    def _on_frame(self, _frame: int) -> None:
        if self.active:
            self._grabbed, self._guess = None, None
            self.flush()
            self._show()

    def _on_view(self) -> None:
        if self._stage.clip is not None:
            self._shift = np.zeros(2, np.float32)
            self._repair.load()
            self._chosen, self._guess = frozenset(), None
            if self.active and self._repair.seen is None:
                self.end()
            self._show()

    def _show(self, *, only_points: bool = False) -> None:
        self._stage.video.update()
        if not only_points:
            self._stage.timeline.set_key_frames(self._repair.key_frames)
            self.changed.emit()
