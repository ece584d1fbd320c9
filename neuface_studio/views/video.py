"""The original frame with its layers: zoom, pan, never blurred at one to one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from neuface_core.fitting.fit import Fit
from neuface_core.landmarks.track import LandmarkTrack
from neuface_studio import theme
from neuface_studio.language import tr
from neuface_studio.picture import Picture
from neuface_studio.state import Layers
from neuface_studio.views.frame_paint import (
    GRADIENT,
    draw_hud,
    hud_words,
    paint_picture,
    place_frame,
    smooth_frame,
)
from neuface_studio.views.landmark_layer import draw_track
from neuface_studio.views.legend import draw_legend, legend_box

MAX_ZOOM = 24.0
_MIN_ZOOM = 0.05
_GRIP = 11.0  # pixels of the screen around a point in which it is grabbed


class VideoTool(Protocol):
    """What takes the mouse over the frame; places are in pixels of the frame."""

    def press(self, x: float, y: float, within: float, *, more: bool) -> bool:
        """Grab what lies at most `within` pixels away, in addition where `more`; False where there is nothing."""
        ...

    def move(self, x: float, y: float) -> None: ...
    def release(self) -> None: ...
    def paint(self, painter: QPainter, frame: int, scale: float, offset: NDArray[np.float64]) -> None:
        """Draw over `frame`; a frame pixel p lies at ``p * scale + offset``."""
        ...


class VideoView(QWidget):
    """Draws the `Picture` that it was given.

    Signals
    -------
    view_changed()
        Zoom or place is another.
    painted()
        A picture was drawn.
    """

    view_changed = Signal()
    painted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Video with landmarks and mesh"))
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 180)
        self._picture: Picture | None = None
        self._fits: tuple[Fit | None, ...] = ()
        self._names: tuple[str, ...] = ("",)
        self._layers = Layers()
        self._message = ""
        self._zoom: float | None = None  # None: the whole frame, whatever the size of the widget
        self._centre = QPointF()
        self._drag: QPointF | None = None
        self._tool: VideoTool | None = None
        self._gripping = False
        self._tracks: tuple[LandmarkTrack | None, ...] = ()
        self._excluded: NDArray[np.bool_] = np.zeros(0, bool)
        self._painted: int | None = None

    # --- what is shown

    @property
    def shown_frame(self) -> int | None:
        """Number of the frame whose picture is held and drawn; None while there is none."""
        return self._picture.frame if self._picture is not None else None

    @property
    def picture(self) -> Picture | None:
        """What is drawn; None while there is nothing."""
        return self._picture

    @property
    def overlay_frame(self) -> int | None:
        """Number of the frame whose mesh is drawn over the video; None where none is drawn."""
        drawn = self._picture is not None and self._picture.overlay is not None and self._mesh_visible
        return self._picture.frame if drawn and self._picture is not None else None

    @property
    def _mesh_visible(self) -> bool:
        return self._layers.mesh and not self._layers.bare

    @property
    def shown_view(self) -> int | None:
        """Number of the camera whose picture is held; None while there is none."""
        return self._picture.wish.view if self._picture is not None else None

    @property
    def _fit(self) -> Fit | None:
        """That of the picture: while another view or result is on its way, the old one keeps its own landmarks."""
        return self._picture.fit if self._picture is not None else None

    def set_clip(self, fits: Sequence[Fit | None], names: Sequence[str] = ("",)) -> None:
        """Another clip: the landmarks of the fit of every view, and the names of the views where there are several."""
        self._fits, self._names = tuple(fits), tuple(names)
        self._picture = None
        self._message = ""
        self.update()

    def set_picture(self, picture: Picture) -> None:
        self._picture = picture
        self.update()

    def set_layers(self, layers: Layers) -> None:
        self._layers = layers
        self.update()

    def set_excluded(self, excluded: NDArray[np.bool_]) -> None:
        """Which frames (F,) a person left out."""
        self._excluded = excluded
        self.update()

    def set_tracks(self, tracks: Sequence[LandmarkTrack | None]) -> None:
        """The landmarks of every view of a clip without a fit."""
        self._tracks = tuple(tracks)
        self.update()

    def set_tool(self, tool: VideoTool | None) -> None:
        """Who gets the mouse, and draws over the frame; None: the mouse moves the frame."""
        self._tool, self._gripping = tool, False
        if tool is None:
            self.unsetCursor()
        else:
            self.setCursor(Qt.CursorShape.CrossCursor)
        self.update()

    def set_message(self, message: str) -> None:
        """Words in place of a picture."""
        self._message = message
        self.update()

    # --- zoom

    @property
    def view(self) -> tuple[float, float, float] | None:
        """Zoom and the frame pixel in the middle (zoom, x, y); None for the whole frame."""
        return (self._zoom, self._centre.x(), self._centre.y()) if self._zoom is not None else None

    def set_view(self, view: tuple[float, float, float] | None) -> None:
        if view is None:
            self._zoom = None
        else:
            self._zoom = float(np.clip(view[0], _MIN_ZOOM, MAX_ZOOM))
            self._centre = QPointF(view[1], view[2])
        self.update()
        self.view_changed.emit()

    @property
    def scale(self) -> float:
        """Widget pixels a frame pixel."""
        return place_frame(QSizeF(self.size()), self._frame_size(), self.view)[1]

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom by `factor`; the frame stays put under the widget point `at`, by default the middle."""
        anchor = at if at is not None else QPointF(self.width() / 2, self.height() / 2)
        pixel = self.to_frame(anchor)
        new = float(np.clip(self.scale * factor, _MIN_ZOOM, MAX_ZOOM))
        offset = anchor - QPointF(self.width() / 2, self.height() / 2)
        centre = pixel - offset / new
        self.set_view((new, centre.x(), centre.y()))

    def zoom_to_pixels(self) -> None:
        """One frame pixel on one pixel of the screen."""
        centre = self.to_frame(QPointF(self.width() / 2, self.height() / 2))
        self.set_view((1.0 / self.devicePixelRatioF(), centre.x(), centre.y()))

    def zoom_to_box(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """Fill the view with a box of the frame, with a margin."""
        zoom = 0.85 * min(self.width() / max(x1 - x0, 1.0), self.height() / max(y1 - y0, 1.0))
        self.set_view((zoom, (x0 + x1) / 2, (y0 + y1) / 2))

    def _frame_size(self) -> QSizeF:
        image = self._picture.image if self._picture is not None else None
        return QSizeF(image.size()) if image is not None else QSizeF()

    def frame_rect(self) -> QRectF:
        """Where the frame lies in the widget."""
        return place_frame(QSizeF(self.size()), self._frame_size(), self.view)[0]

    def to_frame(self, point: QPointF) -> QPointF:
        """Widget point to frame pixel."""
        return (point - self.frame_rect().topLeft()) / self.scale - QPointF(0.5, 0.5)

    # --- events

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom(1.0015 ** event.angleDelta().y(), event.position())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._tool is not None and event.button() == Qt.MouseButton.LeftButton:
            at, more = self.to_frame(event.position()), event.modifiers() == Qt.KeyboardModifier.ControlModifier
            self._gripping = self._tool.press(at.x(), at.y(), _GRIP / self.scale, more=more)
            if self._gripping:
                return
        self._drag = event.position()
        self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._gripping and self._tool is not None:
            at = self.to_frame(event.position())
            self._tool.move(at.x(), at.y())
        if self._drag is None:
            return
        moved = event.position() - self._drag
        if self._zoom is None and moved.manhattanLength() < 4:
            return  # a click is no drag
        centre = self.to_frame(QPointF(self.width() / 2, self.height() / 2)) - moved / self.scale
        self._drag = event.position()
        self.set_view((self.scale, centre.x(), centre.y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._gripping and self._tool is not None:
            self._gripping = False
            self._tool.release()
            return
        self._drag = None
        self.unsetCursor()
        if self._tool is not None:
            self.setCursor(Qt.CursorShape.CrossCursor)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._tool is None:
            self.set_view(None)

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(colours.canvas))
        picture = self._picture
        if picture is None or picture.image is None:
            self._draw_message(painter, picture.problem if picture is not None else self._message)
            self._painted = None
            return
        rect, scale = self.frame_rect(), self.scale
        device_scale = scale * self.devicePixelRatioF()
        one_to_one = abs(device_scale - 1) < 1e-3
        smooth_frame(painter, device_scale)
        if one_to_one:
            rect.moveTo(round(rect.x()), round(rect.y()))
        layers = self._layers
        if self._tool is not None:  # which draws the points that can be grabbed
            layers = replace(layers, detected=False, errors=False)
        paint_picture(painter, picture, layers, rect, scale)
        self._draw_points(painter, picture, np.array([rect.x() + 0.5 * scale, rect.y() + 0.5 * scale]), scale)
        if picture.gradient is not None and not self._layers.bare:
            draw_legend(painter, legend_box(self.width(), self.height()), GRADIENT)
        draw_hud(painter, self.hud_words, picture, self._layers, self.height())
        self._painted = picture.frame
        self.painted.emit()

    def _draw_points(self, painter: QPainter, picture: Picture, offset: NDArray[np.float64], scale: float) -> None:
        """Points that can be grabbed, or those of a clip without a fit."""
        if self._layers.bare:
            return
        if self._tool is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._tool.paint(painter, picture.frame, scale, offset)
            return
        track = self._tracks[picture.wish.view] if picture.wish.view < len(self._tracks) else None
        if track is not None and picture.fit is None and self._layers.detected:
            draw_track(painter, track, picture.frame, scale, offset)

    def _draw_message(self, painter: QPainter, message: str) -> None:
        painter.setPen(QColor(theme.current().on_canvas))
        box = self.rect().adjusted(32, 32, -32, -32)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, message)

    @property
    def hud_words(self) -> str:
        """What stands in the corner of the picture."""
        picture = self._picture
        if picture is None:
            return ""
        name = self._names[picture.wish.view] if len(self._names) > 1 else ""
        left_out = picture.frame < len(self._excluded) and bool(self._excluded[picture.frame])
        words = hud_words(picture, self._layers, name, left_out=left_out, fitted=any(self._fits))
        if self._zoom is not None:
            words += f"  ·  {round(100 * self.scale * self.devicePixelRatioF())} %"
        return words
