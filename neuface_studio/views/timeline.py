"""The clip at a glance: what is suspect, landmark error, where a face was found, what is loaded, and the play head.

A clip of one view has its error before and after the fit; one of several has a lane for each of them.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from neuface_studio import theme
from neuface_studio.opened_clip import OpenedClip, OpenedView
from neuface_studio.state import Playhead, ViewState
from neuface_studio.suspects import flags

_LABEL_WIDTH = 76
_LANE_LABEL_WIDTH = 104
_RIGHT = 14
_RULER = 20
_ROW = 18
_GAP = 4
_THIN = 6
_BAND_GAP = 9
_LANES = 112  # height of all lanes together, as long as each of them can be read
_LANE = (9.0, 16.0)
_LANE_GAP = 3


class Timeline(QWidget):
    """Strips of one pixel a frame or finer; click or drag to scrub.

    Signals
    -------
    scrubbed(int), scrub_began(), scrub_ended()
    view_chosen(int)
        A person clicked the name of a view.
    """

    scrubbed = Signal(int)
    view_chosen = Signal(int)
    scrub_began = Signal()
    scrub_ended = Signal()

    def __init__(self, playhead: Playhead, views: ViewState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Timeline")
        self.setAccessibleDescription("Landmark error of every frame; arrow keys step, Home and End jump")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self._playhead = playhead
        self._views = views
        self._clip: OpenedClip | None = None
        self._strips: dict[tuple[str, int], QImage] = {}
        self._cached: NDArray[np.int64] = np.zeros(0, np.int64)
        self._hover: int | None = None
        self._dragging = False
        playhead.frame_changed.connect(lambda _: self.update())
        playhead.clip_changed.connect(self.update)
        views.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        rows = self._lane_pitch() * len(self._lanes) if self._lanes else 2 * (_ROW + _GAP) + _THIN + _BAND_GAP
        return QSize(600, round(_RULER + _THIN + _BAND_GAP + rows + _THIN + _BAND_GAP + 4))

    def set_clip(self, clip: OpenedClip | None) -> None:
        """Another clip, or another fit of it."""
        self._clip = clip
        self._strips.clear()
        self._cached = np.zeros(0, np.int64)
        self.updateGeometry()
        self.update()

    @property
    def _lanes(self) -> tuple[OpenedView, ...]:
        """The views that have a lane each; none in a clip of one view."""
        return self._clip.views if self._clip is not None and len(self._clip.views) > 1 else ()

    def _lane_pitch(self) -> float:
        return float(np.clip(_LANES / max(1, len(self._lanes)), *_LANE)) + _LANE_GAP

    def set_cached(self, frames: NDArray[np.int64]) -> None:
        """Which frames are decoded already."""
        self._cached = frames
        self.update()

    # --- places

    def _track(self) -> QRectF:
        left = _LANE_LABEL_WIDTH if self._lanes else _LABEL_WIDTH
        return QRectF(left, 0, max(1, self.width() - left - _RIGHT), self.height())

    def _lane_top(self, view: int) -> float:
        return _RULER + _THIN + _BAND_GAP - 3 + view * self._lane_pitch()

    def view_at(self, x: float, y: float) -> int | None:
        """The view whose name lies at a point of the widget; None elsewhere."""
        view = math.floor((y - self._lane_top(0)) / self._lane_pitch())
        return view if 0 <= view < len(self._lanes) and x < _LANE_LABEL_WIDTH else None

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
        view = self.view_at(event.position().x(), event.position().y())
        if view is not None and event.button() == Qt.MouseButton.LeftButton:
            self.view_chosen.emit(view)
        elif event.button() == Qt.MouseButton.LeftButton and self._playhead.n_frames:
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
        suspect = QRectF(track.x(), y, track.width(), _THIN)
        self._draw_band(painter, "Suspect", self._suspect, suspect, QColor(colours.bad))
        y += _THIN + _BAND_GAP - 3
        y = self._draw_lanes(painter, track) if self._lanes else self._draw_view(painter, track, y)
        held = np.zeros(n, bool)
        held[self._cached[self._cached < n]] = True
        self._draw_band(painter, "Loaded", held, QRectF(track.x(), y, track.width(), _THIN), QColor(colours.muted))
        self._draw_playhead(painter, y + _THIN)

    def _draw_view(self, painter: QPainter, track: QRectF, y: float) -> float:
        """The rows of a clip of one view; where the next one begins."""
        fit = self._clip.fit if self._clip is not None else None
        for words, values in (("Before", fit.error_encoder if fit else None), ("After", fit.error if fit else None)):
            self._draw_row(painter, words, values, QRectF(track.x(), y, track.width(), _ROW))
            y += _ROW + _GAP
        y += _BAND_GAP - _GAP - 3
        face = fit.landmarks.detected if fit else None
        good = QColor(theme.current().good)
        self._draw_band(painter, "Face", face, QRectF(track.x(), y, track.width(), _THIN), good)
        return y + _THIN + _BAND_GAP

    def _draw_lanes(self, painter: QPainter, track: QRectF) -> float:
        """Error of each view, hatched where it lost its vote; where the next row begins."""
        agreement = self._clip.agreement if self._clip is not None else None
        pitch = self._lane_pitch()
        for k, view in enumerate(self._lanes):
            rect = QRectF(track.x(), self._lane_top(k), track.width(), pitch - _LANE_GAP)
            self._draw_row(painter, view.name, view.fit.error if view.fit is not None else None, rect, lane=k)
            if view.fit is None:
                painter.setPen(QColor(theme.current().muted))
                painter.setFont(theme.interface_font(8))
                words = "no video" if view.source is None else "left out of the fit" if self._fitted else ""
                painter.drawText(rect.adjusted(8, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, words)
            elif agreement is not None:
                for start, stop in _stretches(agreement.lost(k)):
                    width = rect.width() / max(1, self._playhead.n_frames)
                    theme.hatch(
                        painter, QRectF(rect.x() + start * width, rect.y(), (stop - start) * width, rect.height())
                    )
        return self._lane_top(len(self._lanes)) + 5

    @property
    def _fitted(self) -> bool:
        return self._clip is not None and self._clip.fit is not None

    @property
    def _suspect(self) -> NDArray[np.bool_] | None:
        """(F,): which moments a person should look at; None where nobody judged."""
        if self._clip is None or self._clip.suspicion is None:
            return None
        return flags(self._clip.places, self._playhead.n_frames)

    def _label(self, painter: QPainter, words: str, rect: QRectF) -> None:
        painter.setPen(QColor(theme.current().muted))
        painter.setFont(theme.interface_font(8))
        box = QRectF(0, rect.center().y() - 8, rect.x() - 10, 16)
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

    def _lane_label(self, painter: QPainter, view: int, words: str, rect: QRectF) -> None:
        """Name and colour of a view; the large one stands out."""
        colours = theme.current()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.view_colour(view))
        painter.drawRoundedRect(QRectF(rect.x() - 16, rect.center().y() - 3.5, 7, 7), 2, 2)
        painter.setFont(theme.interface_font(8))
        painter.setPen(QColor(colours.text if view == self._views.view else colours.muted))
        box = QRectF(6, rect.center().y() - 8, rect.x() - 28, 16)
        name = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, int(box.width()))
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name)

    def _draw_row(
        self,
        painter: QPainter,
        words: str,
        values: NDArray[np.floating] | None,
        rect: QRectF,
        lane: int | None = None,
    ) -> None:
        if lane is None:
            self._label(painter, words, rect)
        else:
            self._lane_label(painter, lane, words, rect)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.current().raised))
        painter.drawRoundedRect(rect, 3, 3)
        if values is not None:
            columns = max(1, min(len(values), round(rect.width())))
            key = (words, columns)
            if key not in self._strips:
                self._strips[key] = _heat_strip(worst_of_columns(values, columns))
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            painter.drawImage(rect, self._strips[key])

    def _draw_band(
        self, painter: QPainter, words: str, flags: NDArray[np.bool_] | None, rect: QRectF, colour: QColor
    ) -> None:
        self._label(painter, words, rect)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.current().raised))
        painter.drawRoundedRect(rect, 2, 2)
        if flags is None:
            return
        width = rect.width() / len(flags)
        painter.setBrush(colour)
        for start, stop in _stretches(flags):
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
        fit = self._clip.views[self._views.view].fit if self._clip is not None else None
        if fit is not None and np.isfinite(fit.error[frame]):
            words += f"  ·  {fit.error[frame]:.2f} %"
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


def _stretches(flags: NDArray[np.bool_]) -> NDArray[np.intp]:
    """First and end of every run of True, (N, 2)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return edges.reshape(-1, 2)


def _heat_strip(columns: NDArray[np.float32]) -> QImage:
    """One pixel a column, transparent where it has no value."""
    colours = np.empty((1, len(columns), 4), np.uint8)
    colours[0, :, :3] = theme.error_colours(columns)
    colours[0, :, 3] = np.where(np.isfinite(columns), 255, 0)
    return QImage(np.ascontiguousarray(colours).data, len(columns), 1, QImage.Format.Format_RGBA8888).copy()


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
