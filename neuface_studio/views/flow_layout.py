"""A row that goes on in the next line where it has no room."""

from __future__ import annotations

from PySide6.QtCore import QMargins, QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    """Widgets from left to right and from top to bottom; those of a line have their middles at one height.

    Parameters
    ----------
    columns
        At most so many in a line, all equally wide and filling it; 0: as many as fit, each as wide as it likes.
    """

    def __init__(self, parent: QWidget | None = None, *, columns: int = 0, gap: int = 6) -> None:
        super().__init__(parent)
        self._columns, self._gap = columns, gap
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect, move=True)

    def minimumSize(self) -> QSize:
        sizes = [item.sizeHint() for item in self._shown()]
        margins = self.contentsMargins()
        wide = max((size.width() for size in sizes), default=0)
        high = max((size.height() for size in sizes), default=0)
        return QSize(wide + margins.left() + margins.right(), high + margins.top() + margins.bottom())

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _place(self, rect: QRect, *, move: bool) -> int:
        """Give every widget its place, where wanted; the height that they need."""
        margins: QMargins = self.contentsMargins()
        inside = rect.marginsRemoved(margins)
        items = self._shown()
        sizes = [item.sizeHint() for item in items]
        if self._columns and items:
            widest = max(size.width() for size in sizes)
            fit = max(1, (inside.width() + self._gap) // (widest + self._gap))
            columns = min(self._columns, fit)
            width = (inside.width() + self._gap) // columns - self._gap
            sizes = [QSize(width, size.height()) for size in sizes]
        lines: list[list[tuple[int, QLayoutItem, QSize]]] = []
        x = inside.x()
        for item, size in zip(items, sizes, strict=True):
            if not lines or x + size.width() > inside.right() + 1:
                x = inside.x()
                lines.append([])
            lines[-1].append((x, item, size))
            x += size.width() + self._gap
        y = inside.y()
        for line in lines:
            high = max(size.height() for _, _, size in line)
            for x, item, size in line if move else ():
                item.setGeometry(QRect(QPoint(x, y + (high - size.height()) // 2), size))
            y += high + self._gap
        return y - (self._gap if lines else 0) - rect.y() + margins.bottom()
