"""In the list of clips where every clip is filtered away: why it is empty, and the way back."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QPushButton, QTableView, QVBoxLayout, QWidget

from neuface_studio.language import tr


class NothingFound(QWidget):
    """Lies over the rows of a table.

    Signals
    -------
    all_wanted()
        A person wants to see all clips again.
    """

    all_wanted = Signal()

    def __init__(self, table: QTableView) -> None:
        super().__init__(table.viewport())
        words = QLabel(tr("No clip is like that."))
        words.setObjectName("muted")
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words.setWordWrap(True)
        button = QPushButton(tr("Show all clips"))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(self.all_wanted)
        layout = QVBoxLayout(self)
        layout.addStretch(1)
        layout.addWidget(words)
        layout.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
        self.hide()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.place()

    def place(self) -> None:
        """Over all of the rows."""
        parent = self.parentWidget()
        assert parent is not None
        self.setGeometry(parent.rect())
