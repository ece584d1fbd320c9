"""Controls with the part that a style sheet cannot draw without picture files, and lines that know how to be short."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QToolButton,
    QWidget,
)

from neuface_studio import icons, theme

_ARROW, _ARROW_ROOM = 14, 26


class Choice(QComboBox):
    """A combo box with an arrow in the colour of the theme."""

    def sizeHint(self) -> QSize:
        return super().sizeHint() + QSize(_ARROW_ROOM // 2, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        box = QRectF(self.width() - _ARROW_ROOM + 4, (self.height() - _ARROW) / 2, _ARROW, _ARROW)
        icons.paint(QPainter(self), "down", box, QColor(theme.current().muted), 2.6)


class Tick(QCheckBox):
    """A check box with a tick: its colour alone does not say that it is checked."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.isChecked():
            return
        option = QStyleOptionButton()
        self.initStyleOption(option)
        box = self.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, self)
        icons.paint(QPainter(self), "accepted", QRectF(box), QColor(theme.current().on_accent), 3.2)


class Elided(QLabel):
    """A line that ends in "…" where it does not fit, and says all of it in its tip.

    Parameters
    ----------
    least
        Letters that are always shown.
    """

    def __init__(self, least: int = 6, mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
        super().__init__()
        self._least, self._mode = least, mode
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def setText(self, words: str) -> None:
        super().setText(words)
        self.setToolTip(words)

    def minimumSizeHint(self) -> QSize:
        whole = super().sizeHint()
        return QSize(min(whole.width(), self._least * self.fontMetrics().averageCharWidth()), whole.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        words = self.fontMetrics().elidedText(self.text(), self._mode, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)


class Pictogram(QWidget):
    """An icon beside words, in a colour of the theme, of so many pixels at the usual size of words.

    Drawn when it is painted: a picture that is kept would keep the colours of an earlier theme.
    """

    def __init__(self, size: int, stroke: float = 1.8) -> None:
        super().__init__()
        self._size, self._stroke = size, stroke
        self._name, self._role = "", "text"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_icon(self, name: str, role: str) -> None:
        """Draw the icon `name` in the colour `role` of the theme; nothing for ""."""
        self._name, self._role = name, role
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(self._size), theme.px(self._size))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._name:
            colour = QColor(getattr(theme.current(), self._role))
            icons.paint(QPainter(self), self._name, QRectF(self.rect()), colour, self._stroke)


class FlatButton(QToolButton):
    """A button that is its icon alone, of so many pixels at the usual size of words."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size
        self.setObjectName("flat")
        self._fit_words()

    def _fit_words(self) -> None:
        self.setIconSize(QSize(theme.px(self._size), theme.px(self._size)))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._fit_words()


class Digits(QLabel):
    """Numbers that change: digits of equal width, in the size of words that holds at the moment."""

    def __init__(self, words: str = "", points: float = 9.5, parent: QWidget | None = None) -> None:
        super().__init__(words, parent)
        self._points = points
        self.setFont(theme.number_font(points))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:  # a theme, or another size of words
            self.setFont(theme.number_font(self._points))
