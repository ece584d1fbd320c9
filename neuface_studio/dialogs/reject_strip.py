"""The reasons for a rejection, in a strip in the window: one digit is enough."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from neuface_core.project.records import RejectReason
from neuface_studio import theme
from neuface_studio.language import tr
from neuface_studio.views.flow_layout import FlowLayout
from neuface_studio.views.note_line import NoteLine


class RejectStrip(QFrame):
    """Asks for a reason.

    Signals
    -------
    chosen(reason, note)
    left()
        The clip is not rejected after all.
    """

    chosen = Signal(str, str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("strip")
        title = QLabel(tr("Reject because…"))
        title.setObjectName("title")
        hint = QLabel(tr("press a digit  ·  Esc to leave it"))
        hint.setObjectName("muted")
        head = QHBoxLayout()
        head.addWidget(title)
        head.addWidget(hint)
        head.addStretch()
        grid = FlowLayout(columns=4)
        for reason in RejectReason:
            button = QPushButton(f"{reason.key}   {tr(reason.words)}")
            button.setObjectName("reason")
            button.clicked.connect(lambda _=False, r=reason: self.choose(r.key))
            grid.addWidget(button)
        self._note = NoteLine()
        self._note.setPlaceholderText(tr("Say what it is, then Enter (Enter alone skips the note)"))
        self._note.setAccessibleName(tr("Note to the rejection"))
        self._note.returnPressed.connect(self._finish_note)
        self._note.left.connect(self.left)
        self._note.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 12)
        layout.setSpacing(theme.SPACE)
        layout.addLayout(head)
        layout.addLayout(grid)
        layout.addWidget(self._note)

    def begin(self) -> None:
        """Ask anew."""
        self._note.clear()
        self._note.hide()
        self.show()

    def choose(self, digit: int) -> None:
        """The reason with this key; "other" asks for words first."""
        reason = tuple(RejectReason)[digit - 1]
        if reason is RejectReason.OTHER and self._note.isHidden():
            self._note.show()
            self._note.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return
        self.chosen.emit(reason.value, self._note.text().strip())

    def _finish_note(self) -> None:
        self.chosen.emit(RejectReason.OTHER.value, self._note.text().strip())
