"""The scale of a colour map, with what it means and its two ends."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from neuface_studio import theme
from neuface_studio.language import tr
from neuface_studio.mesh_colours import Legend

_SIZE = (176, 46)


def draw_legend(painter: QPainter, box: QRectF, legend: Legend) -> None:
    """Draw a legend on a dark ground, as the other words on the pictures have it."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 175))
    painter.drawRoundedRect(box, 6, 6)
    painter.setPen(QColor("#f2f4f7"))
    painter.setFont(theme.interface_font(8))
    inner = box.adjusted(10, 5, -10, -5)
    painter.drawText(inner, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, tr(legend.words))
    painter.setFont(theme.number_font(8))
    low, high = tr(legend.low), tr(legend.high)
    metrics = painter.fontMetrics()
    line = QRectF(inner.x(), inner.bottom() - theme.px(15), inner.width(), theme.px(15))
    painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, low)
    painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, high)
    left = line.x() + metrics.horizontalAdvance(low) + 7
    right = line.right() - metrics.horizontalAdvance(high) - 7
    bar = QRectF(QPointF(left, line.center().y() - 4), QPointF(right, line.center().y() + 4))
    ramp = QLinearGradient(bar.topLeft(), bar.topRight())
    colours = theme.error_map()
    for at in range(0, 256, 15):
        ramp.setColorAt(at / 255, QColor(*(int(c) for c in colours[at])))
    painter.setPen(QColor(255, 255, 255, 110))
    painter.setBrush(ramp)
    painter.drawRoundedRect(bar, 2, 2)
    painter.restore()


def legend_box(width: float, height: float) -> QRectF:
    """Where a legend stands in a picture of this size: in its lower right corner."""
    wide, high = (theme.px(length) for length in _SIZE)
    return QRectF(width - wide - 12, height - high - 12, wide, high)


class LegendWidget(QWidget):
    """A legend as a widget of its own, to lie over OpenGL."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._legend: Legend | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    @property
    def words(self) -> str:
        """What is said, or ""."""
        if self._legend is None:
            return ""
        low, high = tr(self._legend.low), tr(self._legend.high)
        return tr("{what}, {low} to {high}", what=tr(self._legend.words), low=low, high=high)

    def set_legend(self, legend: Legend | None) -> bool:
        """None hides it; whether it is another one than before."""
        changed = legend != self._legend
        if changed:
            self._legend = legend
            self.setVisible(legend is not None)
            self.setAccessibleName(self.words)
            self.raise_()
            self.update()
        return changed

    def place(self) -> None:
        """Into the lower right corner of what it lies on."""
        parent = self.parentWidget()
        assert parent is not None
        self.setGeometry(legend_box(parent.width(), parent.height()).toRect())
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._legend is not None:
            draw_legend(QPainter(self), QRectF(self.rect()), self._legend)
