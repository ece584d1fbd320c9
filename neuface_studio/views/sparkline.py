"""A small curve of a falling number."""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from neuface_studio import theme
from neuface_studio.language import tr

_POINTS = 160


class Sparkline(QWidget):
    """The last values that were added, scaled to fill the height."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Loss of the running fit"))
        self.setFixedSize(90, 20)
        self._values: deque[float] = deque(maxlen=_POINTS)

    def sizeHint(self) -> QSize:
        return QSize(90, 20)

    def clear(self) -> None:
        self._values.clear()
        self.update()

    def add(self, value: float) -> None:
        self._values.append(value)
        self.setToolTip(tr("loss {value:.4g}", value=value))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if len(self._values) < 2:
            return
        low, high = min(self._values), max(self._values)
        span = max(high - low, 1e-12)
        width, height = self.width() - 4, self.height() - 4
        points = [
            QPointF(2 + width * i / (len(self._values) - 1), 2 + height * (1 - (value - low) / span))
            for i, value in enumerate(self._values)
        ]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.current().accent), 1.5))
        painter.drawPolyline(QPolygonF(points))
