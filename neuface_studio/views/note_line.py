"""A line to type in, in the window: Enter keeps the words, Escape leaves them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QWidget

from neuface_studio.language import tr


class NoteLine(QLineEdit):
    """A line that gives Escape back as `left`."""

    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)


class NoteStrip(QFrame):
    """Asks for a note on the clip.

    Signals
    -------
    written(str)
        Enter was pressed; "" takes an earlier note away.
    left()
        The note stays as it was.
    """

    written = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("strip")
        self._title = title = QLabel(tr("Note"))
        title.setObjectName("title")
        self._hint = hint = QLabel("")
        hint.setObjectName("muted")
        self.line = NoteLine()
        self.line.setPlaceholderText(tr("What the next person should know about this clip"))
        self.line.setAccessibleName(tr("Note on the clip"))
        self.line.setMaxLength(500)
        self.line.returnPressed.connect(lambda: self.written.emit(self.line.text().strip()))
        self.line.left.connect(self.left)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 10)
        layout.setSpacing(10)
        layout.addWidget(title)
        layout.addWidget(self.line, 1)
        layout.addWidget(hint)

    def begin(self, words: str, title: str = "", hint: str = "") -> None:
        """Ask, with the note that stands."""
        self._title.setText(title or tr("Note"))
        self._hint.setText(hint or tr("Enter keeps it  ·  Esc leaves it"))
        self.line.setText(words)
        self.show()
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.line.end(False)
