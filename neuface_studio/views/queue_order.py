"""Which clips the queue shows and in which order: computed from the columns of the list in one go.

Qt's own sorting proxy asks for every value of every comparison: a minute for 100,000 clips. Here an order is one array,
and Qt asks only for the rows that are seen. Rows stay where they are until somebody sorts or filters again: a clip that
was just judged does not jump away from under the hand.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractProxyModel, QModelIndex, QObject, Qt

from neuface_core.project.clip_list import STATES
from neuface_core.project.records import ClipRecord, ClipState
from neuface_studio.queue_filter import Wanted, shown_rows
from neuface_studio.views.queue_model import STATE_WORDS, Column, Index, QueueModel

_STATE_RANK = {state: rank for rank, state in enumerate(STATE_WORDS)}
_ASCENDING = Qt.SortOrder.AscendingOrder


class QueueOrder(QAbstractProxyModel):
    """The clips of a `QueueModel`, sorted by any column and filtered by text and state."""

    def __init__(self, model: QueueModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._wanted = Wanted()
        self._column, self._direction = -1, _ASCENDING
        self._by_name: NDArray[np.intp] | None = None
        self._order = np.zeros(0, np.intp)  # rows of the model from top to bottom
        self._place = np.zeros(0, np.intp)  # its inverse; -1 for what is not shown
        self.setSourceModel(model)
        model.modelAboutToBeReset.connect(self.beginResetModel)
        model.modelReset.connect(self._on_reset)
        model.dataChanged.connect(self._on_data)
        self._compute()

    # --- what the queue does with it

    @property
    def wanted(self) -> Wanted:
        """Which clips are shown."""
        return self._wanted

    def set_wanted(self, wanted: Wanted) -> None:
        """Show other clips."""
        if wanted != self._wanted:
            self._wanted = wanted
            self._change()

    def set_text(self, text: str) -> None:
        """Only clips in which every word of `text` is found."""
        self.set_wanted(replace(self._wanted, text=text.casefold().strip()))

    def set_state(self, state: ClipState | None) -> None:
        """Only clips in this state; None for all."""
        self.set_wanted(replace(self._wanted, state=state))

    def names(self) -> list[str]:
        """The clips that are shown, from top to bottom."""
        names = self._model.records.names
        return [names[row] for row in self._order]

    def neighbour(self, name: str, step: int) -> str | None:
        """The clip `step` places below `name`, at the ends the last one; the first where `name` is not shown."""
        if not len(self._order):
            return None
        row = self._model.row_of(name)
        place = self._place[row] if row is not None else -1
        at = 0 if place < 0 else min(max(place + step, 0), len(self._order) - 1)
        return self._model.records.names[int(self._order[at])]

    def next_to_judge(self, name: str) -> str | None:
        """The next clip below `name` that waits for a decision, from the top again at the end.

        Those that were left for later come after all others; None where there is no other.
        """
        clips = self._model.records
        row = self._model.row_of(name)
        after = self._place[row] + 1 if row is not None else 0
        ring = np.roll(self._order, -after)
        open_ = np.isin(clips.states[ring], [STATES.index(ClipState.TO_REVIEW), STATES.index(ClipState.DETECTED)])
        found = ring[open_ & (ring != row)] if row is not None else ring[open_]
        found = np.concatenate([found[~clips.skipped[found]], found[clips.skipped[found]]])
        return clips.names[int(found[0])] if len(found) else None

    def shown_state(self, record: ClipRecord) -> ClipState:
        """The state to draw (`QueueModel.shown_state`)."""
        return self._model.shown_state(record)

    # --- order

    def sort(self, column: int, order: Qt.SortOrder = _ASCENDING) -> None:
        self._column, self._direction = column, order
        self._change()

    def _change(self) -> None:
        """A new order: whoever holds a row goes on holding the same clip."""
        self.layoutAboutToBeChanged.emit()
        held = self.persistentIndexList()
        sources = [self.mapToSource(index) for index in held]
        self._compute()
        self.changePersistentIndexList(held, [self.mapFromSource(source) for source in sources])
        self.layoutChanged.emit()

    def _compute(self) -> None:
        shown = self._shown()
        order = self._sorted()
        self._order = order[shown[order]]
        self._place = np.full(len(shown), -1, np.intp)
        self._place[self._order] = np.arange(len(self._order))

    def _shown(self) -> NDArray[np.bool_]:
        """Which rows of the model are wanted."""
        return shown_rows(self._model.records, self._model.shown_states(), self._wanted)

    def _sorted(self) -> NDArray[np.intp]:
        """All rows of the model in the wanted order; clips without a value come last either way."""
        clips, column = self._model.records, self._column
        if column == Column.CLIP:
            if self._by_name is None:
                folded = [name.casefold() for name in clips.names]
                self._by_name = np.array(sorted(range(len(folded)), key=folded.__getitem__), np.intp)
            return self._by_name if self._direction == _ASCENDING else self._by_name[::-1]
        if column == Column.STATE:
            ranks = np.array([_STATE_RANK[state] for state in STATES])
            keys = ranks[self._model.shown_states()].astype(np.float32)
        elif column == Column.SUSPICION:
            # The first click on the heading brings the most suspicious ones to the top: nobody asks for the others.
            keys = -clips.suspicion
        elif column in (Column.NME, Column.JITTER):
            keys = clips.nme if column == Column.NME else clips.jitter
        else:
            return np.arange(len(clips))
        return np.argsort(keys if self._direction == _ASCENDING else -keys, kind="stable")  # NaN is the largest

    # --- what the model says

    def _on_reset(self) -> None:
        self._by_name = None
        self._compute()
        self.endResetModel()

    def _on_data(self, first: QModelIndex, last: QModelIndex) -> None:
        if len(self._place) != len(self._model.records):
            return
        if first.row() == last.row():
            place = int(self._place[first.row()])
            if place >= 0:
                self.dataChanged.emit(self.index(place, first.column()), self.index(place, last.column()))
        elif len(self._order):
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._order) - 1, len(Column) - 1))

    # --- Qt

    def mapToSource(self, index: Index) -> QModelIndex:
        if not index.isValid() or not 0 <= index.row() < len(self._order):
            return QModelIndex()
        return self._model.index(int(self._order[index.row()]), index.column())

    def mapFromSource(self, index: Index) -> QModelIndex:
        if not index.isValid() or not 0 <= index.row() < len(self._place):
            return QModelIndex()
        place = int(self._place[index.row()])
        return self.index(place, index.column()) if place >= 0 else QModelIndex()

    def index(self, row: int, column: int, parent: Index | None = None) -> QModelIndex:
        if 0 <= row < len(self._order) and 0 <= column < len(Column):
            return self.createIndex(row, column)
        return QModelIndex()

    def parent(self, child: Index | None = None) -> QModelIndex:  # type: ignore[override]
        return QModelIndex()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._order)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(Column)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        return self._model.data(self.mapToSource(index), role)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        return self._model.headerData(section, orientation, role)
