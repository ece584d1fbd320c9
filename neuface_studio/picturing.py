"""Pictures and videos of what is seen, saved from the menu."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from neuface_studio import theme
from neuface_studio.background import Background
from neuface_studio.language import tr
from neuface_studio.marking import Marking
from neuface_studio.seen import Seen
from neuface_studio.session import Session
from neuface_studio.stage import Stage
from neuface_studio.views.banner import Kind


class Picturing(QObject):
    """The commands that save what is seen."""

    def __init__(
        self,
        window: QWidget,
        session: Session,
        stage: Stage,
        marking: Marking,
        background: Background,
        tell: Callable[..., None],
    ) -> None:
        super().__init__(window)
        self._window, self._session, self._stage = window, session, stage
        self._marking, self._background, self._tell = marking, background, tell

    @property
    def _seen(self) -> Seen | None:
        """How the video panel is looked at; None while it shows nothing."""
        video = self._stage.video
        picture = video.picture
        if self._stage.clip is None or picture is None:
            return None
        size, names = (video.width(), video.height()), self._stage.views.names
        canvas, ratio = theme.current().canvas, video.devicePixelRatioF()
        layers = self._stage.layers.value
        return Seen(picture.wish, layers, names, video.view, size, ratio, self._marking.excluded, canvas)

    def _name(self, what: str) -> str:
        record = self._session.current
        return f"{record.name.replace('/', '_') if record is not None else 'clip'}{what}"

    # --- a picture

    def save_frame_dialog(self) -> None:
        """Ask where to, then save the frame with its layers."""
        suggested = self._name(f"-{self._stage.playhead.frame}.png")
        name, _ = QFileDialog.getSaveFileName(
            self._window, tr("Save the frame as it is seen"), suggested, "PNG (*.png)"
        )
        if name:
            self.save_frame(Path(name))

    def save_frame(self, path: Path) -> None:
        """Save the frame on show with its layers."""
        seen, clip, picture = self._seen, self._stage.clip, self._stage.video.picture
        if seen is None or clip is None or picture is None:
            return
        if seen.draw(picture, fitted=clip.fit is not None).save(str(path)):
            self._tell(tr("Written: {path}", path=path), Kind.GOOD)
        else:
            self._tell(tr("The picture could not be written; choose another place. ({path})", path=path), Kind.PROBLEM)

    # --- a video

    def save_video_dialog(self) -> None:
        """Ask where to, then write the clip, or what lies between the marks, in the background."""
        suggested = self._name(".mp4")
        name, _ = QFileDialog.getSaveFileName(
            self._window, tr("Save a video of what is seen"), suggested, "MP4 (*.mp4)"
        )
        if name:
            self.save_video(Path(name))

    def save_video(self, path: Path) -> None:
        """Write the clip, or what lies between the marks, as it is seen now."""
        seen, record = self._seen, self._session.current
        if seen is None or record is None:
            return
        n_frames, marks = self._stage.playhead.n_frames, self._marking.marks
        span = marks.within(n_frames) if marks else (0, n_frames - 1)
        self._background.film(record.name, self._session.files(record), seen, span, path)
