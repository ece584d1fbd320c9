"""The status bar: what runs in the background, and how the queue stands."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QStatusBar, QToolButton, QWidget

from neuface_core.jobs import Progress
from neuface_core.project.clip_list import STATES
from neuface_core.project.records import ClipState
from neuface_studio import icons, theme
from neuface_studio.language import mark, tr
from neuface_studio.views.controls import Elided
from neuface_studio.views.key_hint import follow_hint
from neuface_studio.views.queue_model import STATE_WORDS
from neuface_studio.views.sparkline import Sparkline
from neuface_studio.worker import Task

STAGE_WORDS = {
    "models": mark("reading the networks"),
    "decode": mark("cutting crops"),
    "landmarks": mark("finding landmarks"),
    "encode": mark("first answer"),
    "fit": mark("fitting"),
    "score": mark("measuring"),
    "export": mark("writing"),
    "render": mark("drawing"),
    "add": mark("looking at videos"),
    "verify": mark("checking"),
}


def stage_words(progress: Progress) -> str:
    """What a job does at the moment, for example "fitting 20 of 100"."""
    words = tr(STAGE_WORDS.get(progress.stage, progress.stage))
    if not progress.total:
        return words
    return tr("{stage} {done} of {total}", stage=words, done=progress.done, total=progress.total)


def time_words(seconds: float) -> str:
    """Time left as a person says it; "" while it is not known."""
    if not math.isfinite(seconds) or seconds < 0:
        return ""
    if seconds < 60:
        return tr("{n} s left", n=max(1, round(seconds)))
    return tr("{n} min left", n=math.ceil(seconds / 60))


class JobBar(QStatusBar):
    """Progress, pause, cancel; counts of the queue; the device."""

    def __init__(self, pause: QAction, cancel: QAction, device: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._job = QWidget()
        self._title = Elided(12)
        self._bar = QProgressBar()
        # Never (0, 0): a bar that moves by itself paints the whole window again many times a second.
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(150)
        self._bar.setAccessibleName(tr("Progress of the running job"))
        self._stage = Elided(8)
        self._stage.setObjectName("muted")
        self._spark = Sparkline()
        self._left = QLabel()
        self._left.setObjectName("muted")
        self._waiting = QLabel()
        self._waiting.setObjectName("muted")
        self._pause = self._button(pause, "pause")
        cancel_button = self._button(cancel, "close")
        row = QHBoxLayout(self._job)
        row.setContentsMargins(12, 0, 0, 0)
        row.setSpacing(10)
        parts = (
            self._title,
            self._bar,
            self._pause,
            cancel_button,
            self._stage,
            self._spark,
            self._left,
            self._waiting,
        )
        for part in parts:
            row.addWidget(part, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        self._counts = QLabel()
        self._counts.setObjectName("muted")
        self._device = QLabel(device)
        self._device.setObjectName("muted")
        self._device.setContentsMargins(8, 0, 12, 0)
        self._notice = QLabel()
        self._notice.setObjectName("muted")
        self._notice.setContentsMargins(12, 0, 0, 0)
        self._notice.hide()
        self.addWidget(self._notice)
        self.addWidget(self._job, 1)
        self._pace = QLabel()
        self._pace.setObjectName("muted")
        self._pace.setContentsMargins(0, 0, 12, 0)
        self.addPermanentWidget(self._pace)
        self.addPermanentWidget(self._counts)
        self.addPermanentWidget(self._device)
        self._fit_words()
        self._job.hide()

    def _fit_words(self) -> None:
        self.setMinimumHeight(theme.px(34))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._fit_words()

    def _button(self, action: QAction, icon: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName("flat")
        button.setIconSize(QSize(18, 18))
        button.setIcon(icons.icon(icon))
        follow_hint(button, action)
        button.setAccessibleName(action.text())
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(action.trigger)
        return button

    @property
    def shows_job(self) -> bool:
        """A job runs and is shown."""
        return not self._job.isHidden()

    @property
    def job(self) -> QWidget:
        """What is shown of the running job."""
        return self._job

    def set_device(self, words: str) -> None:
        """Where jobs compute."""
        self._device.setText(words)

    def set_notice(self, words: str) -> None:
        """A standing remark, for example that there is no OpenGL."""
        self._notice.setText(words)
        self._notice.setVisible(bool(words))

    def set_pace(self, words: str) -> None:
        """How fast the person judges; "" where nobody wants to know."""
        self._pace.setText(words)

    def set_counts(self, states: NDArray[np.int8]) -> None:
        """How many clips stand where, in the order of the work; (N,) index into `STATES` of every clip.

        The one that is being fitted is not among them: the bar shows it by itself.
        """
        counts = dict(zip(STATES, np.bincount(states, minlength=len(STATES)).tolist(), strict=True))
        first = (ClipState.DETECTED,) if counts[ClipState.DETECTED] else ()
        order = (*first, ClipState.TO_REVIEW, ClipState.ACCEPTED, ClipState.REJECTED, ClipState.WAITING)
        shown = [*order, *(s for s in (ClipState.SET_ASIDE, ClipState.FAILED) if counts[s])]
        self._counts.setText("   ".join(f"{counts[s]} {tr(STATE_WORDS[s])}" for s in shown) if len(states) else "")

    def start(self, task: Task) -> None:
        self._title.setText(task.title)
        self._bar.setValue(0)
        self._stage.setText("")
        self._left.setText("")
        self._spark.clear()
        self._spark.hide()
        self._job.show()

    def show_progress(self, progress: Progress, seconds_left: float) -> None:
        self._bar.setValue(round(1000 * progress.fraction))
        self._stage.setText(stage_words(progress))
        self._left.setText(time_words(seconds_left))
        loss = progress.metrics.get("loss")
        if loss is not None and math.isfinite(loss):
            self._spark.show()
            self._spark.add(loss)

    def set_line(self, waiting: int, paused: bool, running: bool) -> None:
        """How many jobs wait behind the running one, and whether that is paused."""
        self._waiting.setText(tr("{n} more in line", n=waiting) if waiting else "")
        self._pause.setIcon(icons.icon("play" if paused else "pause"))
        if paused:
            self._left.setText(tr("paused"))
        self._job.setVisible(running)

    def apply_theme(self) -> None:
        self._spark.update()
        self.setFont(theme.interface_font(9))
