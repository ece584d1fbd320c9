"""The line of fits: what runs, what waits and in which order, what failed and why; and where fits run."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from neuface_core.jobs import Progress
from neuface_studio import theme
from neuface_studio.batch import Batch
from neuface_studio.language import tr
from neuface_studio.views.controls import Choice
from neuface_studio.views.job_bar import stage_words, time_words
from neuface_studio.worker import Task

_TASK = Qt.ItemDataRole.UserRole
_MEMORY_MS = 2000
_GIB = 1 << 30


class Fits(Protocol):
    """What the dialog asks for (`background.Background`)."""

    elsewhere: bool

    @property
    def pids(self) -> tuple[int, ...]: ...
    def fit(self, names: Sequence[str]) -> None: ...


def memory_words(*pids: int) -> str:
    """What these processes hold and what the machine has left; "" where the system does not say."""
    try:
        page = os.sysconf("SC_PAGE_SIZE")
        held = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * page for pid in pids)
        free = os.sysconf("SC_AVPHYS_PAGES") * page
    except (OSError, ValueError, AttributeError, IndexError):
        return ""
    return tr("{used:.1f} GB used, {free:.1f} GB free", used=held / _GIB, free=free / _GIB)


class _List(QListWidget):
    """A list that says so where there is nothing in it."""

    def __init__(self, nothing: str) -> None:
        super().__init__()
        self._nothing = nothing

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.count() == 0:
            painter = QPainter(self.viewport())
            painter.setPen(QColor(theme.current().muted))
            painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, self._nothing)


class BatchDialog(QDialog):
    """Lives beside the window: judging goes on while it is open.

    Parameters
    ----------
    waiting, shown
        Names of the clips that wait for a fit, and of those that the queue shows.
    pause, cancel
        The commands of the window for the running job.
    """

    def __init__(
        self,
        batch: Batch,
        fits: Fits,
        device: Callable[[], str],
        waiting: Callable[[], list[str]],
        shown: Callable[[], list[str]],
        pause: QAction,
        cancel: QAction,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Fits in line"))
        self.resize(620, 640)
        self._batch, self._fits, self._device = batch, fits, device
        self._left = -1.0
        self._title = QLabel()
        self._title.setObjectName("title")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 1000)
        self._bar.setAccessibleName(tr("Progress of the running fit"))
        self._stage = self._muted()
        self._all = self._muted()
        self._machine = self._muted()
        self.pause, self.cancel = QPushButton(), QPushButton()
        for button, action in ((self.pause, pause), (self.cancel, cancel)):
            button.setText(action.text())
            button.setEnabled(action.isEnabled())
            button.clicked.connect(action.trigger)
            action.changed.connect(lambda b=button, a=action: b.setEnabled(a.isEnabled()))
        self.fit_all = self._button(tr("Fit all that wait"), lambda: fits.fit(waiting()))
        self.fit_shown = self._button(tr("Fit all that the queue shows"), lambda: fits.fit(shown()))
        self.line = self._list(tr("Clips in line"), tr("No clip is in line."))
        self.first = self._button(tr("Next"), lambda: self._move_to(0))
        self.up = self._button(tr("Up"), lambda: self._move(-1))
        self.down = self._button(tr("Down"), lambda: self._move(1))
        self.remove = self._button(tr("Take out"), self._remove)
        self.mishaps = self._list(tr("Clips whose fit failed"), tr("No fit has failed."))
        self.again = self._button(tr("Try again"), self._try_again)
        self.where = Choice()
        self.where.setAccessibleName(tr("Where fits run"))
        self.where.addItem(tr("in the background of this window"), False)
        self.where.addItem(tr("in a process of their own, for long batches"), True)
        self.where.setCurrentIndex(int(fits.elsewhere))
        self.where.currentIndexChanged.connect(lambda _: setattr(fits, "elsewhere", self.where.currentData()))
        self._lay_out()
        batch.changed.connect(self._fill)
        batch.queue.progressed.connect(self._on_progress)
        self._look = QTimer(self)
        self._look.timeout.connect(self._show_machine)
        self._look.start(_MEMORY_MS)
        self._show_machine()
        self._fill()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self.pause)
        head.addWidget(self.cancel)
        ask = QHBoxLayout()
        ask.addWidget(self.fit_all)
        ask.addWidget(self.fit_shown)
        ask.addStretch()
        lists = QGridLayout()
        lists.setSpacing(8)
        for row, (words, view, buttons) in enumerate(
            (
                (tr("IN LINE"), self.line, (self.first, self.up, self.down, self.remove)),
                (tr("FAILED OR SET ASIDE"), self.mishaps, (self.again,)),
            )
        ):
            caption = QLabel(words)
            caption.setObjectName("caption")
            lists.addWidget(caption, 2 * row, 0)
            lists.addWidget(view, 2 * row + 1, 0)
            column = QVBoxLayout()
            for button in buttons:
                column.addWidget(button)
            column.addStretch()
            lists.addLayout(column, 2 * row + 1, 1)
            lists.setRowStretch(2 * row + 1, 3 - 2 * row)
        where = QHBoxLayout()
        where.addWidget(QLabel(tr("Fits run")))
        where.addWidget(self.where, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 16)
        layout.setSpacing(10)
        layout.addLayout(head)
        layout.addWidget(self._bar)
        layout.addWidget(self._stage)
        layout.addLayout(ask)
        layout.addLayout(lists, 1)
        layout.addLayout(where)
        layout.addWidget(self._all)
        layout.addWidget(self._machine)

    @staticmethod
    def _muted() -> QLabel:
        label = QLabel()
        label.setObjectName("muted")
        return label

    @staticmethod
    def _list(name: str, nothing: str) -> QListWidget:
        view = _List(nothing)
        view.setAccessibleName(name)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setWordWrap(True)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setUniformItemSizes(False)
        return view

    @staticmethod
    def _button(words: str, act: Callable[[], None]) -> QPushButton:
        button = QPushButton(words)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _=False: act())
        return button

    # --- what it shows

    def _fill(self) -> None:
        task = self._batch.queue.current
        control = task.control if task is not None else None
        self._title.setText(task.title if task is not None else tr("Nothing is running"))
        self.pause.setText(tr("Go on") if control is not None and control.paused else tr("Pause"))
        for part in (self._bar, self._stage):
            part.setVisible(task is not None)
        if task is None:
            self._left = -1.0
            self._stage.setText("")
        chosen = self.line.currentRow()
        self.line.clear()
        waiting = self._batch.waiting
        for one in waiting:
            item = QListWidgetItem(one.clip)
            item.setData(_TASK, one)
            self.line.addItem(item)
        self.line.setCurrentRow(min(max(chosen, 0), len(waiting) - 1))
        self.mishaps.clear()
        for mishap in self._batch.mishaps.values():
            item = QListWidgetItem(f"{mishap.clip}: {mishap.words}")
            item.setData(_TASK, mishap.clip)
            self.mishaps.addItem(item)
        for button in (self.first, self.up, self.down, self.remove):
            button.setEnabled(bool(waiting))
        self.again.setEnabled(bool(self._batch.mishaps))
        self._show_all()

    def _show_all(self) -> None:
        left = time_words(self._batch.seconds_left(self._left)) if self._batch.queue.current is not None else ""
        said = [
            tr("{n} done", n=self._batch.done),
            tr("{n} in line", n=len(self._batch.waiting)),
            tr("{n} failed", n=len(self._batch.mishaps)),
        ]
        self._all.setText("   ".join([*said, tr("{time} for all of them", time=left) if left else ""]).rstrip())

    def _on_progress(self, _task: Task, progress: Progress, left: float) -> None:
        self._left = left
        self._bar.setValue(round(1000 * progress.fraction))
        self._stage.setText("   ".join(filter(None, (stage_words(progress), time_words(left)))))
        self._show_all()

    def _show_machine(self) -> None:
        self._machine.setText(f"{self._device()}   {memory_words(*self._fits.pids)}")

    # --- what it does

    def _chosen(self) -> Task | None:
        item = self.line.currentItem()
        task = item.data(_TASK) if item is not None else None
        return task if isinstance(task, Task) else None

    def _move_to(self, place: int) -> None:
        task = self._chosen()
        if task is not None:
            self._batch.queue.move(task, place)
            self.line.setCurrentRow(min(place, self.line.count() - 1))

    def _move(self, by: int) -> None:
        self._move_to(min(max(self.line.currentRow() + by, 0), self.line.count() - 1))

    def _remove(self) -> None:
        task = self._chosen()
        if task is not None:
            self._batch.queue.remove(task)

    def _try_again(self) -> None:
        item = self.mishaps.currentItem()
        names = [item.data(_TASK)] if item is not None else list(self._batch.mishaps)
        for name in names:
            self._batch.mishaps.pop(str(name), None)
        self._fits.fit([str(name) for name in names])
        self._fill()
