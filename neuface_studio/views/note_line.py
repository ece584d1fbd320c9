"""Lines to type in, in the window: Enter keeps the words, Escape leaves them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QWidget

from neuface_studio.language import tr

_MOST_LETTERS = 500


class NoteLine(QLineEdit):
    """A line that gives Escape back as `left`, before the commands of the window that have this key."""

    left = Signal()

    def event(self, event: QEvent) -> bool:
        ask = event.type() == QEvent.Type.ShortcutOverride
        if ask and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)


class LineStrip(QFrame):
    """A line with its title to the left and its keys to the right.

    Signals
    -------
    left()
        What stood before stays.
    """

    left = Signal()

    def __init__(self, line: NoteLine, title: str, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("strip")
        self._title = QLabel(title)
        self._title.setObjectName("title")
        self._hint = QLabel(hint)
        self._hint.setObjectName("muted")
        self.line = line
        line.setMaxLength(_MOST_LETTERS)
        line.left.connect(self.left)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 10)
        layout.setSpacing(10)
        layout.addWidget(self._title)
        layout.addWidget(line, 1)
        layout.addWidget(self._hint)

    def _ask(self, words: str) -> None:
        """Show the line with the words that stand, and give it the keyboard."""
        self.line.setText(words)
        self.show()
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.line.end(False)


class NoteStrip(LineStrip):
    """Asks for a note on the clip.

    Signals
    -------
    written(str)
        Enter was pressed; "" takes an earlier note away.
    """

    written = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(NoteLine(), tr("Note"), "", parent)
        self.line.setPlaceholderText(tr("What the next person should know"))
        self.line.setAccessibleName(tr("Note on the clip"))
        self.line.returnPressed.connect(lambda: self.written.emit(self.line.text().strip()))

    def begin(self, words: str, title: str = "", hint: str = "") -> None:
        """Ask, with the note that stands."""
        self._title.setText(title or tr("Note"))
        self._hint.setText(hint or tr("Enter keeps it  ·  Esc leaves it"))
        self._ask(words)
