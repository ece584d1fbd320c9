"""Every command by its name: a line to type into, and what it finds. No mouse is needed, and none is in the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from neuface_studio import theme
from neuface_studio.fuzzy import ranked
from neuface_studio.language import tr

_ENTRY = Qt.ItemDataRole.UserRole
_WIDTH, _HEIGHT, _ROW = 640, 420, 34
_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}


@dataclass(frozen=True)
class Entry:
    """A command as the palette shows it; `why_not` says what is missing, or is "" where it can be given."""

    id: str
    words: str
    category: str
    keys: str
    why_not: str = ""

    @property
    def spoken(self) -> str:
        """All of it in one line, for a screen reader."""
        parts = (
            self.words,
            self.category,
            self.keys or tr("no key"),
            tr("not now: {reason}", reason=self.why_not) if self.why_not else "",
        )
        return ", ".join(part for part in parts if part)


class _Lines(QStyledItemDelegate):
    """Words on the left; category, why it cannot be given, and keys on the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, max(_ROW, theme.line_height() + 14))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        entry: Entry = index.data(_ENTRY)
        colours = theme.current()
        box: QRect = option.rect  # type: ignore[attr-defined]
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:  # type: ignore[attr-defined]
            painter.fillRect(box, QColor(colours.hover))
            painter.fillRect(QRect(box.left(), box.top(), 3, box.height()), QColor(colours.accent))
        inside = box.adjusted(14, 0, -14, 0)
        painter.setFont(theme.interface_font(10))
        painter.setPen(QColor(colours.muted if entry.why_not else colours.text))
        place = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        words = painter.fontMetrics().elidedText(entry.words, Qt.TextElideMode.ElideRight, inside.width())
        taken = painter.fontMetrics().horizontalAdvance(words) + 16
        painter.drawText(inside, place, words)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.number_font(9))
        room = theme.px(130)
        keys = inside.adjusted(inside.width() - room, 0, 0, 0)
        painter.drawText(keys, right, painter.fontMetrics().elidedText(entry.keys, Qt.TextElideMode.ElideRight, room))
        painter.setPen(QColor(colours.muted))
        painter.setFont(theme.interface_font(9))
        rest = inside.adjusted(taken, 0, -room - 14, 0)
        said = entry.why_not or entry.category
        painter.drawText(rest, right, painter.fontMetrics().elidedText(said, Qt.TextElideMode.ElideRight, rest.width()))
        painter.restore()


class Palette(QDialog):
    """Type a few letters, Enter gives the command, Esc leaves.

    Parameters
    ----------
    entries
        In the order in which they stand while nothing is typed.
    give
        Called with the identifier of the command that was chosen, when the palette is gone.
    """

    def __init__(self, entries: Sequence[Entry], give: Callable[[str], None], parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setWindowTitle(tr("Commands"))
        self.setAccessibleName(tr("Commands"))
        self._entries = list(entries)
        self._give = give
        self.line = QLineEdit()
        self.line.setPlaceholderText(tr("Type a command…"))
        self.line.setAccessibleName(tr("Find a command"))
        self.line.textChanged.connect(self._find)
        self.line.installEventFilter(self)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Commands that were found"))
        self.list.setItemDelegate(_Lines(self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.itemClicked.connect(lambda _: self._choose())
        self.setObjectName("floating")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.addWidget(self.line)
        layout.addWidget(self.list, 1)
        self.resize(theme.px(_WIDTH), theme.px(_HEIGHT))
        if parent is not None:
            corner = parent.mapToGlobal(parent.rect().center())
            self.move(corner.x() - self.width() // 2, corner.y() - parent.height() // 2 + 80)
        self._find("")
        self.line.setFocus()

    @property
    def found(self) -> list[Entry]:
        """What is listed, from top to bottom."""
        return [self.list.item(row).data(_ENTRY) for row in range(self.list.count())]

    def _find(self, text: str) -> None:
        self.list.clear()
        for entry in ranked(text, ((e, f"{e.words} {e.category}") for e in self._entries)):
            item = QListWidgetItem(entry.words)
            item.setData(_ENTRY, entry)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, entry.spoken)
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = Qt.Key(event.key())
            if key in _STEPS and self.list.count():
                row = self.list.currentRow() + _STEPS[key]
                wraps = abs(_STEPS[key]) == 1
                last = self.list.count() - 1
                self.list.setCurrentRow(row % (last + 1) if wraps else min(max(row, 0), last))
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose()
                return True
        return False

    def _choose(self) -> None:
        item = self.list.currentItem()
        if item is None:
            return
        entry: Entry = item.data(_ENTRY)
        if entry.why_not:
            return  # it says why; the palette stays
        self.accept()
        self._give(entry.id)
