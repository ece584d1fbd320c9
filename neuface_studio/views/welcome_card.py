"""A small card that points at a control of the window, and the ring around that control."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from neuface_studio import theme
from neuface_studio.language import tr

_WIDTH = 470
_NARROW = 290  # at the title of a menu: it does not reach over the pictures and their messages
_SMALL = 120
_TIP = 11  # pixels that the arrow stands out
_GAP = 5
_RADIUS = 10.0


class Ring(QWidget):
    """A line around a control; the mouse goes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.current().accent), 2))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)


class WelcomeCard(QFrame):
    """What to do next, how far one has come, and a way out.

    Signals
    -------
    acted(), left()
        The button was pressed; the person has seen enough.
    """

    acted = Signal()
    left = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("welcome")
        self.ring = Ring(parent)
        self._tip: QPoint | None = None  # where the arrow ends, in coordinates of the card
        self._below = False
        self._count = QLabel()
        self._count.setObjectName("caption")
        self._title = QLabel()
        self._title.setObjectName("title")
        self._words = QLabel()
        self._words.setWordWrap(True)
        self._words.setTextFormat(Qt.TextFormat.RichText)
        self.action = QPushButton()
        self.action.setObjectName("primary")
        self.action.setAccessibleName(tr("Make a demo clip"))
        self.action.clicked.connect(self.acted)
        self.close_button = QPushButton()
        self.close_button.setAccessibleName(tr("Close the welcome"))
        self.close_button.clicked.connect(self.left)
        for button in (self.action, self.close_button):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE)
        row.addWidget(self._count, 1)
        row.addWidget(self.action)
        row.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 14 + _TIP, 14, 12 + _TIP)
        layout.setSpacing(theme.SPACE)
        layout.addWidget(self._title)
        layout.addWidget(self._words)
        layout.addLayout(row)
        self.hide()

    @property
    def text(self) -> str:
        """Title and words without markup."""
        return f"{self._title.text()}\n{self._words.accessibleName()}"

    def tell(self, step: int, steps: int, title: str, words: str, *, plain: str, action: str, leave: str) -> None:
        """Say something else.

        Parameters
        ----------
        step, steps
            The how many-th of how many steps it is; 0 for none of them.
        words, plain
            Rich text, and the same without markup for a screen reader.
        action, leave
            Words of the two buttons; without `action` there is one.
        """
        self._count.setText(tr("STEP {step} OF {steps}", step=step, steps=steps) if step else "")
        self._title.setText(title)
        self._words.setText(words)
        self._words.setAccessibleName(plain)
        self.setAccessibleName(tr("Welcome: {title}", title=title))
        self.action.setText(action)
        self.action.setVisible(bool(action))
        self.close_button.setText(leave)

    def point_at(self, target: QRect | None, area: QRect) -> None:
        """Stand above or below `target`, or low in the middle of `area` where there is none.

        Both are rectangles of the parent.
        """
        layout = self.layout()
        width = theme.px(_WIDTH if target is None or target.width() > _SMALL else _NARROW)
        height = layout.heightForWidth(width) if layout is not None else self.sizeHint().height()
        self.setFixedSize(width, height)
        self.ring.setVisible(target is not None)
        if target is None:
            self._tip = None
            self.move(area.center().x() - width // 2, area.bottom() - height - _GAP)
        else:
            self._below = target.top() - height < area.top()
            left = min(max(target.center().x() - width // 2, area.left() + _GAP), area.right() - width - _GAP)
            top = target.bottom() + _GAP if self._below else target.top() - height - _GAP
            self.move(left, top)
            x = min(max(target.center().x() - left, 30), width - 30)
            self._tip = QPoint(x, 1 if self._below else height - 1)
            self.ring.setGeometry(target.adjusted(-2, -2, 2, 2))
            self.ring.raise_()
        self.raise_()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.current()
        outline = QPainterPath()
        body = QRectF(self.rect()).adjusted(1, _TIP, -1, -_TIP)
        outline.addRoundedRect(body, _RADIUS, _RADIUS)
        if self._tip is not None:
            base = body.top() + 1 if self._below else body.bottom() - 1
            arrow = QPainterPath()
            ends = (QPointF(self._tip.x() - _TIP, base), QPointF(self._tip), QPointF(self._tip.x() + _TIP, base))
            arrow.addPolygon(QPolygonF(ends))
            arrow.closeSubpath()
            outline = outline.united(arrow)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.accent), 1.5))
        painter.setBrush(QColor(colours.raised))
        painter.drawPath(outline)

    def hideEvent(self, event: object) -> None:
        self.ring.hide()
