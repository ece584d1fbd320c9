"""The clips of a project as a table; a record is read when its row is seen (`project.clip_list`)."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QImage

from neuface_core.project.clip_list import STATES, ClipList
from neuface_core.project.records import ClipRecord, ClipState, RejectReason
from neuface_studio.language import mark, tr, tr_n

Index = QModelIndex | QPersistentModelIndex

RECORD = Qt.ItemDataRole.UserRole
THUMBNAIL = Qt.ItemDataRole.UserRole + 1


class Column(IntEnum):
    """Columns of the queue."""

    CLIP = 0
    STATE = 1
    SUSPICION = 2
    NME = 3
    JITTER = 4


TITLES = {
    Column.CLIP: mark("Clip"),
    Column.STATE: mark("State"),
    Column.SUSPICION: mark("Suspect"),
    Column.NME: mark("NME %"),
    Column.JITTER: mark("Jitter"),
}
HINTS = {
    Column.CLIP: mark("Name and length"),
    Column.STATE: mark("Where the clip stands"),
    Column.SUSPICION: mark("How unusual the fit is among those of the project; the most suspicious come first"),
    Column.NME: mark("Landmark error after the fit, in percent of the size of the face"),
    Column.JITTER: mark("Unrest of the mesh after the fit, in millimetres"),
}
STATE_WORDS = {
    ClipState.WAITING: mark("waiting"),
    ClipState.DETECTED: mark("landmarks"),
    ClipState.FITTING: mark("fitting"),
    ClipState.TO_REVIEW: mark("to review"),
    ClipState.ACCEPTED: mark("accepted"),
    ClipState.REJECTED: mark("rejected"),
    ClipState.SET_ASIDE: mark("set aside"),
    ClipState.FAILED: mark("failed"),
}


def length_words(record: ClipRecord) -> str:
    """Frames and seconds, for example "72 frames · 2.4 s"."""
    if not record.n_frames:
        return tr("unreadable")
    frames = tr_n("{n} frames", "{n} frame", record.n_frames)
    if record.fps <= 0:
        return frames
    return tr("{frames} · {seconds:.1f} s", frames=frames, seconds=record.n_frames / record.fps)


def metric(record: ClipRecord, name: str) -> float:
    """A number of the latest fit; NaN where there is none."""
    return float(record.metrics.get(name, math.nan))


def reason_words(reason: str) -> str:
    """The reason of a rejection, or of a failure, as a person reads it."""
    return tr(RejectReason(reason).words) if reason in set(RejectReason) else reason


class QueueModel(QAbstractTableModel):
    """Clips in the order of the project.

    Signals
    -------
    restated(name)
        `state_words` or `shown_state` of a clip are others than before though its record is the same: a fit began, went
        on, ended, or waits in line.
    """

    restated = Signal(str)

    def __init__(self, thumbnail: Callable[[ClipRecord], QImage | None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._records = ClipList()
        self._thumbnail = thumbnail
        self._progress: tuple[str, float] = ("", 0.0)
        self._in_line: frozenset[str] = frozenset()

    # --- what the window does with it

    @property
    def records(self) -> ClipList:
        return self._records

    def set_records(self, records: ClipList) -> None:
        """Show other clips; where the names are the same, rows are only refreshed and the selection stays."""
        if records.names == self._records.names:
            self._records = records
            if records:
                self._refresh(0, len(records) - 1)
            return
        self.beginResetModel()
        self._records = records
        self.endResetModel()

    def update_record(self, record: ClipRecord) -> None:
        """One clip has changed."""
        row = self._records.put(record)
        if row is not None:
            self._refresh(row, row)

    def set_progress(self, name: str, fraction: float) -> None:
        """How far the fit of a clip is."""
        fraction = round(fraction, 2)  # as it is shown: a row is painted again only where its words change
        if self._progress == (name, fraction):
            return
        before, self._progress = self._progress[0], (name, fraction)
        self._restate({before, name} - {""})

    def set_line(self, names: Collection[str]) -> None:
        """Which clips stand in the line of fits."""
        before, self._in_line = self._in_line, frozenset(names)
        self._restate(before ^ self._in_line)

    def _restate(self, names: Collection[str]) -> None:
        # One change for all of them: thousands of clips come into line at once.
        rows = [row for row in map(self._records.row_of, names) if row is not None]
        if rows:
            self._refresh(min(rows), max(rows))
        for name in names:
            self.restated.emit(name)

    def refresh_name(self, name: str) -> None:
        """Draw the row of a clip again: its thumbnail is there."""
        row = self._records.row_of(name)
        if row is not None:
            self._refresh(row, row)

    def row_of(self, name: str) -> int | None:
        return self._records.row_of(name)

    def record(self, name: str) -> ClipRecord | None:
        row = self._records.row_of(name)
        return self._records[row] if row is not None else None

    def state_words(self, record: ClipRecord) -> str:
        """The state, with how far a running fit is; queue, bar and inspector say the same."""
        if record.name == self._progress[0]:
            return tr("fitting {percent:.0f} %", percent=100 * self._progress[1])
        if record.name in self._in_line:
            return tr("in line")
        return tr("later") if record.skipped and record.to_judge else tr(STATE_WORDS[record.state])

    def fit_words(self, record: ClipRecord) -> str:
        """What is done already about a clip without a fit; "" for nothing."""
        if record.name == self._progress[0]:
            return tr("It is being fitted.")
        return tr("It is in line for a fit.") if record.name in self._in_line else ""

    def shown_state(self, record: ClipRecord) -> ClipState:
        """The state to draw: a clip that is being fitted by this window counts as fitting."""
        return ClipState.FITTING if record.name == self._progress[0] else record.state

    def shown_states(self) -> NDArray[np.int8]:
        """The same of every clip, (N,) index into `STATES`."""
        row = self._records.row_of(self._progress[0])
        if row is None:
            return self._records.states
        states = self._records.states.copy()
        states[row] = STATES.index(ClipState.FITTING)
        return states

    def _refresh(self, first: int, last: int) -> None:
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(Column) - 1))

    # --- Qt

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._records)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation == Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return tr(TITLES[Column(section)])
            if role == Qt.ItemDataRole.ToolTipRole:
                return tr(HINTS[Column(section)])
            if role == Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignRight if section >= Column.SUSPICION else Qt.AlignmentFlag.AlignLeft
                return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        record, column = self._records[index.row()], Column(index.column())
        if role == RECORD:
            return record
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._words(record, column)
        if role == THUMBNAIL and column is Column.CLIP:
            return self._thumbnail(record)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tool_tip(record)
        return None

    def _words(self, record: ClipRecord, column: Column) -> str:
        if column is Column.CLIP:
            return record.name
        if column is Column.STATE:
            return self.state_words(record)
        if column is Column.SUSPICION:
            return f"{record.suspicion:.1f}" if record.suspicion is not None else "–"
        value = metric(record, "nme_bbox" if column is Column.NME else "jitter_mm")
        return f"{value:.2f}" if math.isfinite(value) else "–"

    def _tool_tip(self, record: ClipRecord) -> str:
        lines = [record.name, length_words(record), self.state_words(record)]
        if record.reason:
            lines.append(reason_words(record.reason))
        if record.tags:
            lines.append(tr("Tags: {tags}", tags=", ".join(record.tags)))
        if record.excluded:
            lines.append(tr("Left out: frames {frames}", frames=record.excluded))
        if record.suspect:
            lines += record.suspect.split("; ")
        return "\n".join(lines)
