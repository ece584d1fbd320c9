"""All keys on one sheet, made from the registry."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from neuface_core.project.records import RejectReason
from neuface_studio import theme
from neuface_studio.actions import CATEGORIES, CONTEXT_WORDS, Row, rows
from neuface_studio.key_map import KeyMap
from neuface_studio.language import mark, tr

_ARRANGEMENTS = (
    (("Play", "Fit", "Project"), ("Review", "Help"), ("Repair", "Window"), ("Look",)),
    (("Play", "Fit", "Project", "Help"), ("Review", "Window"), ("Repair", "Look")),
    (("Play", "Review", "Fit", "Project"), ("Repair", "Look", "Window", "Help")),
)
_LONGEST = 270
_FRAME, _BAR = 80, 14  # what the frame of a window needs, and a scroll bar
_NUDGES = {"": mark("Nudge the points"), "_far": mark("Nudge by ten"), "_fine": mark("Nudge by a tenth")}
_SCROLLING = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End)
_ARROWS = ("left", "right", "up", "down")


class CheatSheet(QDialog):
    """Every command with its keys; the arrows scroll, any of Esc, Enter, Space and ? puts it away."""

    def __init__(self, keys: KeyMap, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("All keys"))
        self.listed: set[str] = set()
        self._keys = keys
        # All of it where the screen has room; the bars take room of their own. A narrow one is scrolled downwards only.
        room = self.screen().availableSize() - QSize(_FRAME, _FRAME)
        for arrangement in _ARRANGEMENTS:
            sheet = self._sheet(arrangement)
            if sheet.sizeHint().width() + _BAR <= room.width():
                break
        self.area = QScrollArea()
        self.area.setWidget(sheet)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.area)
        self.resize((sheet.sizeHint() + QSize(_BAR, _BAR)).boundedTo(room))

    def _sheet(self, arrangement: Sequence[Sequence[str]]) -> QWidget:
        sheet = QWidget()
        columns = QHBoxLayout(sheet)
        columns.setContentsMargins(28, 22, 28, 24)
        columns.setSpacing(32)
        assert {c for column in arrangement for c in column} == set(CATEGORIES)
        for categories in arrangement:
            column = QVBoxLayout()
            column.setSpacing(8)
            for category in categories:
                column.addWidget(self._caption(category))
                column.addLayout(self._rows(category))
                column.addSpacing(10)
            column.addStretch()
            columns.addLayout(column)
        return sheet

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
        for number, row in enumerate(_folded(rows(category, self._keys), self._keys)):
            one = len(row.commands) == 1
            keys = QLabel(self._keys.shown(row.commands[0].id) if one else " … ".join(row.keys))
            keys.setFont(theme.number_font(9.5))
            keys.setMinimumWidth(theme.px(90))
            words = QLabel(_words(row))
            words.setObjectName("muted")
            words.ensurePolished()
            if words.sizeHint().width() > theme.px(_LONGEST):
                words.setWordWrap(True)
                words.setFixedWidth(theme.px(_LONGEST))
                words.setFixedHeight(words.heightForWidth(theme.px(_LONGEST)))
            keys.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)
            grid.addWidget(keys, number, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(words, number, 1, Qt.AlignmentFlag.AlignTop)
            self.listed |= {command.id for command in row.commands}
        return grid

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_Question, Qt.Key.Key_F1):
            self.accept()
        elif event.key() in _SCROLLING:
            QApplication.sendEvent(self.area.verticalScrollBar(), event)
        else:
            super().keyPressEvent(event)


def _folded(listed: list[Row], keys: KeyMap) -> list[Row]:
    """Four lines that differ only in the arrow are one, as long as nobody gave them other keys."""
    found: list[Row] = []
    for row in listed:
        name = row.commands[0].id.removeprefix("edit.")
        arrow = next((a for a in _ARROWS if name.removeprefix(a) in _NUDGES and name.startswith(a)), "")
        same = [f"edit.{a}{name.removeprefix(arrow)}" for a in _ARROWS]
        if not arrow or any(command_id in keys.changed for command_id in same):
            found.append(row)
        elif arrow == _ARROWS[0]:
            found.append(Row(row.keys[:1], tr(_NUDGES[name.removeprefix(arrow)]), row.commands))
        else:
            first = found[-1]
            found[-1] = Row((*first.keys[:1], *row.keys[:1]), first.words, (*first.commands, *row.commands))
    return found


def _words(row: Row) -> str:
    command = row.commands[0]
    if command.id.startswith("review.reason_"):
        return tr("because: {reason}", reason=tr(tuple(RejectReason)[int(command.keys[0]) - 1].words))
    if command.context == "reject":
        return f"{tr(CONTEXT_WORDS[command.context])}: {row.words.lower()}"
    return row.words
