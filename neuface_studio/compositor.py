"""Everything that a frame needs, made off the GUI thread and handed over in one piece.

Video, overlay and mesh of one frame travel together as a `Picture`, so that the views cannot disagree about the frame.
The latest wish wins: a wish that was not begun when the next one comes is forgotten, so scrubbing drops frames and
never queues them. A picture of a clip that was left (its ticket is old) is thrown away by whoever receives it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QThread, Signal
from PySide6.QtGui import QImage

from neuface_core.errors import NeuFaceError
from neuface_core.fitting.fit import Fit
from neuface_core.frame_cache import FrameCache
from neuface_core.heads.model import HeadModel
from neuface_core.rendering.shading import draw_mesh
from neuface_core.video import FrameSource, open_source
from neuface_studio.head_frames import HeadFrames

CACHE_BYTES = 512 << 20
_AHEAD_S = 1.5
_REPORT_S = 0.2
_ON_VIDEO = (158, 190, 226)  # cooler than any skin: clay would melt into the face


@dataclass(frozen=True)
class ClipFiles:
    """What a clip is made of, before anything is read."""

    name: str
    video: Callable[[], object]
    fit: Callable[[], tuple[Fit, HeadModel | None] | None]
    faces: Callable[[], tuple[int, int]] = lambda: (0, 0)


@dataclass(frozen=True)
class OpenedClip:
    """A clip that can be shown.

    Attributes
    ----------
    ticket
        Number of the request that opened it.
    heads
        Meshes; None without a fit, or where its head model is not here.
    problem
        Why something of it cannot be shown, or "".
    faces
        Which person of the clip it is about, from 1, and how many were found; zeros where nobody looked yet.
    """

    ticket: int
    name: str
    source: FrameSource
    fit: Fit | None
    heads: HeadFrames | None
    problem: str = ""
    faces: tuple[int, int] = (0, 0)

    @property
    def first_frame(self) -> int:
        """The first frame with a mesh; 0 where there is none."""
        return int(np.argmax(self.fit.valid)) if self.fit is not None else 0

    @property
    def worst_frame(self) -> int | None:
        """The frame with the largest landmark error; None where there is none."""
        if self.fit is None or not np.isfinite(self.fit.error).any():
            return None
        return int(np.nanargmax(self.fit.error))

    def face_box(self, frame: int) -> tuple[float, float, float, float] | None:
        """The square of the encoder in `frame`: x0, y0, x1, y1 in pixels; None without a fit."""
        if self.fit is None:
            return None
        (x, y), half = self.fit.crops.centre[frame], 0.5 * self.fit.crops.size[frame]
        return float(x - half), float(y - half), float(x + half), float(y + half)


@dataclass(frozen=True)
class Wish:
    """What the views want to show."""

    ticket: int
    frame: int
    before: bool = False
    overlay: bool = True
    upright: bool = False
    heat: bool = False
    direction: int = 1


@dataclass(frozen=True)
class MeshPicture:
    """The head of one frame as the 3D view draws it: (V, 3) vertices and normals, (V,) errors in percent or None."""

    vertices: NDArray[np.float32]
    normals: NDArray[np.float32]
    errors: NDArray[np.float32] | None


@dataclass(frozen=True)
class Picture:
    """One frame with everything that is drawn of it.

    Attributes
    ----------
    image
        The frame; None where it cannot be decoded (`problem` says why).
    overlay
        The frame with the mesh on it, opaque: painted over `image` with any opacity it gives the blend; None where
        there is no mesh.
    mesh
        For the 3D view; None where the frame has no mesh.
    """

    wish: Wish
    image: QImage | None
    overlay: QImage | None
    mesh: MeshPicture | None
    problem: str = ""

    @property
    def frame(self) -> int:
        return self.wish.frame


class Compositor(QThread):
    """Opens clips, decodes frames and draws overlays.

    Signals
    -------
    opened(OpenedClip), failed(ticket, words, details)
        One of the two for every `open`, unless a later one overtook it.
    ready(Picture)
    cached(frames (N,) int64)
        Which frames of the present clip are in memory.
    """

    opened = Signal(object)
    failed = Signal(int, str)
    ready = Signal(object)
    cached = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._condition = threading.Condition()
        self._to_open: tuple[int, ClipFiles] | None = None
        self._wish: Wish | None = None
        self._stopping = False
        self._clip: OpenedClip | None = None
        self._cache = FrameCache(CACHE_BYTES)
        self._ahead: list[int] = []
        self._reported = 0.0

    # --- from the GUI thread

    def open(self, ticket: int, files: ClipFiles) -> None:
        """Open another clip; wishes for the old one are forgotten."""
        with self._condition:
            self._to_open, self._wish = (ticket, files), None
            self._condition.notify()

    def ask(self, wish: Wish) -> None:
        """Show this, and forget what was asked before."""
        with self._condition:
            self._wish = wish
            self._condition.notify()

    def stop(self) -> None:
        """End the thread and wait for it."""
        with self._condition:
            self._stopping = True
            self._condition.notify()
        self.wait()

    # --- on its own thread

    def run(self) -> None:
        while True:
            with self._condition:
                while not (self._stopping or self._to_open or self._wish or self._ahead):
                    self._condition.wait()
                if self._stopping:
                    break
                to_open, self._to_open = self._to_open, None
                wish, self._wish = (None, self._wish) if to_open else (self._wish, None)
            if to_open:
                self._open(*to_open)
            elif wish:
                self._serve(wish)
            else:
                self._decode_ahead()
        self._cache.clear()

    def _open(self, ticket: int, files: ClipFiles) -> None:
        self._ahead, self._clip = [], None
        try:
            source = open_source(files.video())  # type: ignore[arg-type]
        except NeuFaceError as error:
            self.failed.emit(ticket, str(error))
            return
        except Exception as error:
            self.failed.emit(ticket, f"The video cannot be opened: {error}")
            return
        fit, heads, problem, faces = None, None, source.info.warning, (0, 0)
        try:
            faces = files.faces()
            found = files.fit()
            if found is not None:
                fit, head = found
                heads = HeadFrames(head, fit) if head is not None else None
                if head is None:
                    problem = f"The head model {fit.head_id!r} is not installed: the mesh cannot be shown."
                if fit.n_frames != source.info.n_frames:
                    fit, heads = None, None
                    problem = "The fit belongs to another version of this video: fit the clip again."
        except NeuFaceError as error:
            problem = str(error)
        except Exception as error:
            problem = f"The fit cannot be shown: {type(error).__name__}: {error}"
        self._clip = OpenedClip(ticket, files.name, source, fit, heads, problem, faces)
        self.opened.emit(self._clip)

    def _serve(self, wish: Wish) -> None:
        clip = self._clip
        if clip is None or clip.ticket != wish.ticket or not 0 <= wish.frame < clip.source.info.n_frames:
            return
        self.ready.emit(_compose(clip, wish, self._cache))
        info = clip.source.info
        reach = max(2, int(_AHEAD_S * info.fps))
        # More than half of the budget would push out what was just made.
        reach = min(reach, CACHE_BYTES // 2 // max(1, info.width * info.height * 3))
        ahead = [wish.frame + wish.direction * k for k in range(1, reach + 1)]
        self._ahead = [i for i in ahead if 0 <= i < info.n_frames]
        self._report(clip)

    def _decode_ahead(self) -> None:
        clip, index = self._clip, self._ahead.pop(0)
        if clip is None:
            self._ahead = []
            return
        try:
            if self._cache.peek(clip.source, index) is None:
                self._cache.frame(clip.source, index)
        except (NeuFaceError, IndexError):
            self._ahead = []
        self._report(clip, at_once=not self._ahead)

    def _report(self, clip: OpenedClip, *, at_once: bool = False) -> None:
        now = time.monotonic()
        if at_once or now - self._reported > _REPORT_S:
            self._reported = now
            self.cached.emit(self._cache.held(clip.source))


def _compose(clip: OpenedClip, wish: Wish, cache: FrameCache) -> Picture:
    try:
        frame = cache.frame(clip.source, wish.frame)
        image = to_qimage(frame)
    except (NeuFaceError, IndexError) as error:
        return Picture(wish, None, None, None, str(error))
    if clip.heads is None:
        return Picture(wish, image, None, None)
    head = clip.heads.frame(wish.frame, before=wish.before, upright=wish.upright)
    if head is None:
        return Picture(wish, image, None, None)
    errors = clip.heads.errors(wish.frame, before=wish.before) if wish.heat else None
    overlay = None
    if wish.overlay:
        covered = frame.copy()
        draw_mesh(covered, head.screen, clip.heads.faces, vertex_light=clip.heads.light, colour=_ON_VIDEO)
        overlay = to_qimage(covered)
    return Picture(wish, image, overlay, MeshPicture(head.vertices, head.normals, errors))


def to_qimage(frame: NDArray[np.uint8]) -> QImage:
    """An (H, W, 3) uint8 RGB array as an image of its own, in the format that Qt draws fastest."""
    height, width = frame.shape[:2]
    data = np.ascontiguousarray(frame)
    wrapped = QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return wrapped.convertToFormat(QImage.Format.Format_RGB32)
