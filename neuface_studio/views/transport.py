"""Play buttons, the frame and the time, over the timeline."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from neuface_studio import icons
from neuface_studio.actions import ActionSet
from neuface_studio.language import tr
from neuface_studio.playhead import Playhead
from neuface_studio.state import ViewState
from neuface_studio.views.controls import Digits, FlatButton
from neuface_studio.views.key_hint import follow_hint
from neuface_studio.views.timeline import Timeline

_PLAY = (
    ("play.first", "first"),
    ("play.step_back", "back"),
    ("play.toggle", "play"),
    ("play.step_forward", "forward"),
    ("play.last", "last"),
    ("play.worst", "worst"),
    ("play.loop", "loop"),
    ("play.mark_in", "mark_in"),
    ("play.mark_out", "mark_out"),
    ("review.exclude", "exclude"),
)


def tool_button(action: QAction, icon: str) -> QToolButton:
    """A flat button for `action`, with its key in the tip."""
    button = FlatButton(22)
    button.setIcon(icons.icon(icon))
    follow_hint(button, action)
    button.setAccessibleName(action.text())
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setCheckable(action.isCheckable())
    button.clicked.connect(lambda: action.trigger())

    def follow() -> None:
        button.setEnabled(action.isEnabled())
        if action.isCheckable():
            button.setChecked(action.isChecked())

    action.changed.connect(follow)
    follow()
    return button


class Transport(QFrame):
    """The lower panel: buttons over the timeline."""

    def __init__(
        self,
        playhead: Playhead,
        views: ViewState,
        actions: ActionSet,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._playhead = playhead
        self.timeline = Timeline(playhead, views)
        self._frame = Digits(points=10)
        self._rate = QLabel("")
        self._rate.setObjectName("muted")
        self._buttons = {name: tool_button(actions[name], icon) for name, icon in _PLAY}
        self._loop = self._buttons["play.loop"]
        self._loop.setCheckable(True)
        row = QHBoxLayout()
        row.setContentsMargins(10, 8, 12, 0)
        row.setSpacing(2)
        for name, _ in _PLAY:
            row.addWidget(self._buttons[name])
        row.addSpacing(12)
        row.addWidget(self._frame)
        row.addSpacing(10)
        row.addWidget(self._rate)
        row.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 8)
        layout.setSpacing(6)
        layout.addLayout(row)
        layout.addWidget(self.timeline)
        playhead.settled.connect(self._show_frame)
        playhead.clip_changed.connect(self._show_frame)
        playhead.playing_changed.connect(self._show_playing)
        playhead.rate_changed.connect(self._show_rate)
        self.show_loop()

    def show_loop(self) -> None:
        self._loop.setChecked(self._playhead.loop)

    def _show_frame(self) -> None:
        n = self._playhead.n_frames
        if not n:
            self._frame.setText("")
            return
        self._frame.setText(
            tr(
                "Frame {frame} / {last}   ·   {time:.2f} / {total:.2f} s",
                frame=self._playhead.frame,
                last=n - 1,
                time=self._playhead.time_s,
                total=self._playhead.length_s,
            )
        )

    def _show_playing(self, playing: bool) -> None:
        self._buttons["play.toggle"].setIcon(icons.icon("pause" if playing else "play"))

    def _show_rate(self, rate: float) -> None:
        self._rate.setText("" if rate in (0.0, 1.0) else f"{rate:+g}×")
