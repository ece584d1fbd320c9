"""What is seen in the video panel as a picture or a video: its layers, their opacity, the zoom and the camera."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSizeF
from PySide6.QtGui import QColor, QImage, QPainter

from neuface_core.errors import VideoError
from neuface_core.frame_cache import FrameCache
from neuface_core.jobs import Job, Progress
from neuface_core.video_write import VideoWriter
from neuface_studio.compose import compose
from neuface_studio.opened_clip import ClipFiles, open_clip
from neuface_studio.picture import Picture, Wish
from neuface_studio.state import Layers
from neuface_studio.views import frame_paint as paint
from neuface_studio.views.legend import draw_legend, legend_box

_CACHE_BYTES = 64 << 20


@dataclass(frozen=True)
class Seen:
    """How a person looks at a clip.

    Attributes
    ----------
    wish
        Of the frame on show; the others differ in the frame alone.
    names
        Of the views.
    view
        Zoom in pixels of the panel, and the pixel in its middle; None for the whole frame.
    size
        Of the panel; `ratio` its pixels on the screen for each.
    excluded : (F,) bool
        Frames that are left out.
    canvas
        Colour around the frame.
    """

    wish: Wish
    layers: Layers
    names: tuple[str, ...]
    view: tuple[float, float, float] | None
    size: tuple[int, int]
    ratio: float
    excluded: NDArray[np.bool_]
    canvas: str

    def draw(self, picture: Picture, *, fitted: bool) -> QImage:
        """The panel with this picture in it."""
        width, height = self.size
        image = QImage(round(width * self.ratio), round(height * self.ratio), QImage.Format.Format_RGB888)
        image.setDevicePixelRatio(self.ratio)
        image.fill(QColor(self.canvas))
        if picture.image is None:
            return image
        painter = QPainter(image)
        place, scale = paint.place_frame(QSizeF(width, height), QSizeF(picture.image.size()), self.view)
        paint.smooth_frame(painter, scale * self.ratio)
        paint.paint_picture(painter, picture, self.layers, place, scale)
        if picture.gradient is not None and not self.layers.bare:
            draw_legend(painter, legend_box(width, height), paint.GRADIENT)
        name = self.names[self.wish.view] if len(self.names) > 1 else ""
        left_out = picture.frame < len(self.excluded) and bool(self.excluded[picture.frame])
        words = paint.hud_words(picture, self.layers, name, left_out=left_out, fitted=fitted)
        paint.draw_hud(painter, words, picture, self.layers, height)
        painter.end()
        return image


def write_seen(files: ClipFiles, seen: Seen, span: tuple[int, int], out: Path) -> Job[Path]:
    """Write the frames of `span`, both ends included, as a person sees them, into the MP4 `out`.

    Raises
    ------
    VideoError
        When the clip cannot be read, or the video not be written; nothing half-written is left.
    """
    clip = open_clip(seen.wish.ticket, files)  # with meshes and videos of its own: those of the window are in use
    if isinstance(clip, str):
        raise VideoError(clip)
    cache = FrameCache(_CACHE_BYTES, len(clip.views))
    try:
        times = clip.source.info.times
        first, last = span
        with VideoWriter(out, clip.source.info.fps) as writer:
            for frame in range(first, last + 1):
                picture = compose(clip, replace(seen.wish, frame=frame), cache)
                image = seen.draw(picture, fitted=clip.fit is not None)
                writer.add(_pixels(image), float(times[frame] - times[first]))
                yield Progress("render", frame - first + 1, last - first + 1, files.name)
    finally:
        cache.clear()
    return out


def _pixels(image: QImage) -> NDArray[np.uint8]:
    """(H, W, 3) of an image of three bytes a pixel."""
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()
