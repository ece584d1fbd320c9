"""The queue of clips: what is to be judged, what was, and what waits for its fit."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
)
from PySide6.QtCore import Signal as QtSignal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPainterPath, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from neuface_core.project.records import ClipRecord, ClipState
from neuface_studio import icons, theme, thumbnails
from neuface_studio.language import tr
from neuface_studio.queue_filter import Measure, Wanted, values_of
from neuface_studio.views.controls import Choice
from neuface_studio.views.filter_chips import FilterButton, FilterChips
from neuface_studio.views.histogram import Histogram
from neuface_studio.views.nothing_found import NothingFound
from neuface_studio.views.queue_model import (
    RECORD,
    STATE_WORDS,
    THUMBNAIL,
    TITLES,
    Column,
    QueueModel,
    length_words,
)
from neuface_studio.views.queue_order import QueueOrder

_ROW_HEIGHT = 60
_LEAST_WIDTH = 280
_TALLY_MS = 250
_ALL_COLUMNS_WIDTH = 460
_MOST_COLUMNS_WIDTH = 390
_COLUMN_WIDTHS = {Column.STATE: 95, Column.SUSPICION: 64, Column.NME: 58, Column.JITTER: 58}
_TITLE_PADDING = 18  # of a heading, as in the style sheet and a little more
_MOST_OF_A_TITLE = 84
STATE_ROLE = {
    ClipState.WAITING: "muted",
    ClipState.DETECTED: "accent",
    ClipState.FITTING: "accent",
    ClipState.TO_REVIEW: "accent",
    ClipState.ACCEPTED: "good",
    ClipState.REJECTED: "bad",
    ClipState.SET_ASIDE: "muted",
    ClipState.FAILED: "warn",
}


def state_colour(state: ClipState) -> QColor:
    """The colour that stands beside the icon and the word of a state, never alone."""
    return QColor(getattr(theme.current(), STATE_ROLE[state]))


class _Rows(QStyledItemDelegate):
    """Draws a row: picture, name over length; icon and word of the state; numbers to the right."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        colours = theme.current()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box: QRect = option.rect  # type: ignore[attr-defined]
        painter.setClipRect(box)
        if option.state & QStyle.StateFlag.State_Selected:  # type: ignore[attr-defined]
            painter.fillRect(box, QColor(colours.hover))
            if index.column() == Column.CLIP:
                painter.fillRect(QRect(box.left(), box.top(), 3, box.height()), QColor(colours.accent))
        painter.setPen(QColor(colours.border))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        record: ClipRecord = index.data(RECORD)
        if index.column() == Column.CLIP:
            self._draw_clip(painter, box, record, index.data(THUMBNAIL))
        elif index.column() == Column.STATE:
            self._draw_state(painter, box, str(index.data()), _shown_state(index))
        else:
            painter.setFont(theme.number_font(9.5))
            painter.setPen(QColor(colours.text if index.data() != "–" else colours.muted))
            place = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box.adjusted(0, 0, -10, 0), place, str(index.data()))
        painter.restore()

    def _draw_clip(self, painter: QPainter, box: QRect, record: ClipRecord, picture: QImage | None) -> None:
        colours = theme.current()
        width, height = thumbnails.SIZE
        frame = QRectF(box.left() + 10, box.center().y() - height / 2 + 1, width, height)
        outline = QPainterPath()
        outline.addRoundedRect(frame, 5, 5)
        if picture is None:
            painter.fillPath(outline, QColor(colours.raised))
            icons.paint(painter, "film", QRectF(frame.center() - QPointF(10, 10), QSize(20, 20)), QColor(colours.muted))
        else:
            painter.save()
            painter.setClipPath(outline, Qt.ClipOperation.IntersectClip)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(frame, picture)
            painter.restore()
        left = int(frame.right()) + 10
        why = record.suspect.split("; ")[0] if record.suspect else ""
        step = theme.px(16 if why else 19)  # a third line says why the clip is flagged
        lines = 3 if why else 2
        text = QRect(left, box.top() + (box.height() - lines * step) // 2, box.right() - left - 4, step)
        font = theme.interface_font(9)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(colours.text))
        name = QFontMetrics(font).elidedText(record.name, Qt.TextElideMode.ElideMiddle, text.width())
        painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        small = theme.number_font(8.5)
        painter.setFont(small)
        painter.setPen(QColor(colours.muted))
        words = QFontMetrics(small).elidedText(length_words(record), Qt.TextElideMode.ElideRight, text.width())
        painter.drawText(text.translated(0, step), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)
        if why:
            painter.setPen(QColor(colours.warn))
            words = QFontMetrics(small).elidedText(why, Qt.TextElideMode.ElideRight, text.width())
            place = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(text.translated(0, 2 * step), place, words)

    def _draw_state(self, painter: QPainter, box: QRect, words: str, state: ClipState) -> None:
        colour = state_colour(state)
        icons.paint(painter, str(state), QRectF(box.left(), box.center().y() - 8, 18, 18), colour, 2.4)
        painter.setPen(colour)
        painter.setFont(theme.interface_font(8.5))
        place = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        inside = box.adjusted(22, 0, -2, 0)
        words = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, inside.width())
        painter.drawText(inside, place, words)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(80, theme.px(_ROW_HEIGHT))


