"""The corrected landmarks of the large view, and how corrections of them are written."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from neuface_core.errors import NeuFaceError
from neuface_core.landmarks.corrections import CorrectedTrack, EditKind, LandmarkEdit, Reach, face_edit
from neuface_core.landmarks.track import LandmarkTrack
from neuface_core.pipeline_refit import touched_frames
from neuface_studio.handles import Handles
from neuface_studio.language import tr
from neuface_studio.problems import problem
from neuface_studio.session import Session
from neuface_studio.stage import Stage
from neuface_studio.views.banner import Kind


class RepairTrack:
    """What holds for the clip on show, read anew by `load`; what is written is on disk when a method returns.

    Attributes
    ----------
    seen
        Detections and corrections; None where there are no landmarks.
    """

    def __init__(self, session: Session, stage: Stage, tell: Callable[..., None]) -> None:
        self._session, self._stage, self._tell = session, stage, tell
        self.seen: CorrectedTrack | None = None
        self._tracks: tuple[LandmarkTrack, ...] = ()
        self._track = 0
        self._edits: list[LandmarkEdit] = []

    def load(self) -> None:
        """Read detections and edits of the large view."""
        project, record, view = self._session.project, self._session.current, self._stage.views.view
        self.seen, self._tracks, self._edits = None, (), []
        if project is None or record is None or self._stage.clip is None or self._stage.clip.name != record.name:
            return
        try:
            found = project.load_landmarks(record.name, view)
            if found is not None and found[0]:
                self._tracks, self._track = found
                self.seen = project.corrected_landmarks(record.name, view)
                edits = project.landmark_edits(record.name, view)
                self._edits = [edit for edit in edits if edit.track == self._track]
        except NeuFaceError as error:
            self._tell(*problem(error, self._session.current))

    # --- what holds

    @property
    def key_frames(self) -> list[int]:
        """Frames in which a person put points."""
        return self.seen.key_frames.tolist() if self.seen is not None else []

    @property
    def touched(self) -> int:
        """Frames whose landmarks are not those that the latest fit follows."""
        fit = self._stage.view.fit if self._stage.view is not None else None
        if fit is None or self.seen is None or self.seen.track.n_frames != fit.n_frames:
            return 0
        return int(touched_frames(fit, self.seen).sum())

    def points(self, frame: int) -> NDArray[np.float32]:
        """(68, 2) of a frame; where nothing was detected those of the mesh, to begin with, or NaN."""
        assert self.seen is not None
        fit = self._stage.view.fit if self._stage.view is not None else None
        if not self.seen.track.detected[frame] and fit is not None and fit.valid[frame]:
            return np.array(fit.projected[frame], np.float32)
        return np.array(self.seen.track.points[frame], np.float32)

    def reach(self, frame: int, point: int) -> Reach:
        """What the latest edit of a point in a frame says about its reach."""
        for edit in reversed(self._edits):
            if frame in edit.frames and point in edit.points:
                return edit.reach if edit.kind != "reset" else "fade"
        return "fade"

    # --- writing

    def write(self, edit: LandmarkEdit) -> bool:
        """Keep an edit; False, with a banner, where that fails."""
        try:
            self._session.edit_landmarks(edit)
        except NeuFaceError as error:
            self._tell(*problem(error, self._session.current))
            return False
        return True

    def keep(
        self,
        kind: EditKind,
        points: Sequence[int],
        places: NDArray[np.float32],
        handles: Handles,
        reach: Reach | None = None,
    ) -> bool:
        """Keep where points (n,) are put (n, 2) in the frame of the handles."""
        frame = handles.frame
        if self.seen is not None and not self.seen.track.detected[frame]:
            # Nobody detected anything here: all of the face has to be somewhere.
            whole = handles.points.copy()
            whole[list(points)] = places
            points, places = range(len(whole)), whole
        wanted = reach or self.reach(frame, points[0])
        try:
            edit = LandmarkEdit.of(kind, [frame], points, [places], self._stage.views.view, wanted, self._track)
        except NeuFaceError as error:
            self._tell(*problem(error, self._session.current))
            return False
        return self.write(edit)

    def reset(self, frame: int, points: Sequence[int]) -> None:
        """Points go back to the detection in a frame."""
        self.write(LandmarkEdit.of("reset", [frame], points, view=self._stage.views.view, track=self._track))

    def other_face(self, frame: int, span: tuple[int, int] | None) -> None:
        """The next other person seen in `frame`, in the frames of `span` or from here to the end of the shot."""
        others = [k for k, track in enumerate(self._tracks) if k != self._track and track.detected[frame]]
        if self.seen is None or not others:
            self._tell(tr("No other face was found in this frame."), Kind.INFO)
            return
        now = self.seen.track.points[frame]
        taken = [k for k in others if np.allclose(self._tracks[k].points[frame], now, atol=0.1)]
        following = [k for k in others if not taken or k > taken[0]]
        number = (following or others)[0]
        try:
            edit = face_edit(
                self._tracks[number], span or (frame, self._shot_end(frame)), self._stage.views.view, self._track
            )
        except NeuFaceError as error:
            self._tell(*problem(error, self._session.current))
            return
        if self.write(edit):
            words = tr(
                "Face {number} of {count} in the frames {first} to {last}. {review.undo} takes it back, {edit.refit} "
                "fits them anew.",
                number=number + 1,
                count=len(self._tracks),
                first=edit.frames[0],
                last=edit.frames[-1],
            )
            self._tell(words, Kind.INFO)

    def _shot_end(self, frame: int) -> int:
        detected = self._tracks[self._track].detected
        ends = np.flatnonzero(~detected[frame:])
        return frame + int(ends[0]) - 1 if len(ends) and ends[0] > 0 else len(detected) - 1
