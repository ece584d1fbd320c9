"""The clip at a glance: suspicious places, heat strips, marks, what is left out and what is loaded, the play head.

A clip of one view has its error before and after the fit, jitter and the detector's doubt; one of several has a lane
for the error of each view, and the rest of the large one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from neuface_core.frame_ranges import Span
from neuface_core.rendering.slit_scan import SlitScan
from neuface_studio import theme
from neuface_studio.language import tr
from neuface_studio.opened_clip import OpenedClip, OpenedView
from neuface_studio.playhead import Playhead
from neuface_studio.state import Layers, ViewState
from neuface_studio.strips import Strip, error_strip
from neuface_studio.suspects import flags
from neuface_studio.views import timeline_paint as paint
from neuface_studio.views.slit_pictures import SlitPictures
from neuface_studio.views.timeline_paint import worst_of_columns
from neuface_studio.views.timeline_rows import GAP, Row, rows_of

__all__ = ["Timeline", "worst_of_columns"]

_LABEL_WIDTHS = 76, 150  # between the words of the rows and the strips
_LANE_MARK = 18  # the colour of a view beside its name
_RIGHT = 14
_RULER = 20


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
        self.setAccessibleName(tr("Timeline"))
        self.setAccessibleDescription(tr("Signals of every frame as heat strips; arrow keys step, Home and End jump"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self._playhead = playhead
        self._views = views
        self._clip: OpenedClip | None = None
        self._rows: tuple[Row, ...] = ()
        self._images: dict[tuple[int, int], QImage] = {}
        self._layers = Layers()
        self._slits: tuple[int, SlitScan] | None = None
        self._slit_pictures = SlitPictures()
        self._distances: tuple[Strip, ...] = ()
        self._cached: NDArray[np.int64] = np.zeros(0, np.int64)
        self._marks = Span()
        self._excluded: NDArray[np.bool_] = np.zeros(0, bool)
        self._key_frames: tuple[int, ...] = ()
        self._hover: QPointF | None = None
        self._dragging = self._brief = False
        playhead.settled.connect(lambda _: self.update())
        playhead.clip_changed.connect(self.update)
        views.changed.connect(self._lay_out)
        self._lay_out()

    def sizeHint(self) -> QSize:
        below = max(4.0, (self._line - self._rows[-1].height) / 2)  # the last words are higher than their row
        return QSize(600, math.ceil(theme.px(_RULER) + sum(row.height + row.gap for row in self._rows) + below))

    # --- what is shown

    def set_clip(self, clip: OpenedClip | None) -> None:
        """Another clip, or another fit of it."""
        self._clip, self._key_frames = clip, ()
        self._slits, self._distances = None, ()
        self._cached = np.zeros(0, np.int64)
        self._lay_out()

    def apply_theme(self) -> None:
        """Take the colours of the strips anew."""
        self._images.clear()
        self.update()

    def set_cached(self, frames: NDArray[np.int64]) -> None:
        """Which frames are decoded already."""
        if not np.array_equal(frames, self._cached):
            self._cached = frames
            self.update()

    def set_marks(self, marks: Span, excluded: NDArray[np.bool_]) -> None:
        """In and out mark, and which frames (F,) are left out."""
        self._marks, self._excluded = marks, excluded
        self.update()

    def set_key_frames(self, frames: Sequence[int]) -> None:
        """Frames in which a person put landmarks."""
        self._key_frames = tuple(frames)
        self.update()

    def set_layers(self, layers: Layers) -> None:
        """Whether the slit scan is shown, and whether it is that before the fit."""
        shown, self._layers = self._layers.slits, layers
        if shown != layers.slits:
            self._lay_out()
        self.update()

    def set_brief(self, brief: bool) -> None:
        """Without the slit scan, whatever the layers say."""
        if brief != self._brief:
            self._brief = brief
            self._lay_out()

    def set_slits(self, view: int, scan: SlitScan) -> None:
        """The slit scan of a view of the clip."""
        self._slits = view, scan
        self._slit_pictures.clear()
        self.update()

    def has_slits(self, view: int) -> bool:
        return self._slits is not None and self._slits[0] == view

    def set_distances(self, strips: tuple[Strip, ...]) -> None:
        """How far the views of the clip are apart."""
        self._distances = strips
        self._lay_out()

    @property
    def strips(self) -> tuple[Strip, ...]:
        """The heat strips that are drawn, from top to bottom."""
        return tuple(row.strip for row in self._rows if row.strip is not None)

    @property
    def _lanes(self) -> tuple[OpenedView, ...]:
        """The views that have a lane each; none in a clip of one view."""
        return self._clip.views if self._clip is not None and len(self._clip.views) > 1 else ()

    def _lay_out(self) -> None:
        """Which rows there are for the clip and its large view."""
        self._images.clear()
        metrics = QFontMetricsF(theme.interface_font(8))
        self._line = metrics.height()
        slits = self._layers.slits and not self._brief
        self._rows = rows_of(self._clip, self._views.view, self._distances, slits=slits, line=self._line)
        widths = [
            metrics.horizontalAdvance(row.words) + (_LANE_MARK if row.kind == "lane" else 0) for row in self._rows
        ]
        least, most = (theme.px(width) for width in _LABEL_WIDTHS)
        self._left = math.ceil(np.clip(max(widths) + 16, least, most))
        self.updateGeometry()
        self.update()

    # --- places

    def _track(self) -> QRectF:
        left = self._left
        return QRectF(left, 0, max(1, self.width() - left - _RIGHT), self.height())

    def _places(self) -> list[tuple[Row, QRectF]]:
        """Every row and where it lies."""
        track, y, places = self._track(), float(theme.px(_RULER)), []
        for row in self._rows:
            y += row.gap
            places.append((row, QRectF(track.x(), y, track.width(), row.height)))
            y += row.height
        return places

    def lane(self, view: int) -> QRectF:
        """Where the lane of a view lies, in a clip of several."""
        return next(box for row, box in self._places() if row.kind == "lane" and row.view == view)

    def view_at(self, x: float, y: float) -> int | None:
        """The view whose name lies at a point of the widget; None elsewhere."""
        lanes = [(row.view, box) for row, box in self._places() if row.kind == "lane"]
        hit = (view for view, box in lanes if box.top() <= y < box.bottom() + GAP)
        return next(hit, None) if x < self._left else None

    def x_of(self, frame: float) -> float:
        """Middle of `frame` in the widget."""
        track = self._track()
        return track.x() + (frame + 0.5) / max(1, self._playhead.n_frames) * track.width()

    def frame_at(self, x: float) -> int:
        """The frame under the widget coordinate `x`, clipped to the clip."""
        track = self._track()
        frame = math.floor((x - track.x()) / track.width() * self._playhead.n_frames)
        return int(np.clip(frame, 0, max(0, self._playhead.n_frames - 1)))

    def _row_at(self, y: float) -> Row | None:
        return next((row for row, box in self._places() if box.top() - 1 <= y <= box.bottom() + 1), None)

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
        self._hover = event.position() if self._playhead.n_frames else None
        if self._dragging and self._hover is not None:
            self.scrubbed.emit(self.frame_at(self._hover.x()))
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._dragging = False
            self.scrub_ended.emit()

    def leaveEvent(self, event: object) -> None:
        self._hover = None
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._lay_out()

    def event(self, event: QEvent) -> bool:
        """The name of a strip says what it is."""
        if isinstance(event, QHelpEvent):
            row = self._row_at(event.pos().y())
            hint = row.strip.hint if row is not None and row.strip is not None else ""
            QToolTip.showText(event.globalPos(), hint if event.pos().x() < self._track().x() else "", self)
            return True
        return super().event(event)

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        n = self._playhead.n_frames
        if not n:
            painter.setPen(QColor(colours.muted))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, tr("The frames of a clip appear here"))
            return
        track, places = self._track(), self._places()
        ruler = QRectF(track.x(), 0, track.width(), theme.px(_RULER))
        bottom = places[-1][1].bottom()
        frame, words = self._flag()
        flag = paint.flag_box(words, self.x_of(frame), theme.px(_RULER) - 5, self.width())
        paint.draw_ruler(painter, ruler, n, flag)
        for number, (row, box) in enumerate(places):
            self._draw_row(painter, number, row, box)
        if len(self._excluded) == n and self._excluded.any():
            below = QRectF(track.x(), theme.px(_RULER), track.width(), bottom - theme.px(_RULER))
            paint.draw_hatched(painter, self._excluded, below)
        if self._marks:
            first, last = self._marks.within(n)
            left, right = (track.x() + frame / n * track.width() for frame in (first, last + 1))
            there = self._marks.first is not None, self._marks.last is not None
            paint.draw_span(painter, QRectF(left, 0, right - left, bottom), ruler, bottom, there)
        paint.draw_key_frames(painter, [self.x_of(frame) for frame in self._key_frames if frame < n], theme.px(_RULER))
        if frame != self._playhead.frame:
            painter.setPen(QPen(QColor(colours.muted), 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(self.x_of(frame), theme.px(_RULER) - 4), QPointF(self.x_of(frame), bottom))
        paint.draw_playhead(painter, self.x_of(self._playhead.frame), theme.px(_RULER), bottom)
        paint.draw_flag(painter, words, flag)

    def _draw_row(self, painter: QPainter, number: int, row: Row, box: QRectF) -> None:
        colours = theme.current()
        if row.kind == "lane":
            paint.draw_lane_label(painter, row.view, row.words, box, large=row.view == self._views.view)
        else:
            paint.draw_label(painter, row.words, box)
        if row.kind == "suspect":
            paint.draw_band(painter, self._suspect, box, QColor(colours.bad))
        elif row.kind == "loaded":
            held = np.zeros(self._playhead.n_frames, bool)
            held[self._cached[self._cached < len(held)]] = True
            paint.draw_band(painter, held, box, QColor(colours.muted))
        elif row.kind == "slit":
            self._draw_slit(painter, row, box)
        else:
            paint.draw_ground(painter, box)
            if row.strip is not None:
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
                painter.drawImage(box, self._image(number, row.strip, box))
        if row.kind == "lane":
            self._draw_lane(painter, row, box)

    def _draw_slit(self, painter: QPainter, row: Row, box: QRectF) -> None:
        """A column of every frame: of the video, or of the mesh, before the fit while that is shown."""
        if self._slits is None or self._slits[0] != self._views.view:
            paint.draw_ground(painter, box)
            return
        scan = self._slits[1]
        which = "picture" if row.words == tr("Slit scan") else "before" if self._layers.before else "after"
        painter.drawImage(box, self._slit_pictures.get(scan, which, box.size() * self.devicePixelRatioF()))

    def _image(self, number: int, strip: Strip, box: QRectF) -> QImage:
        """The heat strip of a row for this width, made once."""
        columns = max(1, min(len(strip.values), round(box.width())))
        key = (number, columns)
        if key not in self._images:
            self._images[key] = paint.heat_strip(worst_of_columns(strip.values, columns), strip.full)
        return self._images[key]

    def _draw_lane(self, painter: QPainter, row: Row, box: QRectF) -> None:
        """Why a view has no error, or where it lost its vote."""
        assert self._clip is not None
        view, agreement = self._clip.views[row.view], self._clip.agreement
        if view.fit is None:
            painter.setPen(QColor(theme.current().muted))
            painter.setFont(theme.interface_font(8))
            fitted = self._clip.fit is not None
            words = tr("no video") if view.source is None else tr("left out of the fit") if fitted else ""
            painter.drawText(box.adjusted(8, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, words)
        elif agreement is not None:
            paint.draw_hatched(painter, agreement.lost(row.view), box)

    @property
    def _suspect(self) -> NDArray[np.bool_] | None:
        """(F,): which moments a person should look at; None where nobody judged."""
        if self._clip is None or self._clip.suspicion is None:
            return None
        return flags(self._clip.places, self._playhead.n_frames)

    def _flag(self) -> tuple[int, str]:
        """Where the flag stands and what it says: of the frame under the pointer, else of the current one."""
        frame, row = self._playhead.frame, None
        if self._hover is not None and not self._dragging:
            frame, row = self.frame_at(self._hover.x()), self._row_at(self._hover.y())
        strip = row.strip if row is not None and row.strip is not None else self._error
        value = strip.value(frame) if strip is not None else ""
        left_out = tr("left out") if frame < len(self._excluded) and self._excluded[frame] else ""
        return frame, "  ·  ".join(part for part in (str(frame), value, left_out) if part)

    @property
    def _error(self) -> Strip | None:
        """Landmark error of the large view."""
        fit = self._clip.views[self._views.view].fit if self._clip is not None else None
        return error_strip(fit, tr("After")) if fit is not None else None
