"""Between the play head and the views: asks for the current frame and hands one picture to all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from neuface_core.fitting.refit import SpanPreview
from neuface_core.project.records import ClipRecord
from neuface_studio.compose import SMALL_HEIGHT
from neuface_studio.compositor import Compositor
from neuface_studio.language import tr
from neuface_studio.live_fit import with_previews
from neuface_studio.opened_clip import ClipFiles, OpenedClip, OpenedView
from neuface_studio.picture import Picture, SmallPicture, Wish
from neuface_studio.playhead import Playhead
from neuface_studio.stage_words import heads_words, no_head_words, no_mesh_words
from neuface_studio.state import Layers, LayerState, ViewState
from neuface_studio.views.mesh import MeshView
from neuface_studio.views.timeline import Timeline
from neuface_studio.views.video import VideoView
from neuface_studio.views.view_strip import ViewStrip

Zoom = tuple[float, float, float]

_LOADING_AFTER_MS = 300
GRID_HEIGHT = 480
"""Pixels of a picture in the grid."""


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
        views: ViewState,
        video: VideoView,
        strip: ViewStrip,
        grid: ViewStrip,
        mesh: MeshView,
        timeline: Timeline,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.playhead, self.layers, self.views = playhead, layers, views
        self.video, self.strip, self.grid, self.mesh, self.timeline = video, strip, grid, mesh, timeline
        self.clip: OpenedClip | None = None
        self.with_keys: Callable[[str], str] = str  # puts the keys that hold in place of commands
        self._zooms: dict[int, Zoom | None] = {}  # of the views that are not large now
        self._ticket = 0
        self._start_frame: int | None = None
        self.doing: Callable[[ClipRecord], str] = lambda _: ""  # what is done already about a clip without a mesh
        self._record: ClipRecord | None = None
        self._keep_view = False
        self._compositor = Compositor(self)
        self._compositor.opened.connect(self._on_opened)
        self._compositor.failed.connect(self._on_failed)
        self._compositor.ready.connect(self._on_picture)
        self._compositor.small.connect(self._on_small)
        self._compositor.cached.connect(self._on_cached)
        self._compositor.start()
        self._loading = QTimer(self)
        self._loading.setSingleShot(True)
        self._loading.setInterval(_LOADING_AFTER_MS)
        self._loading.timeout.connect(lambda: self.video.set_message(tr("Opening…")))
        video.painted.connect(self._compositor.painted, Qt.ConnectionType.QueuedConnection)
        playhead.frame_changed.connect(self._ask)
        layers.changed.connect(self._on_layers)
        views.changed.connect(self._ask)
        strip.chosen.connect(views.choose)
        grid.chosen.connect(views.choose)
        timeline.view_chosen.connect(views.choose)
        timeline.scrubbed.connect(playhead.seek)
        timeline.scrub_began.connect(self._on_scrub_began)
        timeline.scrub_ended.connect(self._on_scrub_ended)
        self._resume_rate = 0.0

    @property
    def shown_frames(self) -> tuple[int | None, int | None, int | None]:
        """Frame numbers that video, overlay and mesh hold; the overlay's is None while it is switched off."""
        return self.video.shown_frame, self.video.overlay_frame, self.mesh.shown_frame

    @property
    def view(self) -> OpenedView | None:
        """The camera that is large; None without a clip."""
        return self.clip.views[self.views.view] if self.clip is not None else None

    # --- which clip

    def show(self, record: ClipRecord, files: ClipFiles, frame: int | None = None, *, keep_view: bool = False) -> None:
        """Open a clip at `frame`, by default the first one with a mesh.

        `keep_view` leaves zoom and play head alone (a new fit of the same clip).
        """
        self._ticket += 1
        self._start_frame, self._keep_view = frame, keep_view
        self._record = record
        if not keep_view:
            self._clear()
        elif record.run:
            self.mesh.set_message("")  # its mesh is on the way
        self._loading.start()
        self._compositor.open(self._ticket, files)

    def restate(self, name: str) -> None:
        """A clip stands differently now: where it has no mesh, the 3D view says why, and what is done about it."""
        if self.clip is None or self._record is None or self.clip.name != name or self.clip.heads is not None:
            return
        self.mesh.set_message(self.with_keys(no_mesh_words(self._record, self.doing(self._record))))

    def show_nothing(self, message: str = "") -> None:
        self._ticket += 1
        self._clear()
        self.video.set_message(message)

    def _clear(self) -> None:
        self.clip = None
        self.video.show()  # the grid has nothing to show, and no words of its own
        self.views.set_clip(("",))
        self.playhead.set_clip(np.zeros(0))
        self.video.set_clip(())
        self.strip.set_clip(None)
        self.grid.set_clip(None)
        self.mesh.set_clip(None)
        self.mesh.set_message("")
        self.mesh.set_caption("")
        self.timeline.set_clip(None)

    def _on_opened(self, clip: OpenedClip) -> None:
        if clip.ticket != self._ticket:
            return
        self._loading.stop()
        self.clip = clip
        names = tuple(view.name for view in clip.views)
        kept = self._keep_view and names == self.views.names
        self.views.set_clip(names, self.views.view if kept else clip.first_view)
        self.video.set_clip([view.fit for view in clip.views], names)
        for small in (self.strip, self.grid):
            small.set_clip(clip if len(clip.views) > 1 else None)
        heads = clip.heads
        self.mesh.set_clip(*((heads.faces, heads.light) if heads is not None else (None, None)))
        self.mesh.set_message("")
        self.restate(clip.name)
        self.timeline.set_clip(clip)
        if not self._keep_view:
            self._zooms.clear()
            self.video.set_view(None)
        frame = clip.first_frame if self._start_frame is None else self._start_frame
        self.playhead.set_clip(clip.source.info.times, frame)
        self.video.set_tracks([view.track for view in clip.views])
        self.opened.emit(clip)

    def show_preview(self, previews: Sequence[SpanPreview]) -> None:
        """Show a result that is still coming, in place of the stored one, until the clip is opened again."""
        if self.clip is None:
            return
        self.clip = with_previews(self.clip, previews)
        self._compositor.swap(self.clip)
        self._ask()

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
        ready = self._compositor.ask(
            Wish(
                self._ticket,
                self.playhead.frame,
                result=layers.result,
                overlay=layers.mesh,
                wire=layers.wire,
                upright=layers.follow_head,
                colour=layers.mesh_colour,
                gradient=layers.gradient and not layers.bare,
                view=self.views.view,
                meshes=self.views.meshes,
                small=self.views.several,
                small_height=GRID_HEIGHT if layers.grid else SMALL_HEIGHT,
                direction=self.playhead.direction,
                overlap=self.playhead.playing or not self.video.isVisible(),
            )
        )
        if ready is not None:
            self._on_picture(ready)

    def _on_picture(self, picture: Picture) -> None:
        self._compositor.taken()
        if self.clip is None or picture.wish.ticket != self._ticket:
            return
        before = self.video.shown_view
        self.video.set_picture(picture)
        if before is not None and before != picture.wish.view:
            self._turn_zoom(before, picture.wish.view, picture.frame)
        self.mesh.set_frame(picture.frame, picture.mesh, picture.wish.result, wire=picture.wish.wire)
        self.mesh.set_caption(heads_words(picture))
        if self.clip.heads is not None:
            self.mesh.set_message("" if picture.mesh is not None else no_head_words(self.clip, picture.wish))
        self.playhead.settle()
        self.shown.emit(picture.frame)

    def _turn_zoom(self, old: int, new: int, frame: int) -> None:
        """Every view has its own zoom; a new one shows the face where the last one was zoomed in."""
        self._zooms[old] = zoom = self.video.view
        if new in self._zooms:
            self.video.set_view(self._zooms.pop(new))
        elif zoom is not None and self.clip is not None and (box := self.clip.views[new].face_box(frame)) is not None:
            self.video.zoom_to_box(*box)
        else:
            self.video.set_view(None)

    def _on_small(self, picture: SmallPicture) -> None:
        if self.clip is not None and picture.wish.ticket == self._ticket:
            self.strip.set_picture(picture)
            self.grid.set_picture(picture)

    def _on_layers(self, layers: Layers) -> None:
        self.video.set_layers(layers)
        self.strip.set_layers(layers)
        self.grid.set_layers(layers)
        self.timeline.set_layers(layers)
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
