"""All keys on one sheet, made from the registry."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from neuface_core.project.records import RejectReason
from neuface_studio import theme
from neuface_studio.actions import CATEGORIES, CONTEXT_WORDS, Row, rows
from neuface_studio.key_map import KeyMap
from neuface_studio.language import tr

_COLUMNS = (("Play", "Fit", "Project"), ("Review",), ("Repair", "Look", "Window", "Help"))


class CheatSheet(QDialog):
    """Every command with its keys; any of Esc, Enter, Space and ? puts it away."""

    def __init__(self, keys: KeyMap, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("All keys"))
        self.listed: set[str] = set()
        self._keys = keys
        columns = QHBoxLayout(self)
        columns.setContentsMargins(28, 22, 28, 24)
        columns.setSpacing(44)
        assert {c for column in _COLUMNS for c in column} == set(CATEGORIES)
        for categories in _COLUMNS:
            column = QVBoxLayout()
            column.setSpacing(8)
            for category in categories:
                column.addWidget(self._caption(category))
                column.addLayout(self._rows(category))
                column.addSpacing(10)
            column.addStretch()
            columns.addLayout(column)

    @staticmethod
    def _caption(category: str) -> QLabel:
        label = QLabel(tr(category))
        label.setObjectName("title")
        return label

    def _rows(self, category: str) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(1, 1)
        for number, row in enumerate(rows(category, self._keys)):
            one = len(row.commands) == 1
            keys = QLabel(self._keys.shown(row.commands[0].id) if one else " … ".join(row.keys))
            keys.setFont(theme.number_font(9.5))
            keys.setMinimumWidth(96)
            words = QLabel(_words(row))
            words.setObjectName("muted")
            keys.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)
            grid.addWidget(keys, number, 0)
            grid.addWidget(words, number, 1)
            self.listed |= {command.id for command in row.commands}
        return grid

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_Question, Qt.Key.Key_F1):
            self.accept()
        else:
            super().keyPressEvent(event)


def _words(row: Row) -> str:
    command = row.commands[0]
    if command.id.startswith("review.reason_"):
        return tr("because: {reason}", reason=tr(tuple(RejectReason)[int(command.keys[0]) - 1].words))
    if command.context == "reject":
        return f"{tr(CONTEXT_WORDS[command.context])}: {row.words.lower()}"
    return row.words
