"""How suspicion, landmark error or jitter is spread over the clips, with a threshold that can be dragged."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from neuface_studio import theme
from neuface_studio.language import tr
from neuface_studio.queue_filter import MEASURE_WORDS, Measure

_BINS = 48
_PERCENTILE = 99.0  # a single hopeless clip must not press all others into one bar
_LABEL = 16
_SIDE = 12
_HEIGHT = 62
_GRIP = 7.0


class Histogram(QWidget):
    """Bars of all clips; those from the threshold on stand out.

    Drag the line, or press the arrow keys, to show only clips from there on; a double click takes it away; a click on
    the title shows the next measure.

    Signals
    -------
    changed(Measure, float or None)
        The threshold, None for none.
    """

    changed = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self._measure = Measure.SUSPICION
        self._columns: dict[Measure, NDArray[np.float32]] = {}
        self._counts: NDArray[np.intp] = np.zeros(_BINS, np.intp)
        self._end = 1.0
        self._least: float | None = None
        self._dragging = False
        self._say()

    def sizeHint(self) -> QSize:
        return QSize(200, _HEIGHT - _LABEL + theme.px(_LABEL))

    # --- what is shown

    @property
    def measure(self) -> Measure:
        return self._measure

    @property
    def least(self) -> float | None:
        """The threshold; None where all clips are shown."""
        return self._least

    def set_columns(self, columns: dict[Measure, NDArray[np.float32]]) -> None:
        """The values of all clips, (N,) each, NaN where unknown."""
        self._columns = columns
        self._count()

    def set_least(self, measure: Measure, least: float | None) -> None:
        """Show a threshold without saying that a person moved it."""
        if measure != self._measure:
            self._measure = measure
            self._count()
        self._least = least
        self._say()
        self.update()

    def _count(self) -> None:
        values = self._columns.get(self._measure, np.zeros(0, np.float32))
        known = values[np.isfinite(values)]
        # A round end: the scale does not creep with every new fit.
        rough = max(float(np.percentile(known, _PERCENTILE)) if len(known) else 1.0, 1e-3)
        step = 10.0 ** np.floor(np.log10(rough))
        self._end = float(step * np.ceil(rough / step * 2) / 2)
        self._counts = np.histogram(np.clip(known, 0, self._end), _BINS, (0, self._end))[0]
        self.setVisible(len(known) > 1)
        self.update()

    def _say(self) -> None:
        words = tr(MEASURE_WORDS[self._measure])
        at = tr("from {least:.2g} on", least=self._least) if self._least is not None else tr("no threshold")
        self.setAccessibleName(tr("Histogram of {measure}, {threshold}", measure=words.lower(), threshold=at))
        self.setToolTip(
            tr(
                "{measure} of all clips. Drag to show only those from there on; double click for "
                "all.\nClick the title for another measure.",
                measure=words,
            )
        )

    # --- places

    def _area(self) -> QRectF:
        return QRectF(_SIDE, theme.px(_LABEL), max(1, self.width() - 2 * _SIDE), self.height() - theme.px(_LABEL) - 4)

    def x_of(self, value: float) -> float:
        """Where a value lies in the widget."""
        area = self._area()
        return area.x() + min(value / self._end, 1.0) * area.width()

    def _value_at(self, x: float) -> float | None:
        area = self._area()
        value = float(np.clip((x - area.x()) / area.width(), 0, 1)) * self._end
        return value if value > self._end / (2 * _BINS) else None

    # --- by hand

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if event.position().y() < theme.px(_LABEL):
            every = tuple(Measure)
            self._measure = every[(every.index(self._measure) + 1) % len(every)]
            self._count()
            self._move(None)
        else:
            self._dragging = True
            self._move(self._value_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._move(self._value_at(event.position().x()))
        over_title = event.position().y() < theme.px(_LABEL)
        near = self._least is not None and abs(event.position().x() - self.x_of(self._least)) < _GRIP
        shape = Qt.CursorShape.PointingHandCursor if over_title else Qt.CursorShape.SplitHCursor
        self.setCursor(shape if over_title or near or self._dragging else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._dragging = False
            self._move(self._value_at(event.position().x()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._move(None)

    def event(self, event: QEvent) -> bool:
        """While it has the keyboard, the arrows move the threshold and do not step through the clip."""
        arrows = (Qt.Key.Key_Left, Qt.Key.Key_Right)
        asked = event.type() == QEvent.Type.ShortcutOverride
        if asked and isinstance(event, QKeyEvent) and event.key() in arrows:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            event.ignore()
            return
        value = (self._least or 0.0) + step * self._end / _BINS
        self._move(min(value, self._end) if value > self._end / (2 * _BINS) else None)

    def _move(self, least: float | None) -> None:
        self._least = least
        self._say()
        self.update()
        self.changed.emit(self._measure, least)

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        colours, area = theme.current(), self._area()
        painter = QPainter(self)
        painter.setFont(theme.interface_font(8))
        painter.setPen(QColor(colours.muted))
        title = QRectF(_SIDE, 0, area.width(), theme.px(_LABEL))
        painter.drawText(title, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self._title())
        painter.setFont(theme.number_font(8))
        painter.drawText(title, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"0 – {self._end:g}")
        self._draw_bars(painter, area)
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        if self._least is not None:
            x = self.x_of(self._least)
            painter.setPen(QPen(QColor(colours.accent), 2))
            painter.drawLine(QPointF(x, area.y() - 1), QPointF(x, area.bottom()))
            painter.setBrush(QColor(colours.accent))
            painter.drawEllipse(QPointF(x, area.y() + 2), 3, 3)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.accent), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(4, 0.5, -4, -0.5), 4, 4)

    def _title(self) -> str:
        at = "  " + tr("from {least:.2g}", least=self._least) if self._least is not None else ""
        return f"{tr(MEASURE_WORDS[self._measure])} ▾{at}"

    def _draw_bars(self, painter: QPainter, area: QRectF) -> None:
        """Heights by the root of the count: one suspicious clip among thousands is seen."""
        colours = theme.current()
        painter.setPen(Qt.PenStyle.NoPen)
        height = np.sqrt(self._counts / max(1, int(self._counts.max())))
        wide = area.width() / _BINS
        for k in np.flatnonzero(self._counts):
            high = max(2.0, float(height[k]) * area.height())
            chosen = self._least is not None and (k + 1) * self._end / _BINS > self._least
            painter.setBrush(QColor(colours.accent if chosen else colours.muted))
            painter.drawRect(QRectF(area.x() + k * wide, area.bottom() - high, max(1.0, wide - 1), high))
