"""The clip at a glance: landmark error after and before the fit, where a face was found, and the play head."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from neuface_core.fitting.fit import Fit
from neuface_studio import theme
from neuface_studio.state import Playhead

_LABEL_WIDTH = 76
_RIGHT = 14
_RULER = 20
_ROW = 18
_GAP = 4
_THIN = 6
_BAND_GAP = 9


class Timeline(QWidget):
    """Strips of one pixel a frame or finer; click or drag to scrub.

    Signals
    -------
    scrubbed(int), scrub_began(), scrub_ended()
    """

    scrubbed = Signal(int)
    scrub_began = Signal()
    scrub_ended = Signal()

    def __init__(self, playhead: Playhead, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Timeline")
        self.setAccessibleDescription("Landmark error of every frame; arrow keys step, Home and End jump")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self._playhead = playhead
        self._fit: Fit | None = None
        self._cached: NDArray[np.int64] = np.zeros(0, np.int64)
        self._hover: int | None = None
        self._dragging = False
        playhead.frame_changed.connect(lambda _: self.update())
        playhead.clip_changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(600, _RULER + 2 * (_ROW + _GAP) + 2 * (_THIN + _BAND_GAP) + 4)

    def set_fit(self, fit: Fit | None) -> None:
        self._fit = fit
        self._cached = np.zeros(0, np.int64)
        self.update()

    def set_cached(self, frames: NDArray[np.int64]) -> None:
        """Which frames are decoded already."""
        self._cached = frames
        self.update()

    # --- places

    def _track(self) -> QRectF:
        return QRectF(_LABEL_WIDTH, 0, max(1, self.width() - _LABEL_WIDTH - _RIGHT), self.height())

    def x_of(self, frame: float) -> float:
        """Middle of `frame` in the widget."""
        track = self._track()
        return track.x() + (frame + 0.5) / max(1, self._playhead.n_frames) * track.width()

    def frame_at(self, x: float) -> int:
        """The frame under the widget coordinate `x`, clipped to the clip."""
        track = self._track()
        frame = math.floor((x - track.x()) / track.width() * self._playhead.n_frames)
        return int(np.clip(frame, 0, max(0, self._playhead.n_frames - 1)))

    # --- mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._playhead.n_frames:
            self._dragging = True
            self.scrub_began.emit()
            self.scrubbed.emit(self.frame_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover = self.frame_at(event.position().x()) if self._playhead.n_frames else None
        if self._dragging and self._hover is not None:
            self.scrubbed.emit(self._hover)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._dragging = False
            self.scrub_ended.emit()

    def leaveEvent(self, event: object) -> None:
        self._hover = None
        self.update()

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track, n = self._track(), self._playhead.n_frames
        if not n:
            painter.setPen(QColor(colours.muted))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "The frames of a clip appear here")
            return
        self._draw_ruler(painter, track)
        y = float(_RULER)
        fit = self._fit
        for words, values in (("Before", fit.error_encoder if fit else None), ("After", fit.error if fit else None)):
            self._draw_row(painter, words, values, QRectF(track.x(), y, track.width(), _ROW))
            y += _ROW + _GAP
        y += _BAND_GAP - _GAP - 3
        face = fit.landmarks.detected if fit else None
        self._draw_band(painter, "Face", face, QRectF(track.x(), y, track.width(), _THIN), QColor(colours.good))
        y += _THIN + _BAND_GAP
        held = np.zeros(n, bool)
        held[self._cached[self._cached < n]] = True
        self._draw_band(painter, "Loaded", held, QRectF(track.x(), y, track.width(), _THIN), QColor(colours.muted))
        self._draw_playhead(painter, y + _THIN)

    def _label(self, painter: QPainter, words: str, rect: QRectF) -> None:
        painter.setPen(QColor(theme.current().muted))
        painter.setFont(theme.interface_font(8))
        box = QRectF(0, rect.center().y() - 8, _LABEL_WIDTH - 10, 16)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)

    def _draw_ruler(self, painter: QPainter, track: QRectF) -> None:
        n = self._playhead.n_frames
        step = _nice_step(n, track.width() / 64)
        painter.setFont(theme.number_font(8))
        for frame in range(0, n, step):
            x = self.x_of(frame)
            painter.setPen(QPen(QColor(theme.current().border), 1))
            painter.drawLine(QPointF(x, _RULER - 5), QPointF(x, _RULER - 1))
            painter.setPen(QColor(theme.current().muted))
            painter.drawText(QRectF(x - 30, 0, 60, _RULER - 5), Qt.AlignmentFlag.AlignCenter, str(frame))

    def _draw_row(self, painter: QPainter, words: str, values: NDArray[np.floating] | None, rect: QRectF) -> None:
        self._label(painter, words, rect)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.current().raised))
        painter.drawRoundedRect(rect, 3, 3)
        if values is not None:
            columns = worst_of_columns(values, max(1, min(len(values), round(rect.width()))))
            colours = np.empty((1, len(columns), 4), np.uint8)
            colours[0, :, :3] = theme.error_colours(columns)
            colours[0, :, 3] = np.where(np.isfinite(columns), 255, 0)
            strip = QImage(np.ascontiguousarray(colours).data, len(columns), 1, QImage.Format.Format_RGBA8888).copy()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            painter.drawImage(rect, strip)

    def _draw_band(
        self, painter: QPainter, words: str, flags: NDArray[np.bool_] | None, rect: QRectF, colour: QColor
    ) -> None:
        self._label(painter, words, rect)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.current().raised))
        painter.drawRoundedRect(rect, 2, 2)
        if flags is None:
            return
        edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
        width = rect.width() / len(flags)
        painter.setBrush(colour)
        for start, stop in edges.reshape(-1, 2):
            painter.drawRect(QRectF(rect.x() + start * width, rect.y(), (stop - start) * width, rect.height()))

    def _draw_playhead(self, painter: QPainter, bottom: float) -> None:
        colours = theme.current()
        if self._hover is not None and not self._dragging:
            painter.setPen(QPen(QColor(colours.muted), 1, Qt.PenStyle.DotLine))
            x = self.x_of(self._hover)
            painter.drawLine(QPointF(x, _RULER - 4), QPointF(x, bottom))
        x = self.x_of(self._playhead.frame)
        painter.setPen(QPen(QColor(colours.window), 4))
        painter.drawLine(QPointF(x, _RULER - 2), QPointF(x, bottom + 2))
        painter.setPen(QPen(QColor(colours.text), 2))
        painter.drawLine(QPointF(x, _RULER - 4), QPointF(x, bottom + 2))
        painter.setBrush(QColor(colours.text))
        painter.setPen(Qt.PenStyle.NoPen)
        top = _RULER - 10
        painter.drawPolygon(QPolygonF([QPointF(x - 5, top), QPointF(x + 5, top), QPointF(x, top + 8)]))
        self._draw_flag(painter, x if self._hover is None else self.x_of(self._hover))

    def _draw_flag(self, painter: QPainter, x: float) -> None:
        """Number and error of the frame under the pointer, or of the current one, above the strips."""
        frame = self._playhead.frame if self._hover is None else self._hover
        words = str(frame)
        if self._fit is not None and np.isfinite(self._fit.error[frame]):
            words += f"  ·  {self._fit.error[frame]:.2f} %"
        painter.setFont(theme.number_font(8))
        width = painter.fontMetrics().horizontalAdvance(words) + 14
        left = float(np.clip(x - width / 2, 2, self.width() - width - 2))
        box = QRectF(left, 0, width, _RULER - 5)
        colours = theme.current()
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.setBrush(QColor(colours.hover))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(QColor(colours.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)


def worst_of_columns(values: NDArray[np.floating], columns: int) -> NDArray[np.float32]:
    """The largest of the frames that share a column, so that no bad frame hides; NaN where none of them has a value.

    Parameters
    ----------
    values : (F,)
        F at least `columns`.

    Returns
    -------
    (columns,) float32
    """
    starts = (np.arange(columns) * len(values)) // columns
    filled = np.where(np.isfinite(values), values, -np.inf).astype(np.float32)
    worst = np.maximum.reduceat(filled, starts)
    return np.where(np.isfinite(worst), worst, np.nan).astype(np.float32)


def _nice_step(n_frames: int, labels: float) -> int:
    """A round number of frames between two labels."""
    rough = max(1.0, n_frames / max(1.0, labels))
    power = 10 ** math.floor(math.log10(rough))
    return int(next(power * k for k in (1, 2, 5, 10) if power * k >= rough))
