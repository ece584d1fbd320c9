"""Messages that wait to be read without standing in the way."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from neuface_studio import icons
from neuface_studio.language import tr

_SECONDS = 8


class Kind(Enum):
    """How serious it is, as the icon and its colour."""

    INFO = ("info", "accent")
    GOOD = ("accepted", "good")
    PROBLEM = ("failed", "warn")
    LOCKED = ("lock", "warn")


class Banner(QFrame):
    """One message, the latest; good news goes away by itself, problems stay.

    Signals
    -------
    acted()
        The button was pressed.
    """

    acted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._icon = QLabel()
        self._words = QLabel()
        self._words.setWordWrap(True)
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._action = QPushButton()
        self._action.clicked.connect(self._act)
        self._details = QPushButton(tr("Copy details"))
        self._details.clicked.connect(self._copy)
        self._close = QToolButton()
        self._close.setObjectName("flat")
        self._close.setIcon(icons.icon("close"))
        self._close.setIconSize(QSize(18, 18))
        self._close.setAccessibleName(tr("Close the message"))
        self._close.clicked.connect(self.hide)
        self._text = ""
        self._details_text = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 8, 8, 8)
        layout.setSpacing(10)
        for widget in (self._icon, self._words, self._action, self._details, self._close):
            layout.addWidget(widget, 1 if widget is self._words else 0)
        for widget in (self._action, self._details, self._close):
            widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.hide()

    @property
    def text(self) -> str:
        """What it says, or "" while it is hidden."""
        return self._text if not self.isHidden() else ""

    def tell(self, words: str, kind: Kind = Kind.INFO, *, action: str = "", details: str = "") -> None:
        """Show `words`, with a button `action` if one helps."""
        self._text, self._details_text = words, details
        self._icon.setPixmap(icons.icon(*kind.value).pixmap(QSize(20, 20)))
        self._words.setText(words)
        self._words.setAccessibleName(words)
        self._action.setText(action)
        self._action.setVisible(bool(action))
        self._details.setVisible(bool(details))
        self.show()
        self._timer.stop()
        if kind in (Kind.INFO, Kind.GOOD) and not action:
            self._timer.start(_SECONDS * 1000)

    def _act(self) -> None:
        self.hide()
        self.acted.emit()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(f"{self._text}\n\n{self._details_text}")