def _shown_state(index: QModelIndex | QPersistentModelIndex) -> ClipState:
    order = index.model()
    assert isinstance(order, QueueOrder)
    return order.shown_state(index.data(RECORD))


class Queue(QFrame):
    """Signal `chosen(name)`: a person wants to see this clip."""

    chosen = QtSignal(str)

    def __init__(self, model: QueueModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._model = model
        self._order = QueueOrder(model, self)
        self._title = QLabel(tr("Clips"))
        self._title.setObjectName("title")
        self._count = QLabel("")
        self._count.setObjectName("muted")
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Find…"))
        self.search.setClearButtonEnabled(True)
        for clear in self.search.findChildren(QToolButton):  # Qt makes it without a word
            clear.setAccessibleName(tr("Clear the search"))
        self.search.setAccessibleName(tr("Find clips by name, reason, suspicion or note"))
        # Letters are commands: the field takes them only when a person went there, and Enter leads back.
        self.search.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.search.returnPressed.connect(self.take_focus)
        self.search.textChanged.connect(self._filter)
        self.state = Choice()
        self.state.setAccessibleName(tr("Show clips of one state"))
        self.state.addItem(tr("All states"), None)
        for state, words in STATE_WORDS.items():
            self.state.addItem(tr(words).capitalize(), state.value)
        self.state.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.state.currentIndexChanged.connect(self._filter)
        self.state.activated.connect(self.take_focus)
        self.table = self._make_table()
        self._nothing = NothingFound(self.table)
        self._nothing.all_wanted.connect(self._show_all)
        head = QHBoxLayout()
        head.setContentsMargins(12, 10, 12, 0)
        head.addWidget(self._title)
        head.addStretch()
        head.addWidget(self._count)
        filters = QHBoxLayout()
        filters.setContentsMargins(12, 0, 12, 0)
        filters.addWidget(self.search, 1)
        filters.addWidget(self.state)
        self.filter = FilterButton(lambda: self._order.wanted, self._tags)
        self.filter.chosen.connect(self.set_wanted)
        filters.addWidget(self.filter)
        self._tally = QTimer(self)
        self._tally.setSingleShot(True)
        self._tally.setInterval(_TALLY_MS)
        self._tally.timeout.connect(self._show_columns)
        self.chips = FilterChips()
        self.chips.removed.connect(lambda field: self.set_wanted(self._order.wanted.without(field)))
        self.histogram = Histogram()
        self.histogram.changed.connect(self._on_threshold)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 6)
        layout.setSpacing(theme.SPACE)
        layout.addLayout(head)
        layout.addLayout(filters)
        layout.addWidget(self.chips)
        layout.addWidget(self.histogram)
        layout.addWidget(self.table, 1)
        for signal in (model.modelReset, model.dataChanged):
            signal.connect(self._recount)
        self._fit_words()

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setObjectName("queue")
        table.setAccessibleName(tr("Clips"))
        table.setModel(self._order)
        table.setItemDelegate(_Rows(table))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.verticalHeader().hide()
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setTextElideMode(Qt.TextElideMode.ElideRight)  # a long word of another language keeps its beginning
        header.setMinimumSectionSize(40)
        header.setSectionResizeMode(Column.CLIP, QHeaderView.ResizeMode.Stretch)
        for column in _COLUMN_WIDTHS:
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
        header.setSortIndicatorShown(True)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        table.setSortingEnabled(True)
        table.selectionModel().currentRowChanged.connect(self._on_row)
        return table

    # --- what the window does with it

    @property
    def names(self) -> list[str]:
        """The clips that are shown, from top to bottom."""
        return self._order.names()

    def neighbour(self, name: str, step: int) -> str | None:
        """The clip `step` places below another; see `QueueOrder`."""
        return self._order.neighbour(name, step)

    def next_to_review(self, after: str) -> str | None:
        """The next clip that nobody has judged, from the top again at the end; None where there is no other."""
        return self._order.next_to_judge(after)

    @property
    def current(self) -> str | None:
        """The clip that is selected."""
        index = self.table.currentIndex()
        return str(index.siblingAtColumn(Column.CLIP).data()) if index.isValid() else None

    def select(self, name: str) -> None:
        """Select a clip without saying that a person chose it; filters that hide it are taken off."""
        row = self._model.row_of(name)
        if row is None:
            return
        index = self._order.mapFromSource(self._model.index(row, 0))
        if not index.isValid():
            self._show_all()
            index = self._order.mapFromSource(self._model.index(row, 0))
        selection = self.table.selectionModel()
        blocked = selection.blockSignals(True)
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        selection.setCurrentIndex(index, flags)
        selection.blockSignals(blocked)
        self.table.scrollTo(index)
        self.table.viewport().update()

    def take_focus(self) -> None:
        """The keyboard goes to the table."""
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def focus_search(self) -> None:
        self._model.records.texts()  # of a long list it takes a moment: rather now than at the first letter
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def sort_by_suspicion(self) -> None:
        """The most suspicious first; the order of the project where it is so already."""
        self.sort_by(-1 if self.sorted_by == Column.SUSPICION else Column.SUSPICION)

    @property
    def sorted_by(self) -> int:
        """Number of the column that the clips are sorted by; -1 for the order of the project."""
        return self.table.horizontalHeader().sortIndicatorSection()

    def sort_by(self, column: int) -> None:
        """Sort upwards by a column; -1 restores the order of the project."""
        self.table.sortByColumn(column, Qt.SortOrder.AscendingOrder)
        self.table.scrollTo(self.table.currentIndex())

    # --- inside

    def _fit_words(self) -> None:
        """Rows and columns have room for words of the present size."""
        self.setMinimumWidth(theme.px(_LEAST_WIDTH))
        self.table.verticalHeader().setDefaultSectionSize(theme.px(_ROW_HEIGHT))
        font = theme.interface_font(8)
        font.setWeight(QFont.Weight.DemiBold)
        for column, width in _COLUMN_WIDTHS.items():
            title = QFontMetrics(font).horizontalAdvance(tr(TITLES[column])) + _TITLE_PADDING
            self.table.setColumnWidth(column, max(theme.px(width), min(title, theme.px(_MOST_OF_A_TITLE))))
        # A narrow queue keeps the names readable and lets the least needed numbers go.
        self.table.setColumnHidden(Column.JITTER, self.width() < theme.px(_ALL_COLUMNS_WIDTH))
        self.table.setColumnHidden(Column.NME, self.width() < theme.px(_MOST_COLUMNS_WIDTH))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_words()
        self._nothing.place()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._fit_words()

    def _on_row(self, current: QModelIndex, _before: QModelIndex) -> None:
        if current.isValid():
            self.chosen.emit(str(current.siblingAtColumn(Column.CLIP).data()))

    def _filter(self) -> None:
        stored = self.state.currentData()
        text, state = self.search.text().casefold().strip(), ClipState(stored) if stored else None
        self._order.set_wanted(replace(self._order.wanted, text=text, state=state))
        self._show_wanted()

    def set_wanted(self, wanted: Wanted) -> None:
        """Show these clips alone; the text of the search stays what it is."""
        self._order.set_wanted(replace(wanted, text=self._order.wanted.text))
        self._show_wanted()

    def _show_all(self) -> None:
        """No filter any more."""
        self.search.clear()
        self.set_wanted(Wanted())

    def _on_threshold(self, measure: Measure, least: float | None) -> None:
        self.set_wanted(replace(self._order.wanted, measure=measure, least=least))

    def _show_wanted(self) -> None:
        """The widgets say what the list is filtered by."""
        wanted = self._order.wanted
        self.chips.show_wanted(wanted)
        self.histogram.set_least(wanted.measure, wanted.least)
        blocked = self.state.blockSignals(True)
        self.state.setCurrentIndex(self.state.findData(wanted.state.value if wanted.state is not None else None))
        self.state.blockSignals(blocked)
        self._recount()

    def _show_columns(self) -> None:
        """Of a long list it takes some milliseconds: not for every thumbnail that arrives."""
        clips = self._model.records
        self.histogram.set_columns({measure: values_of(clips, measure) for measure in Measure})

    def _tags(self) -> list[str]:
        """All tags of the project, the most frequent first."""
        counted = Counter(tag for text in self._model.records.tags() if text for tag in text.strip("|").split("|"))
        return [tag for tag, _ in counted.most_common()]

    def _recount(self) -> None:
        self._tally.start()
        shown, total = self._order.rowCount(), self._model.rowCount()
        self._nothing.setVisible(total > 0 and shown == 0)
        self._count.setText(
            tr("{shown} of {total}", shown=shown, total=total) if shown != total else f"{total}" if total else ""
        )
