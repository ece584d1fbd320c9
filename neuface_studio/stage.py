"""Between the play head and the views: asks for the current frame and hands one picture to all of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from neuface_core.project.records import ClipRecord, ClipState
from neuface_studio.compositor import ClipFiles, Compositor, OpenedClip, Picture, Wish
from neuface_studio.state import Layers, LayerState, Playhead
from neuface_studio.views.mesh import MeshView
from neuface_studio.views.timeline import Timeline
from neuface_studio.views.video import VideoView

_LOADING_AFTER_MS = 300


class Stage(QObject):
    """Shows one clip.

    Signals
    -------
    opened(OpenedClip)
        The clip can be shown and is at its first frame.
    failed(str)
        It cannot.
    shown(int)
        Video, overlay and mesh have taken this frame.
    """

    opened = Signal(object)
    failed = Signal(str)
    shown = Signal(int)

    def __init__(
        self,
        playhead: Playhead,
        layers: LayerState,
        video: VideoView,
        mesh: MeshView,
        timeline: Timeline,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.playhead, self.layers = playhead, layers
        self.video, self.mesh, self.timeline = video, mesh, timeline
        self.clip: OpenedClip | None = None
        self._ticket = 0
        self._start_frame: int | None = None
        self._no_mesh = ""
        self._keep_view = False
        self._compositor = Compositor(self)
        self._compositor.opened.connect(self._on_opened)
        self._compositor.failed.connect(self._on_failed)
        self._compositor.ready.connect(self._on_picture)
        self._compositor.cached.connect(self._on_cached)
        self._compositor.start()
        self._loading = QTimer(self)
        self._loading.setSingleShot(True)
        self._loading.setInterval(_LOADING_AFTER_MS)
        self._loading.timeout.connect(lambda: self.video.set_message("Opening…"))
        playhead.frame_changed.connect(self._ask)
        layers.changed.connect(self._on_layers)
        timeline.scrubbed.connect(playhead.seek)
        timeline.scrub_began.connect(self._on_scrub_began)
        timeline.scrub_ended.connect(self._on_scrub_ended)
        self._resume_rate = 0.0

    @property
    def shown_frames(self) -> tuple[int | None, int | None, int | None]:
        """Frame numbers that video, overlay and mesh hold; the overlay's is None while it is switched off."""
        return self.video.shown_frame, self.video.overlay_frame, self.mesh.shown_frame

    # --- which clip

    def show(self, record: ClipRecord, files: ClipFiles, frame: int | None = None, *, keep_view: bool = False) -> None:
        """Open a clip at `frame`, by default the first one with a mesh.

        `keep_view` leaves zoom and play head alone (a new fit of the same clip).
        """
        self._ticket += 1
        self._start_frame, self._keep_view = frame, keep_view
        self._no_mesh = _no_mesh_words(record)
        if not keep_view:
            self._clear()
        self._loading.start()
        self._compositor.open(self._ticket, files)

    def show_nothing(self, message: str = "") -> None:
        self._ticket += 1
        self._clear()
        self.video.set_message(message)

    def _clear(self) -> None:
        self.clip = None
        self.playhead.set_clip(np.zeros(0))
        self.video.set_clip(None)
        self.mesh.set_clip(None)
        self.mesh.set_message("")
        self.timeline.set_fit(None)

    def _on_opened(self, clip: OpenedClip) -> None:
        if clip.ticket != self._ticket:
            return
        self._loading.stop()
        self.clip = clip
        self.video.set_clip(clip.fit)
        self.mesh.set_clip(*((clip.heads.faces, clip.heads.light) if clip.heads is not None else (None, None)))
        self.mesh.set_message("" if clip.heads is not None else self._no_mesh)
        self.timeline.set_fit(clip.fit)
        if not self._keep_view:
            self.video.set_view(None)
        frame = clip.first_frame if self._start_frame is None else self._start_frame
        self.playhead.set_clip(clip.source.info.times, frame)
        self.opened.emit(clip)

    def _on_failed(self, ticket: int, words: str) -> None:
        if ticket == self._ticket:
            self._loading.stop()
            self._clear()
            self.video.set_message(words)
            self.failed.emit(words)

    # --- which frame

    def _ask(self) -> None:
        layers = self.layers.value
        if self.clip is None:
            return
        self._compositor.ask(
            Wish(
                self._ticket,
                self.playhead.frame,
                before=layers.before,
                overlay=layers.mesh,
                upright=layers.follow_head,
                heat=layers.heat,
                direction=self.playhead.direction,
            )
        )

    def _on_picture(self, picture: Picture) -> None:
        if self.clip is None or picture.wish.ticket != self._ticket:
            return
        self.video.set_picture(picture)
        self.mesh.set_frame(picture.frame, picture.mesh, picture.wish.before)
        if self.clip.heads is not None:
            self.mesh.set_message("" if picture.mesh is not None else "No face in this frame.")
        self.shown.emit(picture.frame)

    def _on_layers(self, layers: Layers) -> None:
        self.video.set_layers(layers)
        self._ask()

    def _on_cached(self, frames: NDArray[np.int64]) -> None:
        if self.clip is not None:
            self.timeline.set_cached(frames)

    # --- scrubbing stops the playing, and lets it go on afterwards

    def _on_scrub_began(self) -> None:
        self._resume_rate = self.playhead.rate
        self.playhead.pause()

    def _on_scrub_ended(self) -> None:
        if self._resume_rate:
            self.playhead.play(self._resume_rate)

    def stop(self) -> None:
        """End the background thread and free the graphics card."""
        self._loading.stop()
        self.playhead.pause()
        self._ticket += 1  # pictures that are on their way find nobody
        self.clip = None
        self._compositor.stop()
        self.mesh.release()


def _no_mesh_words(record: ClipRecord) -> str:
    """Why the 3D view is empty."""
    if record.state in (ClipState.SET_ASIDE, ClipState.FAILED) and record.reason:
        word = "Set aside" if record.state is ClipState.SET_ASIDE else "It could not be fitted"
        return f"{word}.\n{record.reason}\n\nF tries again."
    return "No mesh yet.\nPress F to fit this clip."
