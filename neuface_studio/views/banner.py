"""Messages that wait to be read without standing in the way."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QGuiApplication, QHideEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from neuface_studio import icons
from neuface_studio.language import tr
from neuface_studio.views.controls import Pictogram
from neuface_studio.views.key_hint import KeyButton, follow_hint

_SECONDS = 8


class Kind(Enum):
    """How serious it is, as the icon and its colour."""

    INFO = ("info", "accent")
    GOOD = ("accepted", "good")
    PROBLEM = ("failed", "warn")
    LOCKED = ("lock", "warn")


class Banner(QFrame):
    """One message, the latest; good news goes away by itself, problems stay.

    Parameters
    ----------
    act, copy, close
        The commands of its buttons, which name their keys.

    Signals
    -------
    acted()
        The person wants what the message offers.
    changed()
        Another message, or none any more: other commands can be given.
    """

    acted = Signal()
    changed = Signal()

    def __init__(self, act: QAction, copy: QAction, close: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._icon = Pictogram(20)
        self._words = QLabel()
        self._words.setWordWrap(True)
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._action = KeyButton(act)
        self._action.clicked.connect(self.act)
        self._details = QPushButton()
        self._details.clicked.connect(self.copy_details)
        self._close = QToolButton()
        self._close.setObjectName("flat")
        self._close.setIcon(icons.icon("close"))
        self._close.setIconSize(QSize(18, 18))
        self._close.setAccessibleName(tr("Close the message"))
        self._close.clicked.connect(self.hide)
        for button, command in ((self._details, copy), (self._close, close)):
            follow_hint(button, command)
        self._offer = ""
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

    @property
    def offers(self) -> bool:
        """There is something to do about the message."""
        return not self.isHidden() and bool(self._offer)

    @property
    def has_details(self) -> bool:
        """There is more to know than the message says."""
        return not self.isHidden() and bool(self._details_text)

    def tell(self, words: str, kind: Kind = Kind.INFO, *, action: str = "", details: str = "") -> None:
        """Show `words`, with a button `action` if one helps."""
        self._text, self._details_text = words, details
        self._icon.show_icon(*kind.value)
        self._words.setText(words)
        self._words.setAccessibleName(words)
        self._offer = action
        self._action.set_words(action)
        self._action.setVisible(bool(action))
        self._details.setText(tr("Copy details"))
        self._details.setVisible(bool(details))
        self.show()
        self._timer.stop()
        if kind in (Kind.INFO, Kind.GOOD) and not action:
            self._timer.start(_SECONDS * 1000)
        self.changed.emit()

    def act(self) -> None:
        """Do what the message offers."""
        self.hide()
        self.acted.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.changed.emit()

    def copy_details(self) -> None:
        """Put the message with all that is known of it into the clipboard."""
        QGuiApplication.clipboard().setText(f"{self._text}\n\n{self._details_text}")
        self._details.setText(tr("Copied"))
