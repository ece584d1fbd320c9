"""Where in the clip and how near a person looks."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from neuface_studio.language import tr
from neuface_studio.stage import Stage
from neuface_studio.suspects import next_place
from neuface_studio.views.banner import Kind


class Looking(QObject):
    """The commands that go to a frame worth seeing, zoom the video and turn the mesh."""

    def __init__(self, stage: Stage, tell: Callable[..., None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stage, self._tell = stage, tell

    # --- frames

    def go_to_worst_frame(self) -> None:
        """The frame of the large view with the largest landmark error."""
        view = self._stage.view
        if view is not None and (worst := view.worst_frame) is not None:
            self._stage.playhead.pause()
            self._stage.playhead.seek(worst)

    def go_to_suspect(self, step: int) -> None:
        """The next (1) or previous (-1) place in the clip that is unusual."""
        clip, playhead = self._stage.clip, self._stage.playhead
        if clip is None:
            return
        place = next_place(clip.places, playhead.frame, step)
        if place is None:
            words = clip.suspicion.words if clip.suspicion is not None else ""
            self._tell(
                tr("This is so throughout: {what}.", what=words) if words else tr("Nothing in this clip is unusual."),
                Kind.INFO,
            )
            return
        playhead.pause()
        playhead.seek(place.first)
        one = tr("Frame {first}: {what}.", first=place.first, what=place.words)
        several = tr("Frame {first} to {last}: {what}.", first=place.first, last=place.last, what=place.words)
        self._tell(several if place.last > place.first else one, Kind.INFO)

    # --- zoom and camera

    def zoom(self, factor: float) -> None:
        """Zoom the video about its middle."""
        self._stage.video.zoom(factor)

    def zoom_to_fit(self) -> None:
        """The whole frame."""
        self._stage.video.set_view(None)

    def zoom_to_pixels(self) -> None:
        """One frame pixel on one pixel of the screen."""
        self._stage.video.zoom_to_pixels()

    def zoom_to_face(self) -> None:
        """The square that the encoder saw fills the view."""
        view = self._stage.view
        if view is not None and (box := view.face_box(self._stage.playhead.frame)) is not None:
            self._stage.video.zoom_to_box(*box)

    def reset_camera(self) -> None:
        """The head from the front."""
        self._stage.mesh.reset_camera()
